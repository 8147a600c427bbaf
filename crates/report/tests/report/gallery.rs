//! Writes every fixture in every format into `target/tmp/gallery`, to be looked at:
//! `cargo test -p cutover-report --test report gallery -- --ignored`.

use std::path::Path;

use report::{Format, Options, Terminal, render, terminal};

use crate::fixture;

#[test]
#[ignore = "it writes files for people to look at and asserts nothing beyond that they can be written"]
fn gallery() {
    let mut inputs = fixture::all();
    let payload = "\u{1b}[31m<script>alert(1)</script>\u{202e}| # *x* ";
    inputs.push(("hostile", fixture::hostile(payload)));
    for (name, input) in inputs {
        let here = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gallery").join(name);
        std::fs::create_dir_all(&here).unwrap();
        for format in Format::ALL {
            let text = render(format, &input, &Options::default()).unwrap();
            std::fs::write(here.join(format.file_name()), text).unwrap();
        }
        std::fs::write(here.join("terminal.txt"), terminal(&input, Terminal::default())).unwrap();
        let colour = Terminal { color: true, ..Terminal::default() };
        std::fs::write(here.join("terminal.ansi"), terminal(&input, colour)).unwrap();
    }
}
