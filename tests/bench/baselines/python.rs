use std::path::PathBuf;
use std::process::Command;

use lab::Cluster;

/// B4: a lock-step comparer with confluent-kafka, run by the Python that `scripts/bench` prepared.
#[derive(Debug)]
pub struct Python(PathBuf);

impl Python {
    /// # Errors
    /// There is no Python with confluent-kafka.
    pub fn find() -> Result<Python, String> {
        let python = std::env::var_os("BENCH_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
        let output = Command::new(&python).args(["-c", "import confluent_kafka"]).output();
        match output {
            Ok(output) if output.status.success() => Ok(Python(python)),
            Ok(_) => Err("confluent-kafka is not installed and could not be fetched".to_owned()),
            Err(error) => Err(format!("{}: {error}", python.display())),
        }
    }

    pub fn compare(&self, sides: [&Cluster; 2], topic: &str, partitions: i32, records: u64) -> Command {
        let mut command = Command::new(&self.0);
        command
            .arg(cutover_tests::repository().join("tests/bench/python/lock_step.py"))
            .args([&sides[0].bootstrap, &sides[1].bootstrap])
            .args([topic, &partitions.to_string(), &records.to_string()]);
        command
    }
}
