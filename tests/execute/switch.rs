//! One test's switch: a topic, a group in the middle of its log, applications that write and read, a runbook.

use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cutover_tests::{Cutover, Run, binary};
use lab::{AppSpec, Case, Client, Cluster, Entry, GroupLedger, Lab, Ledger, Side, TestLab, Topic};
use tempfile::TempDir;

use crate::conducted::Conducted;
use crate::lanes::Lane;
use crate::runbook::{Runbook, Site, THE_END};
use crate::told::{Told, newest};
use crate::{lab, until};

/// Partitions of the topic.
pub const PARTITIONS: i32 = 3;

#[derive(Debug)]
pub struct Switch<'a> {
    pub case: Case<'a>,
    pub folder: TempDir,
    pub runbook: Runbook,
    pub site: Site,
    /// Held until the test is over.
    _lane: Option<Lane>,
    /// Records per second that the consumer processes.
    pub pace: f64,
    /// Whose clients the reading and the writing application have.
    pub clients: [Client; 2],
    started: AtomicU32,
}

impl<'a> Deref for Switch<'a> {
    type Target = Case<'a>;

    fn deref(&self) -> &Case<'a> {
        &self.case
    }
}

impl Switch<'static> {
    /// Beside a lane of the suite's lab, for a run that does not change its connectors.
    pub fn beside(lane: &'static str, name: &str) -> Switch<'static> {
        Switch::in_lab(lab(), lane, name)
    }

    /// In a lane of the suite's lab, alone.
    pub fn in_lane(lane: &'static str, name: &str) -> Switch<'static> {
        let taken = Lane::take(lane);
        Switch { _lane: Some(taken), ..Switch::in_lab(lab(), lane, name) }
    }
}

impl<'a> Switch<'a> {
    /// In a lab of the test's own, with this flow.
    pub fn in_lab(lab: &'a TestLab, flow: &str, name: &str) -> Switch<'a> {
        let case = lab.case(&format!("{flow}-{name}"));
        let described = case.describe();
        let side = |cluster: &Cluster| (cluster.properties.display().to_string(), cluster.cluster_id.clone());
        let site = Site {
            clusters: [side(case.source()), side(case.target())],
            connect: described.connect.expect("the lab has a Connect worker"),
            flow: format!("{flow}-source->{flow}-target"),
            apps: "  via: exec\n  stop:  { argv: [./app.sh, stop, \"{{ app }}\"] }\n  start: { argv: [./app.sh, start, \"{{ app }}\"] }".to_owned(),
        };
        let runbook = Runbook::new(
            case.name("unit").replace('.', "-"),
            case.name("orders"),
            case.name("settlement"),
            case.name("checkout"),
        );
        let folder = tempfile::tempdir().unwrap();
        let clients = [Client::Librdkafka; 2];
        Switch { case, folder, runbook, site, _lane: None, pace: 300.0, clients, started: AtomicU32::new(0) }
    }

    pub fn topic(&self) -> &str {
        &self.runbook.topic
    }

    pub fn group(&self) -> &str {
        &self.runbook.group
    }

    pub fn producer(&self) -> &str {
        &self.runbook.producer
    }

    /// The topic with `records` records of an application, all copied, and the group after 40 % of them.
    pub fn with_log(&self, records: u64) {
        self.with_log_in(&Topic::new(self.topic()).partitions(PARTITIONS), records);
    }

    /// The same in a topic made like this.
    pub fn with_log_in(&self, topic: &Topic, records: u64) {
        self.source().create_topic(topic).unwrap();
        let filler = AppSpec {
            produce: vec![self.topic().to_owned()],
            // As much as is wanted in a second: a machine that is busy sees late that there is enough.
            rate: (records as f64).min(20_000.0),
            ..AppSpec::new(self.producer(), Side::Source)
        };
        self.start(&filler);
        until("the log is filled", || self.written() >= records);
        self.stop_app(&filler.name).unwrap();
        self.await_copied(self.topic(), Duration::from_secs(60)).unwrap();
        self.start(&AppSpec { pace: 8_000.0, ..self.consumer(Side::Source) });
        until("the group is in the middle", || self.ledger_line().processed >= records * 2 / 5);
        self.stop_app(self.group()).unwrap();
    }

    /// Both applications at work on the source.
    pub fn at_work(&self) {
        self.start(&self.consumer(Side::Source));
        self.start(&self.writer(Side::Source));
    }

    /// The writing application on one side.
    pub fn writer(&self, side: Side) -> AppSpec {
        AppSpec {
            produce: vec![self.topic().to_owned()],
            rate: 200.0,
            user: Some("checkout".to_owned()),
            client: self.clients[1],
            ..AppSpec::new(self.producer(), side)
        }
    }

    /// The reading application on one side.
    pub fn consumer(&self, side: Side) -> AppSpec {
        AppSpec {
            consume: vec![self.topic().to_owned()],
            group: Some(self.group().to_owned()),
            // On the target a missing position is an error: it would hide behind a beginning.
            reset: if side == Side::Source { "earliest" } else { "error" }.to_owned(),
            pace: self.pace,
            client: self.clients[0],
            ..AppSpec::new(self.group(), side)
        }
    }

    pub fn start(&self, spec: &AppSpec) {
        let binary = binary().display().to_string();
        let program = [binary, "lab".to_owned(), "app".to_owned(), "work".to_owned()];
        self.start_app(&program, spec).unwrap();
    }

    /// Records written and acknowledged on the test's topic.
    fn written(&self) -> u64 {
        let ends = self.source().watermarks(self.topic()).unwrap();
        ends.values().map(|(_, end)| u64::try_from(*end).unwrap()).sum()
    }

    pub fn ledger_line(&self) -> GroupLedger {
        // The test's own applications only: a lab of many tests has many.
        let mut entries: Vec<Entry> = Vec::new();
        for app in [self.group(), self.producer()] {
            let path = self.dir().join("apps").join(app).join("ledger.jsonl");
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            entries.extend(whole.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap()));
        }
        let ledger = Ledger::of(&entries);
        ledger.group(self.group(), self.topic()).cloned().unwrap_or_default()
    }

    /// Lets the applications finish on the target, and says what the ledger holds.
    pub fn settled_ledger(&self) -> GroupLedger {
        self.stop_app(self.producer()).unwrap();
        self.stop_app(self.group()).unwrap();
        let side = self.side_of(self.group());
        self.start(&AppSpec { pace: 0.0, ..self.consumer(side) });
        let begun = std::time::Instant::now();
        while self.ledger_line().pending > 0 {
            if begun.elapsed() > super::AT_MOST {
                panic!("{:?}; {}", self.ledger_line(), self.where_it_stands());
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        self.stop_app(self.group()).unwrap();
        self.ledger_line()
    }

    /// Everything that tells why a group does not go on.
    fn where_it_stands(&self) -> String {
        let ledger = self.dir().join("apps").join(self.group()).join("ledger.jsonl");
        let ledger = std::fs::read_to_string(ledger).unwrap_or_default();
        let told: Vec<&str> = ledger.lines().filter(|line| !line.contains("\"processed\"")).collect();
        let last: Vec<&&str> = told.iter().rev().take(12).collect();
        let sides = [("source", self.source()), ("target", self.target())];
        let sides = sides.map(|(name, cluster)| {
            let commits = cluster.committed(self.group(), self.topic());
            format!("{name}: commits {commits:?}, log {:?}", cluster.watermarks(self.topic()))
        });
        let landed = self.told();
        let landed = landed.of_step("proposed", "land-offsets");
        format!("running: {:?}; {sides:?}; landed: {landed:?}; its ledger: {last:?}", self.running())
    }

    /// The cluster an application was started on last.
    pub fn side_of(&self, app: &str) -> Side {
        let path = self.dir().join("apps").join(app).join("app.json");
        let spec: AppSpec = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        spec.side
    }

    /// Applications of this test that run, with their side.
    pub fn running(&self) -> Vec<(String, Side)> {
        // Others start applications too: what counts is what is written down now.
        let status = Lab::status_in(self.dir()).unwrap();
        let apps = status.servers.iter().filter(|server| server.pid.is_some());
        let apps = apps.filter_map(|server| server.name.strip_prefix("app/"));
        let mine = apps.filter(|name| *name == self.group() || *name == self.producer());
        let mut mine: Vec<(String, Side)> = mine.map(|name| (name.to_owned(), self.side_of(name))).collect();
        mine.sort();
        mine
    }

    /// The script that stops and starts the applications, and the documents beside it.
    pub fn write(&self) -> PathBuf {
        let folder = self.folder.path();
        // Idempotent, as a deployment is: one call at a time, and what runs already is started. A call goes on when the
        // process that made it is killed.
        let script = format!(
            r#"#!/bin/sh
# app.sh start|stop CLUSTER/NAME
set -eu
cluster=${{2%%/*}}; name=${{2#*/}}
exec 9>"$0.lock"; flock 9
app="{binary} lab app"; lab="--dir {lab}"
case "$1 $name" in
  stop*) [ -d "{lab}/apps/$name" ] || exit 0; exec $app stop $lab --name "$name" 9>&- ;;
  'start {group}') does="--consume {topic} --group {group} --reset error --pace {pace} --client {reader}" ;;
  *) does="--produce {topic} --rate 200 --user checkout --client {writer}" ;;
esac
said=$($app start $lab --cluster "$cluster" --name "$name" $does 2>&1 9>&-) && exit 0
case "$said" in *"runs already"*) exit 0 ;; esac
echo "$said" >&2; exit 1
"#,
            binary = binary().display(),
            lab = self.dir().display(),
            group = self.group(),
            topic = self.topic(),
            pace = self.pace,
            reader = self.clients[0],
            writer = self.clients[1],
        );
        let path = folder.join("app.sh");
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(folder.join("site.yaml"), self.site.text()).unwrap();
        let runbook = folder.join("runbook.yaml");
        std::fs::write(&runbook, self.runbook.text()).unwrap();
        runbook
    }

    pub fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    pub fn told(&self) -> Told {
        Told::of(&newest(&self.runs()).unwrap())
    }

    /// The files as they are now, run with these further arguments.
    pub fn run(&self, more: &[&str]) -> Conducted {
        self.write();
        let mut arguments = vec!["run", "runbook.yaml", "--env", "here"];
        arguments.extend(more);
        if !more.contains(&"--dry-run") && !more.contains(&"print") {
            arguments.push("--yes");
        }
        self.conduct(&arguments, newest(&self.runs()))
    }

    pub fn resume(&self) -> Conducted {
        self.conduct(&["resume", "last", "--as", "ilse"], None)
    }

    pub fn conduct(&self, arguments: &[&str], before: Option<PathBuf>) -> Conducted {
        self.conduct_in(&self.runs(), arguments, before, &[])
    }

    /// With its runs in another folder, as on another machine, and with these variables.
    pub fn conduct_in(
        &self,
        runs: &Path,
        arguments: &[&str],
        before: Option<PathBuf>,
        variables: &[(&str, &str)],
    ) -> Conducted {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let files = ["out", "err"].map(|name| self.folder.path().join(format!("{number}.{name}")));
        let path = runs.display().to_string();
        let all = arguments.iter().copied().chain(["--runs-dir", path.as_str()]);
        let command = Cutover::new(all).within(self.folder.path());
        let command = variables.iter().fold(command, |command, (name, value)| command.env(name, value));
        let child = command.start(&files[0], &files[1]);
        Conducted::new(child, runs, before, files)
    }

    /// A command of a second terminal, run to its end.
    pub fn cutover(&self, arguments: &[&str]) -> Run {
        self.cutover_in(&self.runs(), arguments)
    }

    /// The same about runs in another folder.
    pub fn cutover_in(&self, runs: &Path, arguments: &[&str]) -> Run {
        let path = runs.display().to_string();
        let all = arguments.iter().copied().chain(["--runs-dir", path.as_str()]);
        Cutover::new(all).within(self.folder.path()).run()
    }

    /// Waits until the run has come to where the test ends, and stands it down.
    #[track_caller]
    pub fn ends(&self, run: &mut Conducted) {
        run.until("it has come to the end of the test", |told| told.began(THE_END));
        self.cutover(&["stand-down", "last", "--as", "ilse"]).exits(0);
        run.exits(5);
    }

    /// The decision at the last look.
    pub fn go(&self) {
        self.cutover(&["go", "last", "--role", "rollback_owner", "--as", "ana"]).exits(0);
    }
}
