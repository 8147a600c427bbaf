use std::path::{Path, PathBuf};
use std::process::Command;

use lab::Cluster;

/// B0: librdkafka's own `rdkafka_performance`, from the sources and with the library this workspace builds. It reads
/// and discards.
#[derive(Debug)]
pub struct Performance(PathBuf);

impl Performance {
    /// # Errors
    /// The library was not built here, or the compiler failed.
    pub fn build() -> Result<Performance, String> {
        let exe = std::env::current_exe().map_err(|error| error.to_string())?;
        let profile = exe.ancestors().nth(2).ok_or("no target folder")?;
        let out = newest(profile, "rdkafka-sys-", "out/lib/librdkafka.a")?;
        let zstd = newest(profile, "zstd-sys-", "out/libzstd.a")?;
        let build = out.parent().and_then(Path::parent).ok_or("no build folder")?.join("build");
        let cache =
            std::fs::read_to_string(build.join("CMakeCache.txt")).map_err(|error| error.to_string())?;
        let sources = cache
            .lines()
            .find_map(|line| line.strip_prefix("CMAKE_HOME_DIRECTORY:INTERNAL="))
            .ok_or("CMakeCache.txt names no sources")?;
        let program = profile.join("rdkafka_performance");
        let output = Command::new("cc")
            .args(["-O3", "-DNDEBUG", "-w", "-o"])
            .arg(&program)
            .arg(format!("-I{}", build.join("generated/dummy").display()))
            .arg(format!("-I{sources}/src"))
            .arg(format!("{sources}/examples/rdkafka_performance.c"))
            .args([&out, &zstd])
            .args([
                "-Wl,--as-needed",
                "-lssl",
                "-lcrypto",
                "-lz",
                "-lcurl",
                "-lpthread",
                "-lrt",
                "-ldl",
                "-lm",
            ])
            .output()
            .map_err(|error| format!("cc: {error}"))?;
        if output.status.success() {
            Ok(Performance(program))
        } else {
            Err(format!("cc: {}", String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default()))
        }
    }

    /// A consumer of all partitions of a topic, from the beginning, as fast as it can.
    pub fn consumer(&self, cluster: &Cluster, topic: &str, partitions: i32, records: u64) -> Command {
        let mut command = Command::new(&self.0);
        command.args(["-C", "-q", "-q", "-t", topic, "-b", &cluster.bootstrap, "-o", "beginning"]);
        command.args(["-c", &records.to_string()]);
        for partition in 0..partitions {
            command.args(["-p", &partition.to_string()]);
        }
        for setting in [
            "fetch.queue.backoff.ms=5",
            "queued.min.messages=50000",
            "queued.max.messages.kbytes=16384",
            "fetch.message.max.bytes=4194304",
            "fetch.min.bytes=65536",
            "fetch.wait.max.ms=100",
            "check.crcs=true",
            "isolation.level=read_committed",
            "enable.auto.commit=false",
        ] {
            command.args(["-X", setting]);
        }
        command
    }
}

/// The newest file of this name below `build/PREFIX*/`.
fn newest(profile: &Path, prefix: &str, file: &str) -> Result<PathBuf, String> {
    let folder = profile.join("build");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(file))
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .max()
        .map(|(_, path)| path)
        .ok_or_else(|| format!("{}/{prefix}*/{file} is not there", folder.display()))
}
