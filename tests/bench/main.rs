//! `make bench`: every time and ratio the product has goals for, beside the baselines named there.
//!
//! One lab is started, topics are filled, and ours and the baselines take turns (A B A B) on the same records. Each
//! run is a process of its own, so that its processor time and its peak memory are its own. Figures are printed as
//! they come; at the end stands one table in Markdown.
//!
//! | variable | default | |
//! |---|---|---|
//! | `ROUNDS` | 5 | turns of each |
//! | `RECORDS` | 3000000 | records a side of the topic most rows read |
//! | `FULL=1` | | the sizes the goals name: 10^7 records, three times that, 10^7 keys |
//! | `XL=1` | | 10^8 records and keys besides |
//! | `ROWS=P1,T2` | all | only these rows |
//! | `BENCH_TABLE=FILE` | `target/bench.md` | where the table goes |

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints, and has failed when it cannot go on"
)]

mod baselines;
mod bench;
mod cost;
mod fill;
mod machine;
mod parts;
mod rows;
mod series;
mod settings;
mod table;

use bench::Bench;
use settings::Settings;

fn main() {
    // `cargo bench` adds --bench; a part is a run of this same program as a process of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some(("part", rest)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        parts::run(rest);
        return;
    }
    let mut bench = Bench::new(Settings::from_environment());
    rows::run(&mut bench);
    bench.finish();
}
