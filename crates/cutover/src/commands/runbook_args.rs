//! What every command that reads a runbook takes.

use std::path::{Path, PathBuf};

use ::lab::Lab;
use runbook::load::{LabCluster, LabEnvironment, Loaded, Options};
use runbook::plan::Plan;
use runbook::verdict::scorecard::{appended, quoted};

use super::name_value::name_value;
use crate::disk::Disk;
use crate::exit::Failure;
use crate::{drawing, output};

const LAB: &str = ".cutover/lab";

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
    #[arg(long, value_name = "DIR", default_value = LAB)]
    pub lab: PathBuf,
}

impl RunbookArgs {
    /// Reads a document and everything it names; problems are in the result.
    pub fn load(&self, path: &str) -> Result<Loaded, Failure> {
        let options = Options { env: self.env.clone(), set: self.set.clone(), lab: self.lab()? };
        Ok(runbook::load(path, &Disk, &options))
    }

    /// The plan of a document, or its problems, shown; `done`: what is not done with it then.
    pub fn plan(&self, loaded: &Loaded, file: &str, done: &str) -> Result<Plan, Failure> {
        let mut plan = runbook::plan(loaded).map_err(|errors| {
            output::talk(&drawing::draw(&errors, &loaded.sources));
            Failure::usage(format!("{file} has errors and is not {done}")).hint(format!(
                "cutover lint {}{}",
                quoted(file),
                self.again()
            ))
        })?;
        plan.digest_scripts(file, &Disk);
        Ok(plan)
    }

    /// What another command about the same document needs, to be pasted: what was given.
    pub fn again(&self) -> String {
        appended(&self.given())
    }

    /// The same, word by word.
    pub fn given(&self) -> Vec<String> {
        let env = self.env.iter().map(|env| ["--env".to_owned(), env.clone()]);
        let set = self.set.iter().map(|(key, value)| ["--set".to_owned(), format!("{key}={value}")]);
        let lab = (self.lab != Path::new(LAB)).then(|| ["--lab".to_owned(), self.lab.display().to_string()]);
        env.chain(set).chain(lab).flatten().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_is_given_again() {
        let usual = RunbookArgs { lab: LAB.into(), ..RunbookArgs::default() };
        assert_eq!(usual.again(), "");
        let set = vec![("note".to_owned(), "a b".to_owned())];
        let given = RunbookArgs { env: Some("lab".to_owned()), set, lab: "/tmp/l".into() };
        assert_eq!(given.again(), " --env lab --set 'note=a b' --lab /tmp/l");
    }
}
