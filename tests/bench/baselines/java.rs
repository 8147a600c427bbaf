use std::path::PathBuf;
use std::process::Command;

use lab::{Jars, KafkaVersion};

/// Java programs of ours (B5, B7) and Kafka's own tools (B3, B10), with the lab's jars.
#[derive(Debug)]
pub struct Java {
    classpath: String,
}

impl Java {
    /// Compiles `tests/bench/java`.
    ///
    /// # Errors
    /// There are no jars, or the compiler failed.
    pub fn build() -> Result<Java, String> {
        let jars = Jars::of(KafkaVersion::CURRENT).map_err(|error| error.to_string())?;
        let exe = std::env::current_exe().map_err(|error| error.to_string())?;
        let classes = exe.ancestors().nth(2).ok_or("no target folder")?.join("bench-classes");
        std::fs::create_dir_all(&classes).map_err(|error| error.to_string())?;
        let sources = cutover_tests::repository().join("tests/bench/java");
        let output = Command::new(program("javac"))
            .args(["-cp", &jars.classpath(), "-d"])
            .arg(&classes)
            .args(["LockStep.java", "Translate.java"].map(|name| sources.join(name)))
            .output()
            .map_err(|error| format!("javac: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("javac: {}", said.lines().next().unwrap_or_default()));
        }
        Ok(Java { classpath: format!("{}:{}", jars.classpath(), classes.display()) })
    }

    /// A main class, with the JVM's own defaults and a heap that is large enough.
    pub fn command(&self, main: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("java"));
        command
            .args(["-Xmx2g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", &self.classpath, main])
            .args(arguments);
        command
    }

    /// The same as words of a shell.
    pub fn words(&self, main: &str, arguments: &[&str]) -> String {
        let command = self.command(main, arguments);
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        words.map(|word| format!("'{}'", word.to_string_lossy())).collect::<Vec<_>>().join(" ")
    }
}

fn program(name: &str) -> PathBuf {
    std::env::var_os("JAVA_HOME")
        .map(|home| PathBuf::from(home).join("bin").join(name))
        .filter(|file| file.is_file())
        .unwrap_or_else(|| PathBuf::from(name))
}
