use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kafka::{NewCommit, Patience, TopicPartition, properties};
use lab::{Cluster, LabSpec, Position, Produce, Record, Replicator, TestLab, Topic};
use rustix::process::{Pid, Signal, kill_process};

use super::Goal;
use crate::bench::Bench;
use crate::cost;
use crate::table::{Row, thousands};

const TOPICS: usize = 100;
const PARTITIONS: i32 = 10;
/// Groups of each topic, each with a commit on every partition of it.
const GROUPS: usize = 2;
const TICK: Duration = Duration::from_secs(1);
/// Nothing changes for so long while the processor time is taken.
const STEADY: Duration = Duration::from_secs(60);
const CHANGES: usize = 20;
/// Records a topic is given at once; the bound is half of that.
const BURST: i64 = 200;

/// W1: `cutover watch` each second: what it takes of a processor, and how soon it says what changed.
pub fn run(bench: &mut Bench) {
    if !bench.settings.wants("W1") {
        return;
    }
    bench.end_lab();
    let size = format!(
        "{} partitions, {} groups, {} commits, a look each second",
        thousands(TOPICS as u64 * PARTITIONS.unsigned_abs() as u64),
        TOPICS * GROUPS,
        thousands((TOPICS * GROUPS) as u64 * PARTITIONS.unsigned_abs() as u64),
    );
    let measured = measure(&bench.settings.cutover);
    let share = measured.as_ref().map(|measured| measured.share * 100.0).map_err(Clone::clone);
    let peak = measured.as_ref().map(|measured| measured.peak >> 20).unwrap_or_default();
    let note = format!("{size}; over {} s in which nothing changed; peak {peak} MiB", STEADY.as_secs());
    bench.row(Goal::at_most("W1", "processor time of a watch, of one core", 3.0, " %").row(share, note));
    let delays = measured.map(|measured| measured.delays);
    let longest = delays.as_ref().map(|delays| delays[delays.len() - 1].as_secs_f64() * 1000.0);
    let note = delays.as_ref().map_or_else(
        |_| String::new(),
        |delays| {
            let ms = |delay: Duration| thousands(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
            let (first, median) = (ms(delays[0]), ms(delays[delays.len() / 2]));
            format!(
                "{} lags, at any moment of the second; shortest {first} ms, median {median} ms",
                delays.len()
            )
        },
    );
    let must = (TICK + Duration::from_millis(250)).as_millis();
    bench.row(Row {
        id: "W1",
        what: "longest time from a lag to its line".to_owned(),
        figure: longest.as_ref().map_or_else(|_| "–".to_owned(), |longest| format!("{longest:.0} ms")),
        must: format!("≤ {must} ms"),
        holds: longest.as_ref().ok().map(|longest| *longest <= must as f64),
        note: longest.err().cloned().unwrap_or(note),
    });
}

struct Measured {
    /// Processor time by time.
    share: f64,
    /// From the acknowledgement of the records to the line, shortest first.
    delays: Vec<Duration>,
    peak: u64,
}

fn measure(cutover: &Path) -> Result<Measured, String> {
    eprintln!("a lab with {TOPICS} topics of {PARTITIONS} partitions and {} groups", TOPICS * GROUPS);
    let lab = TestLab::new(&LabSpec { replicator: Replicator::None, ..LabSpec::default() });
    let source = lab.source();
    let mut ends = vec![1; TOPICS];
    for n in 0..TOPICS {
        source.create_topic(&Topic::new(topic(n)).partitions(PARTITIONS)).map_err(shown)?;
        let first = (0..PARTITIONS).map(|partition| Record::value("first").to(partition));
        source.produce(&topic(n), first, &Produce::default()).map_err(shown)?;
    }
    commit_everywhere(source)?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut watching = Watching::start(cutover, &lab, folder.path())?;
    watching.line("Offset parity")?;
    // Connections are open and everything was seen once; from here on a look is like the next.
    std::thread::sleep(5 * TICK);
    let (before, since) = (watching.processor_time(), Instant::now());
    std::thread::sleep(STEADY);
    let share = (watching.processor_time() - before).as_secs_f64() / since.elapsed().as_secs_f64();

    let mut delays = Vec::new();
    for change in 0..CHANGES {
        // Spread over the second, whatever a change itself takes.
        std::thread::sleep(TICK + TICK * u32::try_from(change * 7 % CHANGES).unwrap_or(0) / 20);
        let n = change * TOPICS / CHANGES;
        let burst = (0..BURST).map(|n| Record::value(format!("{n:0>100}")).to(0));
        source.produce(&topic(n), burst, &Produce::default()).map_err(shown)?;
        let acknowledged = Instant::now();
        watching.line(&format!("topic {}", topic(n)))?;
        delays.push(acknowledged.elapsed());
        ends[n] += BURST;
        let caught_up = Position::new(topic(n), 0, ends[n]);
        (0..GROUPS)
            .try_for_each(|number| source.commit(&group(n, number), std::slice::from_ref(&caught_up)))
            .map_err(shown)?;
        watching.line("red -> ")?;
    }
    delays.sort();
    Ok(Measured { share, delays, peak: watching.peak() })
}

fn topic(n: usize) -> String {
    format!("watched-{n:03}")
}

fn shown(error: lab::LabError) -> String {
    error.to_string()
}

fn group(topic_number: usize, number: usize) -> String {
    format!("{}-{number}", topic(topic_number))
}

/// Every group at 1 of every partition of its topic.
fn commit_everywhere(source: &Cluster) -> Result<(), String> {
    let patience = Patience::new(Duration::from_secs(600));
    let config = properties::from_file("source", &source.properties).map_err(|error| error.to_string())?;
    let cluster = kafka::Cluster::connect(config, &patience).map_err(|error| error.to_string())?;
    for n in 0..TOPICS {
        let commits: BTreeMap<TopicPartition, NewCommit> = (0..PARTITIONS)
            .map(|partition| {
                (TopicPartition::new(topic(n), partition), NewCommit { offset: 1, metadata: String::new() })
            })
            .collect();
        for number in 0..GROUPS {
            let told = cluster.write_commits(&group(n, number), &commits, &patience);
            let told = told.map_err(|error| error.to_string())?;
            if let Some(Err(code)) = told.values().find(|told| told.is_err()) {
                return Err(format!("a commit was refused: {code}"));
            }
        }
    }
    Ok(())
}

/// A watch beside the measurement.
struct Watching {
    child: Child,
    printed: PathBuf,
    said: PathBuf,
    /// Bytes of what it printed that were looked at.
    read: usize,
}

impl Watching {
    fn start(cutover: &Path, lab: &TestLab, folder: &Path) -> Result<Watching, String> {
        let shown = |error: std::io::Error| error.to_string();
        std::fs::write(folder.join("site.yaml"), site(lab)).map_err(shown)?;
        let runbook = folder.join("runbook.yaml");
        std::fs::write(&runbook, document()).map_err(shown)?;
        let [printed, said] = ["out", "err"].map(|name| folder.join(name));
        let child = Command::new(cutover)
            .arg("watch")
            .arg(&runbook)
            .args(["--env", "here", "--every", "1s", "--check", "group-lag", "--runs-dir"])
            .arg(folder.join("runs"))
            .stdin(Stdio::null())
            .stdout(File::create(&printed).map_err(shown)?)
            .stderr(File::create(&said).map_err(shown)?)
            .spawn()
            .map_err(shown)?;
        Ok(Watching { child, printed, said, read: 0 })
    }

    /// Waits for the next line that holds this.
    fn line(&mut self, part: &str) -> Result<(), String> {
        let end = Instant::now() + Duration::from_secs(150);
        loop {
            let printed = std::fs::read_to_string(&self.printed).unwrap_or_default();
            let new = printed.get(self.read..).unwrap_or_default();
            if let Some((before, rest)) = new.split_once(part) {
                let line = before.len() + part.len() + rest.find('\n').map_or(rest.len(), |end| end + 1);
                self.read += line;
                return Ok(());
            }
            let over = self.child.try_wait().map_err(|error| error.to_string())?;
            if over.is_some() || Instant::now() > end {
                let said = std::fs::read_to_string(&self.said).unwrap_or_default();
                return Err(format!("no line with \"{part}\": {over:?} {new} {said}"));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn processor_time(&self) -> Duration {
        cost::processor_time(self.child.id())
    }

    fn peak(&self) -> u64 {
        cost::high_water(self.child.id())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::INT);
        let _ = self.child.wait();
    }
}

fn site(lab: &TestLab) -> String {
    let named = |cluster: &Cluster| {
        format!("{{ properties: {}, cluster_id: {} }}", cluster.properties.display(), cluster.cluster_id)
    };
    let (source, target) = (named(lab.source()), named(lab.target()));
    format!(
        "apiVersion: cutover/v1
kind: Site
metadata: {{ name: bench }}
environments:
  here:
    clusters:
      source: {source}
      target: {target}
replication: {{ tool: none }}
people:
  mina: {{}}
roles:
  platform_owner: {{ people: [mina], accepts: [platform_compatibility, operations, governance, rollback] }}
"
    )
}

fn document() -> String {
    let topics: Vec<String> = (0..TOPICS).map(topic).collect();
    let groups: String = (0..TOPICS * GROUPS)
        .map(|n| {
            let group = group(n / GROUPS, n % GROUPS);
            format!("\n      {group}: {{ app: a, source_app: a, isolation: read_committed, reset: none, session_timeout: 45s }}")
        })
        .collect();
    let most = BURST / 2;
    format!(
        "apiVersion: cutover/v1
kind: Runbook
site: site.yaml
metadata: {{ name: watched, title: A watch each second, change: BENCH }}
roles:
  app_owner: {{ people: [mina], accepts: [offset_parity] }}
units:
  settlement:
    owner: app_owner
    topics: [{}]
    groups:{groups}
checks:
  group-lag: {{ use: group-lag, on: source, severity: major, with: {{ max: {{ records: {most} }} }} }}
",
        topics.join(", ")
    )
}
