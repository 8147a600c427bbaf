use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::error::{LabError, Result};
use crate::files;

/// Removes the directory when its standard input closes: when we drop it or when we are killed. The servers end
/// by the same event and may still write for a moment, hence the repetition, which ends after ten seconds.
const JANITOR: &str = r#"
IFS= read -r word
n=0
while [ -e "$1" ] && [ "$n" -lt 50 ]; do
  rm -rf -- "$1" 2>/dev/null
  [ -e "$1" ] && sleep 0.2
  n=$((n + 1))
done
"#;

/// A directory that goes when the process does, also when it is killed.
#[derive(Debug)]
pub(crate) struct Temporary {
    path: PathBuf,
    janitor: Child,
}

impl Temporary {
    pub(crate) fn new() -> Result<Self> {
        let parent = std::env::temp_dir();
        let made = tempfile::Builder::new().prefix("cutover-lab-").tempdir_in(&parent);
        let path = made.map_err(LabError::file("create a directory in", &parent))?.keep();
        let janitor = Command::new("/bin/sh")
            .args(["-c", JANITOR, "cutover-lab"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|source| LabError::Program {
                program: "/bin/sh".into(),
                source,
                hint: "it removes the lab's temporary directory",
            });
        match janitor {
            Ok(janitor) => Ok(Temporary { path, janitor }),
            Err(error) => {
                let _ = files::remove(&path);
                Err(error)
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        let _ = self.janitor.wait();
    }
}
