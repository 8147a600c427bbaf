use std::process::Command;

use lab::{Cluster, LabSpec, Replicator, TestLab};
use serde_json::Value;

use crate::cost::{self, Cost};
use crate::fill::Fill;
use crate::machine;
use crate::series::Series;
use crate::settings::Settings;
use crate::table::{Row, Table};

/// Everything a row needs.
pub struct Bench {
    pub settings: Settings,
    pub table: Table,
    lab: Option<TestLab>,
    filled: Vec<String>,
    heading: String,
    since: std::time::Instant,
}

/// One of those who take turns.
pub struct Contestant<'a> {
    pub series: Series,
    pub run: Box<dyn FnMut() -> Result<Cost, String> + 'a>,
}

impl<'a> Contestant<'a> {
    pub fn new(
        what: impl Into<String>,
        records: u64,
        run: impl FnMut() -> Result<Cost, String> + 'a,
    ) -> Self {
        Contestant { series: Series::new(what, records), run: Box::new(run) }
    }
}

impl Bench {
    pub fn new(settings: Settings) -> Bench {
        assert!(
            settings.cutover.is_file(),
            "{} is not there: make bench builds it",
            settings.cutover.display()
        );
        let machine = machine::machine();
        println!("machine: {machine}");
        println!("commit:  {}, {}", machine::commit(), machine::date());
        let heading = format!(
            "## {} · {} · {machine}\n\nlz4, values of 100 bytes, loopback; the turns of a row are interleaved.",
            machine::date(),
            machine::commit()
        );
        Bench {
            settings,
            table: Table::default(),
            lab: None,
            filled: Vec::new(),
            heading,
            since: std::time::Instant::now(),
        }
    }

    /// The lab, without a replicator.
    pub fn lab(&mut self) -> &TestLab {
        self.lab.get_or_insert_with(|| {
            eprintln!("starting two clusters");
            TestLab::new(&LabSpec { replicator: Replicator::None, ..LabSpec::default() })
        })
    }

    pub fn clusters(&mut self) -> (Cluster, Cluster) {
        let lab = self.lab();
        (lab.source().clone(), lab.target().clone())
    }

    /// Ends the lab and all its topics: another one is to have the machine for itself.
    pub fn end_lab(&mut self) {
        self.lab = None;
        self.filled.clear();
    }

    /// Fills a topic once.
    pub fn fill(&mut self, fill: &Fill) {
        if self.filled.contains(&fill.topic) {
            return;
        }
        let (source, target) = self.clusters();
        fill.both(&source, &target);
        self.filled.push(fill.topic.clone());
    }

    /// `cutover parity topic TOPIC`, as a user runs it.
    pub fn ours(&mut self, topic: &str) -> Command {
        let (source, target) = self.clusters();
        let mut command = Command::new(&self.settings.cutover);
        command
            .args(["parity", "topic", topic, "-o", "json", "--source"])
            .arg(&source.properties)
            .arg("--target")
            .arg(&target.properties);
        command
    }

    /// This program again, as a part that runs in a process of its own.
    pub fn part(&mut self, arguments: &[&str]) -> Command {
        let (source, target) = self.clusters();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("part").arg(&source.properties).arg(&target.properties).args(arguments);
        command
    }

    /// Lets all take turns; answers the series of each, or why it could not be measured.
    pub fn turns(&mut self, rounds: usize, mut all: Vec<Contestant<'_>>) -> Vec<Result<Series, String>> {
        let mut failed: Vec<Option<String>> = vec![None; all.len()];
        for round in 0..rounds {
            for (contestant, failed) in all.iter_mut().zip(&mut failed) {
                if failed.is_some() {
                    continue;
                }
                eprint!("  {} {}/{rounds} ", contestant.series.what, round + 1);
                match (contestant.run)() {
                    Ok(cost) => {
                        eprintln!("{:.2} s", cost.wall.as_secs_f64());
                        contestant.series.runs.push(cost);
                    }
                    Err(why) => {
                        eprintln!("{why}");
                        *failed = Some(why);
                    }
                }
            }
        }
        let series: Vec<_> = all
            .into_iter()
            .zip(failed)
            .map(|(contestant, failed)| failed.map_or(Ok(contestant.series), Err))
            .collect();
        series.iter().flatten().for_each(|series| self.table.series(series));
        series
    }

    pub fn row(&mut self, row: Row) {
        self.table.row(row);
    }

    /// Prints and writes the table.
    pub fn finish(self) {
        drop(self.lab);
        let text = self.table.markdown(&self.heading);
        println!("\n{text}");
        println!("measured in {:.0} s", self.since.elapsed().as_secs_f64());
        std::fs::create_dir_all(self.settings.table.parent().unwrap()).unwrap();
        std::fs::write(&self.settings.table, text).unwrap();
        println!("written to {}", self.settings.table.display());
    }
}

/// A run of `cutover parity topic` that has ended, with its answer about one topic.
///
/// # Errors
/// It failed, or its answer is none.
pub fn answer(command: Command, settings: &Settings) -> Result<(Cost, Value), String> {
    let cost = cost::run(command, settings.patience)?;
    let answer: Value =
        serde_json::from_str(&cost.stdout).map_err(|error| format!("{error}: {}", cost.stdout))?;
    let topic = answer["topics"][0].clone();
    if topic.is_null() || topic["verdict"] == "unknown" {
        return Err(format!("no answer: {answer}"));
    }
    Ok((cost, topic))
}

/// A run that must have found both sides equal.
///
/// # Errors
/// As [`answer`], or it found them different, or not all records.
pub fn equal(command: Command, records: u64, settings: &Settings) -> Result<Cost, String> {
    let (cost, topic) = answer(command, settings)?;
    if topic["verdict"] != "green" || topic["matched"] != records {
        return Err(format!("{records} equal records were expected: {topic}"));
    }
    Ok(cost)
}
