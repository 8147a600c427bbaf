//! Command lines of the JVMs.

use std::path::{Path, PathBuf};

use crate::jars::Jars;

/// Small and quick to start: a lab has three to nine JVMs on a laptop.
const FLAGS: [&str; 6] = [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
];

/// Loggers that print whole configurations at every start; without them a log's tail shows what happened.
const QUIET: [&str; 8] = [
    "kafka.server.KafkaConfig",
    "kafka.utils.Log4jControllerRegistration$",
    "org.apache.kafka.clients",
    "org.apache.kafka.common.config.AbstractConfig",
    "org.apache.kafka.common.utils.AppInfoParser",
    "org.apache.kafka.connect.runtime.ConnectorConfig",
    "org.apache.kafka.connect.runtime.isolation",
    "org.reflections",
];

/// The command that runs `main` with these arguments; what it writes on its own goes below `folder`.
pub(crate) fn command(jars: &Jars, folder: &Path, main: &str, args: &[&str]) -> Vec<String> {
    let mut argv = vec![program().display().to_string()];
    argv.extend(FLAGS.map(str::to_owned));
    argv.extend(QUIET.map(|name| format!("-Dorg.slf4j.simpleLogger.log.{name}=warn")));
    argv.push("-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS".into());
    argv.push(format!("-Djava.io.tmpdir={}", folder.display()));
    argv.extend(["-cp".into(), jars.classpath(), main.into()]);
    argv.extend(args.iter().map(|&arg| arg.to_owned()));
    argv
}

/// `$JAVA_HOME/bin/java` if that is set and there, else whatever `java` the path finds.
fn program() -> PathBuf {
    std::env::var_os("JAVA_HOME")
        .map(|home| PathBuf::from(home).join("bin/java"))
        .filter(|java| java.is_file())
        .unwrap_or_else(|| PathBuf::from("java"))
}
