use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ::runbook::load::Options;
use ::runbook::syntax::{FileError, Files};
use cutover_tests::{Cutover, Run};
use lab::{Case, Cluster, Position, Produce, Record, Topic};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::rehearsed::Rehearsed;
use crate::runbook::{Runbook, Site, SiteCluster};
use crate::{Answer, lab, until};

/// One test's place: names in the lab, a folder with runbook, site and everything they name.
#[derive(Debug)]
pub struct Bench {
    pub case: Case<'static>,
    pub folder: TempDir,
    pub runbook: Runbook,
    pub site: Site,
    /// A rehearsal of the runbook as it is written.
    pub rehearsed: Rehearsed,
    /// What somebody edited in its evidence: pointers into it, with other values.
    pub evidence: Vec<(&'static str, Value)>,
}

impl Bench {
    /// A unit with one topic `orders` and one group `g`, which are not made.
    pub fn new(name: &str) -> Bench {
        let case = lab().case(name);
        let folder = tempfile::tempdir().unwrap();
        let described = case.describe();
        let side = |cluster: &Cluster| SiteCluster {
            properties: cluster.properties.display().to_string(),
            cluster_id: cluster.cluster_id.clone(),
            more: String::new(),
        };
        let site = Site {
            source: side(case.source()),
            target: side(case.target()),
            connect: described.connect.expect("the suite's lab has a Connect worker"),
            flow: "source->target".to_owned(),
            people: "{ ilse: {}, omar: {}, mina: {}, tomas: {}, ana: {} }".to_owned(),
        };
        let principal = format!("User:{}", case.name("checkout"));
        let runbook = Runbook::new(vec![case.name("orders")], vec![case.name("g")], principal);
        let mut bench =
            Bench { case, folder, runbook, site, rehearsed: Rehearsed::default(), evidence: Vec::new() };
        bench.reviewed("");
        bench.reconcile("echo '{\"missing\": 0}'");
        let url = serve("200 OK", "{\"frozen\": true}");
        bench.frozen_at(&url);
        bench
    }

    pub fn topic(&self) -> String {
        self.runbook.topics[0].clone()
    }

    pub fn group(&self) -> String {
        self.runbook.groups[0].clone()
    }

    pub fn principal(&self) -> String {
        self.runbook.principal.clone()
    }

    /// The topic on both sides with these records and the group at this position on both.
    #[must_use]
    pub fn even(self, records: Vec<Record>, committed: i64) -> Bench {
        let (topic, group) = (self.topic(), self.group());
        for cluster in [self.case.source(), self.case.target()] {
            cluster.create_topic(&Topic::new(&topic)).unwrap();
            cluster.produce(&topic, records.clone(), &Produce::default()).unwrap();
            cluster.commit(&group, &[Position::new(&topic, 0, committed)]).unwrap();
        }
        self
    }

    /// The topic on each side as told; nothing in it.
    #[must_use]
    pub fn shaped(self, source: &[(&str, &str)], target: &[(&str, &str)]) -> Bench {
        let topic = self.topic();
        for (cluster, configs) in [(self.case.source(), source), (self.case.target(), target)] {
            let with = |topic: Topic, (key, value): &(&str, &str)| topic.config(*key, value);
            cluster.create_topic(&configs.iter().fold(Topic::new(&topic), with)).unwrap();
        }
        self
    }

    /// Deletes the topic on both sides, and waits until it is gone.
    pub fn delete_topic(&self) {
        let topic = self.topic();
        for cluster in [self.case.source(), self.case.target()] {
            cluster.delete_topic(&topic).unwrap();
            until("the topic is gone", || cluster.partitions(&topic).unwrap().is_empty());
        }
    }

    /// Replaces a check.
    pub fn set(&mut self, check: &'static str, text: impl Into<String>) {
        self.runbook.checks.insert(check, text.into());
    }

    /// The review of a document that is there; `more` are further parameters, which begin with a comma.
    pub fn reviewed(&mut self, more: &str) {
        self.reviewed_by("tomas", "2026-11-20T09:00:00Z", more);
    }

    /// The same by somebody and at some time.
    pub fn reviewed_by(&mut self, by: &str, at: &str, more: &str) {
        let text = "# Network paths\n\nBoth clusters are reached over loopback.\n";
        std::fs::write(self.folder.path().join("network.md"), text).unwrap();
        let digest: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        self.set("reviewed", format!("use: review, dimension: governance, proof: reviewed, severity: major, with: {{ document: network.md, sha256: {digest}, by: {by}, at: \"{at}\"{more} }}"));
    }

    /// A command beside the runbook, as a shell script.
    pub fn script(&self, name: &str, script: &str) {
        let path = self.folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What the reconciliation of the application does.
    pub fn reconcile(&mut self, script: &str) {
        self.script("reconcile.sh", script);
        self.set("reconciled", "use: exec, dimension: offset_parity, proof: application, severity: blocker, with: { argv: [./reconcile.sh], facts: { missing: integer } }, green: \"missing == 0\", yellow: \"missing < 3\"");
    }

    /// The endpoint that says whether deployments are frozen.
    pub fn frozen_at(&mut self, url: &str) {
        self.set("frozen", format!("use: http, dimension: governance, proof: reviewed, severity: major, with: {{ url: \"{url}\", facts: {{ frozen: boolean }} }}, green: \"frozen == true\""));
    }

    /// Writes runbook and site, and the evidence of their rehearsal.
    pub fn write(&self) -> PathBuf {
        let runbook = self.write_runbook();
        self.rehearse(&runbook.display().to_string());
        runbook
    }

    /// Runbook and site alone: what was rehearsed stays as it is.
    pub fn write_runbook(&self) -> PathBuf {
        std::fs::write(self.folder.path().join("site.yaml"), self.site.text()).unwrap();
        let runbook = self.folder.path().join("runbook.yaml");
        std::fs::write(&runbook, self.runbook.text()).unwrap();
        runbook
    }

    /// The evidence as it lies there.
    pub fn evidence_now(&self) -> Value {
        let text = std::fs::read(self.folder.path().join("rehearsal.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// The evidence of a rehearsal of this very plan with the journals of its runs, and in it what is planted.
    fn rehearse(&self, runbook: &str) {
        let options = Options { env: Some("here".to_owned()), ..Options::default() };
        // A runbook that cannot be planned was not rehearsed, and the check finds it out.
        let Ok(mut plan) = ::runbook::plan(&::runbook::load(runbook, &Disk, &options)) else { return };
        plan.digest_scripts(runbook, &Disk);
        let folder = self.folder.path();
        // What an earlier writing left is no part of this rehearsal.
        let _ = std::fs::remove_dir_all(folder.join("rehearsal.runs"));
        let mut evidence = self.rehearsed.write(&plan, folder);
        for (pointer, value) in &self.evidence {
            *evidence.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value.clone();
        }
        std::fs::write(folder.join("rehearsal.json"), evidence.to_string()).unwrap();
    }

    /// Where the runs of this test are kept.
    pub fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    /// `cutover check`, of these checks or of all.
    pub fn run(&self, checks: &[&str], more: &[&str]) -> Run {
        self.write();
        self.run_as_written(checks, more)
    }

    /// The same of what lies in the folder.
    pub fn run_as_written(&self, checks: &[&str], more: &[&str]) -> Run {
        let runbook = self.folder.path().join("runbook.yaml").display().to_string();
        let runs = self.runs().display().to_string();
        let mut arguments = vec!["check", &runbook, "--env", "here", "--runs-dir", &runs, "-o", "json"];
        for check in checks {
            arguments.extend(["--check", check]);
        }
        arguments.extend(more);
        Cutover::new(arguments).run()
    }

    pub fn check(&self, checks: &[&str]) -> Answer {
        Answer::of(self.run(checks, &[]))
    }
}

struct Disk;

impl Files for Disk {
    fn read(&self, path: &str, _: u64) -> Result<Vec<u8>, FileError> {
        std::fs::read(path).map_err(|_| FileError::Missing)
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }
}

/// The time so many days ago, as documents have it.
pub fn utc(days_ago: u32) -> String {
    let out = std::process::Command::new("date")
        .args(["-u", "-d", &format!("{days_ago} days ago"), "+%Y-%m-%dT%H:%M:%SZ"])
        .output()
        .unwrap();
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// An HTTP server that gives every request this answer, until the test binary ends.
pub fn serve(status: &'static str, body: &'static str) -> String {
    answer_all(move |_| (status, body))
}

/// The same for requests that hold this line, in whatever case its name is written; others are refused.
pub fn serve_if(line: &str, body: &'static str) -> String {
    let line = line.to_ascii_lowercase();
    answer_all(move |request| {
        if request.to_ascii_lowercase().contains(&line) { ("200 OK", body) } else { ("403 Forbidden", "{}") }
    })
}

fn answer_all(answer: impl Fn(&str) -> (&'static str, &'static str) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut part = [0; 1024];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                match connection.read(&mut part) {
                    Ok(read) if read > 0 => request.extend_from_slice(&part[..read]),
                    _ => break,
                }
            }
            let (status, body) = answer(&String::from_utf8_lossy(&request));
            // Whoever asked may be gone already.
            let _ = write!(
                connection,
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}/freeze")
}
