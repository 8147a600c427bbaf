//! What every command that reads a runbook takes.

use std::path::PathBuf;

use ::lab::Lab;
use runbook::load::{LabCluster, LabEnvironment, Loaded, Options};
use runbook::plan::Plan;

use super::name_value::name_value;
use crate::disk::Disk;
use crate::exit::Failure;
use crate::{drawing, output};

/// Environment and parameters.
#[derive(Debug, Default, clap::Args)]
pub struct RunbookArgs {
    /// Environment of the site; its first when not given. `lab` is the running lab.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Sets a parameter; may be repeated.
    #[arg(long = "set", value_name = "K=V", value_parser = name_value)]
    pub set: Vec<(String, String)>,
    /// Directory of the lab that `--env lab` means.
    #[arg(long, value_name = "DIR", default_value = ".cutover/lab")]
    pub lab: PathBuf,
}

impl RunbookArgs {
    /// Reads a document and everything it names; problems are in the result.
    pub fn load(&self, path: &str) -> Result<Loaded, Failure> {
        let options = Options { env: self.env.clone(), set: self.set.clone(), lab: self.lab()? };
        Ok(runbook::load(path, &Disk, &options))
    }

    /// The plan of a document, or its problems, shown; `done`: what is not done with it then.
    pub fn plan(loaded: &Loaded, file: &str, done: &str) -> Result<Plan, Failure> {
        let mut plan = runbook::plan(loaded).map_err(|errors| {
            output::talk(&drawing::draw(&errors, &loaded.sources));
            Failure::usage(format!("{file} has errors and is not {done}"))
                .hint(format!("cutover lint {file}"))
        })?;
        plan.digest_scripts(file, &Disk);
        Ok(plan)
    }

    /// The running lab, when it is asked for.
    fn lab(&self) -> Result<Option<LabEnvironment>, Failure> {
        if self.env.as_deref() != Some("lab") {
            return Ok(None);
        }
        let dir = std::path::absolute(&self.lab)
            .map_err(|error| Failure::usage(format!("{}: {error}", self.lab.display())))?;
        // A site may describe the lab itself; without a lab the document's own problems say so.
        let Ok(lab) = Lab::load(&dir) else { return Ok(None) };
        let described = lab.describe();
        let cluster = |cluster: &::lab::ClusterStatus| LabCluster {
            properties: cluster.properties.display().to_string(),
            cluster_id: cluster.cluster_id.clone(),
        };
        let endpoints = described.connect.iter().map(|url| ("connect".to_owned(), url.clone())).collect();
        Ok(Some(LabEnvironment {
            source: cluster(&described.source),
            target: cluster(&described.target),
            endpoints,
        }))
    }
}
