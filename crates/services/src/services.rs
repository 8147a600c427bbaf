use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use runbook::Probe;
use runbook::rehearsal::Rehearsed;
use runbook::world::{Command, JournalsSeen, Measured, Reason, Receipt};

use crate::{
    Connect, Exec, Http, Secrets, ServiceError, Until, observe_file, read_document, read_rehearsal, receipt,
};

/// Answers the probes that need no cluster (files, commands, HTTP endpoints, Connect), and applies the commands that
/// change none.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub struct Services {
    folder: PathBuf,
    secrets: Arc<Secrets>,
    exec: Exec,
    http: Arc<Http>,
    deny_exec: bool,
}

impl Services {
    /// `folder` is the runbook's.
    pub fn new(folder: impl Into<PathBuf>, secrets: Arc<Secrets>) -> Services {
        let folder = folder.into();
        let exec = Exec::new(folder.clone(), Arc::clone(&secrets));
        Services { folder, exec, http: Arc::new(Http::new(Arc::clone(&secrets))), secrets, deny_exec: false }
    }

    /// With `--deny-exec`, commands are refused. Secrets have a switch of their own ([`Secrets::deny_exec`]).
    pub fn deny_exec(self, deny_exec: bool) -> Services {
        Services { deny_exec, ..self }
    }

    /// The client, for [`Connect`](crate::Connect).
    pub fn http(&self) -> Arc<Http> {
        Arc::clone(&self.http)
    }

    /// Answers `Probe::Rehearsal`; `against` holds what is in the file against the journals of its runs.
    pub fn rehearsal(
        &self,
        path: &str,
        until: Until<'_>,
        against: &dyn Fn(&Path, &Rehearsed) -> JournalsSeen,
    ) -> Result<Measured, ServiceError> {
        let scrubber = self.secrets.scrubber();
        read_rehearsal(&self.folder, path, scrubber, until, against).map(Measured::Rehearsal)
    }

    /// Answers `Probe::File`, `Probe::Document`, `Probe::Exec`, `Probe::Http` and `Probe::Connectors`, blocking until `until`
    /// at most; any other probe is not built here.
    pub fn observe(&self, probe: &Probe, until: Until<'_>) -> Result<Measured, ServiceError> {
        match probe {
            Probe::File { path } => observe_file(&self.folder, path, until).map(Measured::File),
            Probe::Document { path } => {
                let scrubber = self.secrets.scrubber();
                read_document(&self.folder, path, scrubber, until).map(Measured::Document)
            }
            Probe::Exec { argv, env, timeout_ms } => {
                if self.deny_exec {
                    let message =
                        format!("{} was not run: commands are switched off (--deny-exec)", probe.title());
                    return Err(
                        ServiceError::new(Reason::Refused, message).hint("run it without --deny-exec")
                    );
                }
                let timeout = Duration::from_millis(*timeout_ms);
                self.exec.observe(argv, env, timeout, until).map(Measured::Exec)
            }
            Probe::Http(request) => self.http.observe(request, until).map(Measured::Http),
            Probe::Connectors { replicator } => {
                let Some(url) = &replicator.connect else {
                    return Err(ServiceError::failed("the site names no Connect cluster")
                        .hint("a dedicated replicator tells nothing of its connectors"));
                };
                let connect = Connect::new(url, self.http())?;
                connect.seen(replicator, until).map(Measured::Connectors)
            }
            other => {
                let message = format!("{} cannot be asked of a service", other.title());
                Err(ServiceError::new(Reason::NotBuilt, message))
            }
        }
    }

    /// Applies `Command::SetConnectorConfigs`, `Command::SetConnectorState`, `Command::Exec` and `Command::Http`, blocking
    /// until `until` at most, but for some seconds of reading back what may have been done; `None`: any other command.
    pub fn apply(&self, command: &Command, until: Until<'_>) -> Option<Receipt> {
        let connect = |url: &str, apply: &dyn Fn(Connect) -> Receipt| match Connect::new(url, self.http()) {
            Ok(connect) => apply(connect),
            Err(error) => receipt::not_looked(self.secrets.scrubber(), error),
        };
        Some(match command {
            Command::SetConnectorConfigs { connect: url, connector, settings } => {
                connect(url, &|connect| connect.set_settings(connector, settings, until))
            }
            Command::SetConnectorState { connect: url, connector, from, to } => {
                connect(url, &|connect| connect.set_state(connector, from, to, until))
            }
            Command::Exec { .. } if self.deny_exec => {
                let why =
                    format!("{} was not done: commands are switched off (--deny-exec)", command.title());
                Receipt::Refused { why: self.secrets.scrubber().mask(&why).into_owned() }
            }
            Command::Exec { argv, env, timeout_ms } => {
                self.exec.apply(argv, env, Duration::from_millis(*timeout_ms), until)
            }
            Command::Http(request) => self.http.apply(request, until),
            Command::SetCommits { .. } | Command::SetAcls { .. } | Command::SetTopicConfigs { .. } => {
                return None;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use runbook::Side;
    use tempfile::TempDir;

    use super::*;
    use crate::Scrubber;

    fn observe(top: &TempDir, deny: bool, probe: &Probe) -> Result<Measured, ServiceError> {
        let secrets = Arc::new(Secrets::new(top.path(), BTreeMap::new(), Scrubber::default()));
        let services = Services::new(top.path(), secrets).deny_exec(deny);
        services.observe(probe, Until::after(Duration::from_secs(60), &|| false))
    }

    fn touch() -> Probe {
        let argv = ["sh", "-c", "echo >ran; echo '{\"n\":1}'"].map(str::to_owned).to_vec();
        Probe::Exec { argv, env: BTreeMap::new(), timeout_ms: 60_000 }
    }

    #[test]
    fn probes_find_their_service() {
        let top = TempDir::new().unwrap();
        std::fs::write(top.path().join("f"), "x").unwrap();
        let file = observe(&top, false, &Probe::File { path: "f".to_owned() });
        assert!(matches!(file, Ok(Measured::File(seen)) if seen.bytes == 1));
        std::fs::write(top.path().join("d"), "{\"offset\": 7}").unwrap();
        for (file, offset) in [("d", Some(7)), ("f", None)] {
            let told = observe(&top, false, &Probe::Document { path: file.to_owned() });
            let Ok(Measured::Document(seen)) = told else { panic!("{told:?}") };
            assert_eq!(seen.facts.get("offset").and_then(serde_json::Value::as_i64), offset);
            assert_eq!(seen.unreadable.is_none(), offset.is_some());
        }
        let ran = observe(&top, false, &touch());
        assert!(matches!(ran, Ok(Measured::Exec(seen)) if seen.facts["n"] == 1), "in the runbook's folder");
        assert!(top.path().join("ran").exists());
        let error = observe(&top, false, &Probe::Cluster { side: Side::Source }).unwrap_err();
        assert_eq!(error.reason, Reason::NotBuilt);
    }

    #[test]
    fn commands_can_be_switched_off() {
        let top = TempDir::new().unwrap();
        let error = observe(&top, true, &touch()).unwrap_err();
        assert_eq!(error.reason, Reason::Refused);
        let secrets = Arc::new(Secrets::new(top.path(), BTreeMap::new(), Scrubber::default()));
        let services = Services::new(top.path(), secrets).deny_exec(true);
        let Probe::Exec { argv, env, timeout_ms } = touch() else { unreachable!() };
        let command = Command::Exec { argv, env, timeout_ms };
        let receipt = services.apply(&command, Until::after(Duration::from_secs(60), &|| false));
        assert!(matches!(receipt, Some(Receipt::Refused { why }) if why.contains("--deny-exec")));
        assert!(!top.path().join("ran").exists());
    }
}
