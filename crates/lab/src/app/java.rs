//! The application with Kafka's own Java clients: `java/LabApp.java` and what lies beside it.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rdkafka::ClientConfig;
use sha2::{Digest, Sha256};

use super::AppSpec;
use crate::error::{LabError, Result};
use crate::files;
use crate::jars::Jars;
use crate::java;
use crate::properties::Properties;
use crate::random;
use crate::spec::Life;
use crate::state::State;
use crate::version::KafkaVersion;

const MAIN: &str = "LabApp";
const SOURCES: [(&str, &str); 4] = [
    ("LabApp.java", include_str!("../../java/LabApp.java")),
    ("LabConsumer.java", include_str!("../../java/LabConsumer.java")),
    ("LabLedger.java", include_str!("../../java/LabLedger.java")),
    ("LabProducer.java", include_str!("../../java/LabProducer.java")),
];

/// Becomes the JVM that works as this application: the process stays the one that was started, and is ended by its
/// number as any other. Returns only if that fails.
pub(super) fn become_java(lab: &Path, spec: &AppSpec, state: &State) -> LabError {
    match command(lab, spec, state) {
        Err(error) => error,
        Ok(mut command) => LabError::Program {
            program: "java".into(),
            source: command.exec(),
            hint: "run scripts/setup, or install a JDK of release 17 or newer (Debian: openjdk-17-jdk-headless)",
        },
    }
}

fn command(lab: &Path, spec: &AppSpec, state: &State) -> Result<Command> {
    let jars = Jars::of(KafkaVersion::CURRENT)?;
    let classes = classes(&jars)?;
    let home = AppSpec::home(lab, &spec.name);
    let settings = home.join("app.properties");
    properties(lab, spec, state)?.write(&settings)?;
    let argv = java::command_with(&jars, &[&classes], &home, MAIN, &[&settings.display().to_string()]);
    let (program, arguments) =
        argv.split_first().ok_or_else(|| LabError::Spec("there is no command for a JVM".to_owned()))?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

fn properties(lab: &Path, spec: &AppSpec, state: &State) -> Result<Properties> {
    let mut properties = Properties::default();
    clients(&mut properties, &spec.client_config(state)?);
    let reset = if spec.reset == "error" { "none" } else { &spec.reset };
    properties
        .set("app.name", &spec.name)
        .set("app.run", random::hex::<3>()?)
        .set("app.side", spec.side)
        .set("app.home", AppSpec::home(lab, &spec.name).display())
        .set("app.lab", State::path(lab).display())
        .set("app.consume", spec.consume.join(","))
        .set("app.group", spec.group.as_deref().unwrap_or_default())
        .set("app.produce", spec.produce.join(","))
        .set("app.rate", spec.rate)
        .set("app.keys", spec.keys)
        .set("app.size", spec.size)
        .set("app.isolation", &spec.isolation)
        .set("app.reset", reset)
        .set("app.commit-every-ms", spec.commit_every_ms)
        .set("app.pace", spec.pace);
    if state.life == Life::Owned {
        properties.set("app.owner-pid", state.owner.pid).set("app.owner", state.owner.started);
    }
    Ok(properties)
}

/// librdkafka's settings in the words of Kafka's own clients.
fn clients(properties: &mut Properties, config: &ClientConfig) {
    for (key, value) in config.config_map() {
        if !key.starts_with("sasl.username") && !key.starts_with("sasl.password") {
            properties.set(key, value);
        }
    }
    if let (Some(user), Some(password)) = (config.get("sasl.username"), config.get("sasl.password")) {
        let module = "org.apache.kafka.common.security.scram.ScramLoginModule";
        let login = format!("{module} required username=\"{user}\" password=\"{password}\";");
        properties.set("sasl.jaas.config", login);
    }
}

/// The folder with the compiled classes, beside the jars; compiled once for these sources and jars.
fn classes(jars: &Jars) -> Result<PathBuf> {
    let mut digest = Sha256::new();
    SOURCES.iter().for_each(|(_, text)| digest.update(text));
    let digest: String = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let mut folder = OsString::from(jars.folder());
    folder.push(format!(".app-{digest}"));
    let folder = PathBuf::from(folder);
    if !folder.is_dir() {
        compile(jars, &folder)?;
    }
    Ok(folder)
}

/// Compiles beside the final folder and renames at the end: a folder that is there is complete.
fn compile(jars: &Jars, folder: &Path) -> Result<()> {
    let cache = jars.folder().parent().unwrap_or(Path::new("/"));
    let work = tempfile::Builder::new()
        .prefix(".compile-")
        .tempdir_in(cache)
        .map_err(LabError::file("create a directory in", cache))?;
    let sources = work.path().join("sources");
    files::make_dir(&sources)?;
    for (name, text) in SOURCES {
        files::write(&sources.join(name), text)?;
    }
    let classes = work.path().join("classes");
    let output = Command::new(java::program("javac"))
        .args(["-J-XX:TieredStopAtLevel=1", "-cp", &jars.classpath(), "-d"])
        .arg(&classes)
        .args(SOURCES.map(|(name, _)| sources.join(name)))
        .stdin(Stdio::null())
        .output()
        .map_err(|source| LabError::Program {
            program: "javac".into(),
            source,
            hint: "run scripts/setup, or install a JDK of release 17 or newer (Debian: openjdk-17-jdk-headless)",
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(LabError::Spec(format!("the lab's Java application does not compile:\n{said}")));
    }
    match fs::rename(&classes, folder) {
        // Another process was first; its classes are the same.
        Err(_) if folder.is_dir() => Ok(()),
        renamed => renamed.map_err(LabError::file("complete", folder)),
    }
}
