//! Command lines of the JVMs.

use std::path::{Path, PathBuf};

use crate::archive;
use crate::error::{LabError, Result};
use crate::jars::Jars;

/// Main class of a broker or controller.
pub(crate) const BROKER: &str = "kafka.Kafka";
/// Main class of a Connect worker.
pub(crate) const CONNECT: &str = "org.apache.kafka.connect.cli.ConnectDistributed";
/// Main class of a dedicated MirrorMaker 2.
pub(crate) const MIRRORMAKER: &str = "org.apache.kafka.connect.mirror.MirrorMaker";

/// Small and quick to start: a lab has three to fifteen JVMs on a laptop.
const FLAGS: [&str; 7] = [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
];

/// Loggers that print whole configurations at every start; without them a log's tail shows what happened.
const QUIET: [&str; 7] = [
    "kafka.server.KafkaConfig",
    "kafka.utils.Log4jControllerRegistration$",
    "org.apache.kafka.clients",
    "org.apache.kafka.common.config.AbstractConfig",
    "org.apache.kafka.common.utils.AppInfoParser",
    "org.apache.kafka.connect.runtime.ConnectorConfig",
    "org.apache.kafka.connect.runtime.isolation",
];

/// The command that runs `main` with these arguments; what it writes on its own goes below `folder`.
pub(crate) fn command(jars: &Jars, folder: &Path, main: &str, args: &[&str]) -> Vec<String> {
    command_with(jars, &[], folder, main, args)
}

/// The same with classes of our own behind the jars.
pub(crate) fn command_with(
    jars: &Jars,
    classes: &[&Path],
    folder: &Path,
    main: &str,
    args: &[&str],
) -> Vec<String> {
    let mut argv = vec![program("java").display().to_string()];
    argv.extend(FLAGS.map(str::to_owned));
    argv.extend(archive::options(jars, main));
    argv.extend(QUIET.map(|name| format!("-Dorg.slf4j.simpleLogger.log.{name}=warn")));
    argv.push(format!("-Djava.io.tmpdir={}", folder.display()));
    let classes = classes.iter().map(|folder| folder.display().to_string());
    let classpath: Vec<String> = std::iter::once(jars.classpath()).chain(classes).collect();
    argv.extend(["-cp".into(), classpath.join(":"), main.into()]);
    argv.extend(args.iter().map(|&arg| arg.to_owned()));
    argv
}

/// `$JAVA_HOME/bin/NAME` if that is set and there, else whatever program of this name the path finds.
pub(crate) fn program(name: &str) -> PathBuf {
    std::env::var_os("JAVA_HOME")
        .map(|home| PathBuf::from(home).join("bin").join(name))
        .filter(|program| program.is_file())
        .unwrap_or_else(|| PathBuf::from(name))
}

/// Fails if there is no Java, which is better said before anything has been started.
pub(crate) fn check() -> Result<()> {
    if located().is_some() {
        return Ok(());
    }
    Err(LabError::Program {
        program: "java".into(),
        source: std::io::Error::from(std::io::ErrorKind::NotFound),
        hint: "run scripts/setup, or install a JDK of release 17 or newer (Debian: openjdk-17-jdk-headless)",
    })
}

/// The file of that program, links followed.
pub(crate) fn located() -> Option<PathBuf> {
    let program = program("java");
    if program.is_absolute() {
        return program.canonicalize().ok();
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find_map(|folder| folder.join(&program).canonicalize().ok())
}
