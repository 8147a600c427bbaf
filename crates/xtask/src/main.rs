//! Work on the repository itself: `cargo run -p xtask -- generate` writes every page that is made from code.

mod kinds;
mod schemas;
mod steps;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let asked = std::env::args().nth(1);
    let done = match asked.as_deref() {
        Some("generate") => {
            kinds::generate(&top).and_then(|()| steps::generate(&top)).and_then(|()| schemas::generate(&top))
        }
        _ => Err(std::io::Error::other("usage: xtask generate")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a command line tool says what went wrong")]
            {
                eprintln!("{error}");
            }
            ExitCode::FAILURE
        }
    }
}
