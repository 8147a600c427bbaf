//! Kafka's jars, fetched once by Maven into the user's own cache.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{LabError, Result};
use crate::files;
use crate::limits::LOG_TAIL_LINES;
use crate::version::KafkaVersion;

/// Part of the folder's name: raised when the list of artifacts below changes, so that an old cache is not
/// taken for a complete one.
const RECIPE: u32 = 1;

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
        let folder = cache.join(format!("kafka-{version}-{RECIPE}"));
        if folder.is_dir() {
            return Ok(Jars { folder });
        }
        files::make_dir(&cache)?;
        let lock_path = cache.join(".lock");
        let lock = File::create(&lock_path).map_err(LabError::file("create", &lock_path))?;
        lock.lock().map_err(LabError::file("lock", &lock_path))?;
        if !folder.is_dir() {
            tracing::info!(%version, folder = %folder.display(), "fetching Kafka's jars with Maven");
            fetch(version, &cache, &folder)?;
        }
        Ok(Jars { folder })
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
fn fetch(version: KafkaVersion, cache: &Path, folder: &Path) -> Result<()> {
    let work = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(cache)
        .map_err(LabError::file("create a directory in", cache))?;
    let pom = work.path().join("pom.xml");
    files::write(&pom, &pom_text(version))?;
    let jars = work.path().join("jars");
    let output = Command::new("mvn")
        .args(["--batch-mode", "--quiet", "--file"])
        .arg(&pom)
        .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
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

fn pom_text(version: KafkaVersion) -> String {
    let mut dependencies = String::new();
    for (group, artifact, version) in artifacts(version) {
        dependencies.push_str(&format!(
            "    <dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version></dependency>\n"
        ));
    }
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n  \
         <groupId>cutover.lab</groupId><artifactId>jars</artifactId><version>{RECIPE}</version>\n  \
         <dependencies>\n{dependencies}  </dependencies>\n</project>\n"
    )
}

/// The current release also runs the tools, Connect and MirrorMaker 2; an older one is only ever a broker.
fn artifacts(version: KafkaVersion) -> Vec<(&'static str, &'static str, String)> {
    const KAFKA: &str = "org.apache.kafka";
    let mut list = vec![(KAFKA, "kafka_2.13", version.to_string())];
    if version == KafkaVersion::CURRENT {
        for artifact in ["kafka-tools", "connect-mirror", "connect-runtime", "connect-file"] {
            list.push((KAFKA, artifact, version.to_string()));
        }
    }
    // The last 1.7 release: Kafka up to 4.3 calls slf4j 1.7, and a binding of 2.0 would stay silent.
    list.push(("org.slf4j", "slf4j-simple", "1.7.36".into()));
    list
}
