//! Class data of a JVM that has started once, for all that start after it.
//!
//! A lab's JVMs spend most of their start on loading and verifying the same classes. The first lab on a machine
//! has its own JVMs write them to archives beside the jars, which halves the processor time of every later
//! start (a broker: from 2.4 s to 1.4 s). A JVM checks that an archive fits it and its class path, and goes on
//! without it if not, so the worst an archive can do is nothing.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::files;
use crate::jars::Jars;
use crate::java;
use crate::process::{Guard, Server};

/// The archive is complete once the JVM that wrote it is found alive after the writing. The attach mechanism
/// leaves a socket behind in /tmp if its JVM is killed later.
const RECORD: &str = r#"
for job in "$@"; do
  pid=${job%%:*}; file=${job#*:}
  jcmd "$pid" VM.cds dynamic_dump "$file.$pid" && kill -0 "$pid" && mv -f "$file.$pid" "$file"
  rm -f "$file.$pid" "/tmp/.java_pid$pid"
done
"#;

/// Options that make a JVM use the archive of its main class, or keep what is needed to write one.
pub(crate) fn options(jars: &Jars, main: &str) -> Vec<String> {
    let Some(file) = file(jars, main) else { return Vec::new() };
    if file.is_file() {
        return vec![format!("-XX:SharedArchiveFile={}", file.display()), "-Xlog:cds=off".into()];
    }
    if is_server(main) { vec!["-XX:+RecordDynamicDumpInfo".into()] } else { Vec::new() }
}

/// Starts writing the archives that are missing, from servers that run. It goes on in the background and ends by
/// itself; none is needed, so a failure is only noted.
pub(crate) fn record<'a>(jars: &Jars, servers: impl Iterator<Item = &'a Server>) -> Result<Option<Guard>> {
    let mut jobs: Vec<(PathBuf, String)> = Vec::new();
    for server in servers {
        let Some(main) = server.argv.iter().find(|word| is_server(word)) else { continue };
        let (Some(file), Some(process)) = (file(jars, main), &server.process) else { continue };
        let records = server.argv.iter().any(|word| word == "-XX:+RecordDynamicDumpInfo");
        if records && !file.is_file() && jobs.iter().all(|(known, _)| *known != file) {
            let job = format!("{}:{}", process.pid, file.display());
            jobs.push((file, job));
        }
    }
    let Some(folder) = jobs.first().and_then(|(file, _)| file.parent()) else { return Ok(None) };
    files::make_dir(folder)?;
    let mut argv: Vec<String> = ["/bin/sh", "-c", RECORD, "cutover-lab"].map(str::to_owned).to_vec();
    argv.extend(jobs.iter().map(|(_, job)| job.clone()));
    let mut writer = Server::new("class data archive", argv, folder.join("record.log"));
    Guard::start(&mut writer).map(Some)
}

fn is_server(main: &str) -> bool {
    [java::BROKER, java::CONNECT, java::MIRRORMAKER].contains(&main)
}

/// Where the archive of a main class belongs: beside the jars, in a folder for this very JVM. Tools share the
/// broker's, which has most of their classes.
fn file(jars: &Jars, main: &str) -> Option<PathBuf> {
    let main = if is_server(main) { main } else { java::BROKER };
    let mut folder = jars.folder().as_os_str().to_owned();
    folder.push(format!(".cds-{:016x}", jvm()?));
    Some(Path::new(&folder).join(format!("{main}.jsa")))
}

/// Tells this JVM from any other, an update of it included.
fn jvm() -> Option<u64> {
    let java = java::located()?;
    let library = fs::metadata(java.parent()?.parent()?.join("lib/server/libjvm.so")).ok()?;
    let mut hasher = DefaultHasher::new();
    (java, library.len(), library.mtime()).hash(&mut hasher);
    Some(hasher.finish())
}
