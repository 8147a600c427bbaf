//! What commands that make or read a run take.

use std::path::PathBuf;

use journal::{RunFolder, Runs};
use report::UserTemplate;

use crate::disk::Disk;
use crate::exit::Failure;

/// Where runs are kept.
#[derive(Debug, clap::Args)]
pub struct RunsArgs {
    /// Folder of the runs.
    #[arg(long, value_name = "DIR", default_value = Runs::USUAL)]
    pub runs_dir: PathBuf,
}

impl RunsArgs {
    /// What a command about that run needs to find it when it is pasted: nothing where runs are usually kept.
    pub fn again(folder: &RunFolder) -> String {
        Runs::again(folder.runs())
    }
}

/// A sentence whose commands in backquotes are given what they need to find the run.
pub fn pasted(text: &str, again: &str) -> String {
    let parts = text.split('`').enumerate().map(|(place, part)| match place % 2 == 1 {
        true if part.starts_with("cutover ") => format!("{part}{again}"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn commands_can_be_pasted_where_runs_are_kept_elsewhere() {
        assert_eq!(Runs::again(Path::new(Runs::USUAL)), "");
        let again = Runs::again(Path::new("/tmp/my runs"));
        assert_eq!(again, " --runs-dir '/tmp/my runs'");
        assert_eq!(
            pasted("`cutover done R m` or `ok`", &again),
            "`cutover done R m --runs-dir '/tmp/my runs'` or `ok`"
        );
    }
}
