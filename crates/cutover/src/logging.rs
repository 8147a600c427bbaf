use std::io::IsTerminal;

use services::MaskedWriter;
use tracing_subscriber::EnvFilter;

use crate::masking::scrubber;

/// Logs go to stderr, secrets masked; `CUTOVER_LOG` takes a tracing filter and wins over `-v`.
pub fn install(verbose: u8) {
    let level = match verbose {
        // librdkafka calls the end of a partition an error; what matters of its errors is in our answers.
        0 => "error,rdkafka=off",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("CUTOVER_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let ansi = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| MaskedWriter::new(std::io::stderr(), scrubber().clone()))
        .with_ansi(ansi)
        .init();
}
