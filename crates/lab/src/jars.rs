//! Kafka's jars, fetched once by Maven into the user's own cache.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::error::{LabError, Result};
use crate::files;
use crate::limits::LOG_TAIL_LINES;
use crate::version::KafkaVersion;

/// The current release also runs the tools, Connect and MirrorMaker 2; an older one is only ever a broker.
const CURRENT: &str = include_str!("../jars/current.xml");
const BROKER: &str = include_str!("../jars/broker.xml");

/// The jars of one Kafka release.
#[derive(Debug, Clone)]
pub struct Jars {
    folder: PathBuf,
}

impl Jars {
    /// Finds the jars of a release in the cache, or has Maven fetch them. Two processes that want the same
    /// release wait for one another; once fetched no network is needed.
    pub fn of(version: KafkaVersion) -> Result<Self> {
        let cache = cache_dir()?;
        let pom = pom(version);
        let folder = cache.join(folder_name(version, pom));
        if folder.is_dir() {
            return Ok(Jars { folder });
        }
        files::make_dir(&cache)?;
        let lock_path = cache.join(".lock");
        let lock = File::create(&lock_path).map_err(LabError::file("create", &lock_path))?;
        lock.lock().map_err(LabError::file("lock", &lock_path))?;
        if !folder.is_dir() {
            tracing::info!(%version, folder = %folder.display(), "fetching Kafka's jars with Maven");
            fetch(version, pom, &cache, &folder)?;
        }
        Ok(Jars { folder })
    }

    /// True if the jars of a release are in the cache, so that no network is needed.
    pub fn cached(version: KafkaVersion) -> bool {
        cache_dir().is_ok_and(|cache| cache.join(folder_name(version, pom(version))).is_dir())
    }

    /// The value of Java's `-cp`.
    pub fn classpath(&self) -> String {
        format!("{}/*", self.folder.display())
    }

    /// Where the jars lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// `$XDG_CACHE_HOME/cutover/jars`, or the same below `~/.cache`.
fn cache_dir() -> Result<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("cutover").join("jars"))
        .ok_or_else(|| {
            LabError::Spec("neither XDG_CACHE_HOME nor HOME names a directory for the jars".into())
        })
}

/// Fetches beside the final folder and renames at the end: a folder that is there is complete.
fn fetch(version: KafkaVersion, text: &str, cache: &Path, folder: &Path) -> Result<()> {
    let work = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(cache)
        .map_err(LabError::file("create a directory in", cache))?;
    let pom = work.path().join("pom.xml");
    files::write(&pom, text)?;
    let jars = work.path().join("jars");
    let output = Command::new("mvn")
        .args(["--batch-mode", "--quiet", "--file"])
        .arg(&pom)
        .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(format!("-Dkafka.version={version}"))
        .arg(format!("-DoutputDirectory={}", jars.display()))
        .stdin(Stdio::null())
        .output()
        .map_err(|source| LabError::Program {
            program: "mvn".into(),
            source,
            hint: "run scripts/setup, or install Maven (Debian: apt-get install maven)",
        })?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<&str> = said.lines().collect();
        let tail = lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n");
        return Err(LabError::Jars { version: version.to_string(), tail });
    }
    fs::rename(&jars, folder).map_err(LabError::file("complete", folder))
}

fn pom(version: KafkaVersion) -> &'static str {
    if version == KafkaVersion::CURRENT { CURRENT } else { BROKER }
}

/// Release and recipe: with another list of artifacts an old folder is not taken for a complete one.
fn folder_name(version: KafkaVersion, pom: &str) -> String {
    let digest: String = Sha256::digest(pom).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("kafka-{version}-{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_names_the_current_release() {
        assert!(CURRENT.contains(&format!("<kafka.version>{}</kafka.version>", KafkaVersion::CURRENT)));
    }
}
