use std::fs;
use std::path::{Path, PathBuf};

use super::User;
use crate::error::{LabError, Result};
use crate::files;
use crate::jars::Jars;
use crate::java;
use crate::limits::FORMAT;
use crate::process::{Guard, Server};
use crate::properties::Properties;
use crate::random;

/// Storage formatted once by Kafka's own tool, from which every node's storage is made.
///
/// Formatting takes a JVM each time and would be the longest part of starting six nodes. What differs between
/// nodes are three ids in `meta.properties`; the metadata snapshot with the users is the same for all.
#[derive(Debug)]
pub(crate) struct Formatted {
    folder: PathBuf,
}

impl Formatted {
    pub(crate) fn run(jars: &Jars, folder: &Path, users: &[User]) -> Result<Self> {
        let data = folder.join("data");
        files::make_dir(folder)?;
        let config = folder.join("server.properties");
        Properties::default()
            .set("process.roles", "broker,controller")
            .set("node.id", 1)
            .set("controller.quorum.voters", "1@127.0.0.1:9093")
            .set("controller.listener.names", "CONTROLLER")
            .set("listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093")
            .set("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT")
            .set("log.dirs", data.display())
            .write(&config)?;
        let config = config.display().to_string();
        let id = random::cluster_id()?;
        let mut args = vec!["format", "--cluster-id", &id, "--config", &config];
        let added: Vec<String> = users
            .iter()
            .map(|user| format!("SCRAM-SHA-256=[name={},password={}]", user.name, user.password))
            .collect();
        for user in &added {
            args.extend(["--add-scram", user]);
        }
        let argv = java::command(jars, folder, "kafka.tools.StorageTool", &args);
        let mut server = Server::new("storage format", argv, folder.join("format.log"));
        Guard::start(&mut server)?.finish(&server, FORMAT)?;
        Ok(Formatted { folder: data })
    }

    /// Makes the storage of one node of one cluster.
    pub(crate) fn make(&self, data: &Path, cluster_id: &str, node: i32) -> Result<()> {
        files::make_dir(data)?;
        for entry in fs::read_dir(&self.folder).map_err(LabError::file("read", &self.folder))? {
            let from = entry.map_err(LabError::file("read", &self.folder))?.path();
            let name = from.file_name().unwrap_or_default();
            if from.is_file() && name != "meta.properties" {
                fs::copy(&from, data.join(name)).map_err(LabError::file("copy", &from))?;
            }
        }
        Properties::default()
            .set("version", 1)
            .set("cluster.id", cluster_id)
            .set("node.id", node)
            .set("directory.id", random::cluster_id()?)
            .write(&data.join("meta.properties"))
    }
}
