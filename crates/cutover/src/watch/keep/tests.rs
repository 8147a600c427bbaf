use std::time::Duration;

use journal::{Header, Runs};
use runbook::plan::Plan;
use runbook::verdict::{Finding, Judgement};
use runbook::world::{EndsSeen, Measured, Observation, PartitionEnds, Probe, Side};

use super::*;
use crate::watch::look::Fleeting;

const CHECK: &str = "cluster-health";
const HOUR: i64 = 3_600;

fn at(second: i64) -> Timestamp {
    // The journal's clock is the wall's: a verdict is as old as it was written.
    Timestamp::now().checked_add(jiff::SignedDuration::from_secs(second)).unwrap()
}

struct Bench {
    top: tempfile::TempDir,
    plan: Plan,
    run: Run,
    keep: Keep,
}

impl Bench {
    fn new() -> Bench {
        let top = tempfile::tempdir().unwrap();
        let plan = crate::fixture::demo_plan();
        let header = Header::new(plan.clone(), "watch", at(0));
        let run = Run::create(&Runs::at(top.path().join("runs")), header, at(0)).unwrap();
        let keep = Keep::of(&run).unwrap();
        Bench { top, plan, run, keep }
    }

    /// A look that found the check at this level, by a measurement that tells `end`.
    fn look(&self, second: i64, level: Level, end: i64) -> Look {
        let runs = Runs::at(self.top.path().join("looks"));
        let header = Header::new(self.plan.clone(), "check", at(second));
        let mut run = Run::create_fleeting(&runs, header, at(second)).unwrap();
        let probe = Probe::Ends { side: Side::Source, topics: vec!["orders".to_owned()] };
        run.append(at(second), Event::ProbeStarted { probe: probe.clone(), round: 1 }).unwrap();
        let ends = PartitionEnds {
            topic: "orders".to_owned(),
            partition: 0,
            log_start: 0,
            lso: 0,
            high_watermark: end,
        };
        let observation = Observation {
            probe,
            at: at(second),
            took_ms: 1,
            partial: None,
            measured: Measured::Ends(EndsSeen { partitions: vec![ends] }),
        };
        let digest = run.observed(at(second), 1, &observation).unwrap();
        let bad = Finding::new("CUT2301", "source cluster", "a controller", "none", "wait");
        let judgement = Judgement {
            level,
            why: None,
            findings: if level == Level::Red { vec![bad] } else { Vec::new() },
            evidence: vec![digest],
            measured_at: Some(at(second)),
            incomplete: false,
            ..Judgement::unknown("x")
        };
        let stand = Stand { level, why: None, findings: judgement.findings.clone() };
        let (unit, check) = self.place();
        let event = Event::Judged { unit, check, judgement, provisional: false };
        run.append(at(second), event).unwrap();
        let card = report::scorecard_of(run.state(), at(second), &[]);
        let stands = vec![(self.place(), stand)];
        Look { at: at(second), took: Duration::from_millis(1), run: Fleeting::of(run), card, stands }
    }

    fn place(&self) -> Place {
        (self.plan.units[0].name.clone(), CHECK.to_owned())
    }

    fn changes(&mut self, look: &Look) {
        self.keep.changes(&mut self.run, look).unwrap();
    }

    /// How often the check was judged, and what the journal says now.
    fn judged(&self) -> (usize, Level) {
        let mut judged = 0;
        let reading = self.run.folder().read_each(|record, _| {
            judged += usize::from(matches!(record.event, Event::Judged { .. }));
        });
        let (unit, check) = self.place();
        (judged, reading.unwrap().state.verdict(&unit, &check).level)
    }
}

#[test]
fn what_changed_is_journalled_with_its_evidence_and_what_stays_only_once_an_hour() {
    let mut bench = Bench::new();
    for (second, level, end) in
        [(0, Level::Green, 1), (1, Level::Green, 2), (2, Level::Red, 3), (3, Level::Red, 4)]
    {
        let look = bench.look(second, level, end);
        bench.changes(&look);
    }
    assert_eq!(bench.judged(), (2, Level::Red));
    // Whoever goes on with the watch knows what stands in its journal.
    assert_eq!(Keep::of(&bench.run).unwrap().stands(), bench.keep.stands());
    let look = bench.look(HOUR + 5, Level::Red, 5);
    bench.changes(&look);
    assert_eq!(bench.judged().0, 3, "a report is never older than an hour");
    let (unit, check) = bench.place();
    let known = bench.run.state().verdict(&unit, &check);
    assert_eq!(known, look.judgement(&(unit, check)));
    bench.run.folder().evidence(&known.evidence[0]).unwrap();
}

#[test]
fn a_journal_that_is_full_takes_no_more_changes_but_the_end() {
    let mut bench = Bench::new();
    let look = bench.look(0, Level::Green, 1);
    bench.changes(&look);
    bench.keep.most = bench.keep.bytes;
    for second in 1..4 {
        let look = bench.look(second, Level::Red, second);
        bench.changes(&look);
    }
    assert_eq!(bench.judged(), (1, Level::Green));
    let warnings = bench.run.state().execution().warnings.len();
    assert_eq!(warnings, 1, "said once");
    let last = bench.look(5, Level::Red, 9);
    bench.keep.all(&mut bench.run, &last).unwrap();
    assert_eq!(bench.judged(), (2, Level::Red));
}
