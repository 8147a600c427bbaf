//! What commands that make or read a run take.

use std::path::PathBuf;

use report::UserTemplate;

use crate::disk::Disk;
use crate::exit::Failure;

/// Where runs are kept.
#[derive(Debug, clap::Args)]
pub struct RunsArgs {
    /// Folder of the runs.
    #[arg(long, value_name = "DIR", default_value = ".cutover/runs")]
    pub runs_dir: PathBuf,
}

/// How a report is written.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// A Jinja template of your own instead of report.html; its name says what it writes: NAME.html, NAME.md, …
    #[arg(long, value_name = "FILE")]
    template: Option<String>,
}

/// More is no template.
const TEMPLATE_BYTES: u64 = 1 << 20;

impl ReportArgs {
    /// The template, read.
    pub fn template(&self) -> Result<Option<UserTemplate>, Failure> {
        use runbook::syntax::Files;
        let Some(path) = &self.template else { return Ok(None) };
        let bytes = Disk
            .read(path, TEMPLATE_BYTES)
            .map_err(|error| Failure::usage(format!("template {path}: {error}")))?;
        let source =
            String::from_utf8(bytes).map_err(|_| Failure::usage(format!("template {path} is not UTF-8")))?;
        let name = std::path::Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Some(UserTemplate { name, source }))
    }
}
