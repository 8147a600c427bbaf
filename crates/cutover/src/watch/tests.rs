use std::path::Path;
use std::sync::Arc;

use journal::Header;
use runbook::Level;
use runbook::verdict::{Finding, Judgement};

use super::*;
use crate::ready;
use crate::world::{LiveWorld, PlannedSides, Restrictions};

#[test]
fn a_watch_whose_last_look_could_not_be_made_ends_unknown_whatever_was_found_before() {
    let top = tempfile::tempdir().unwrap();
    let mut plan = crate::fixture::demo_plan();
    for side in [&mut plan.source, &mut plan.target] {
        // Nobody listens there.
        side.properties = "127.0.0.1:1".to_owned();
    }
    let (runs, now) = (Runs::at(top.path()), Timestamp::now());
    let mut run = Run::create(&runs, Header::new(plan.clone(), "watch", now), now).unwrap();
    let header = run.state().header().clone();
    for (unit, check) in header.pairs() {
        let (unit, check) = (unit.to_owned(), check.to_owned());
        let bad = Judgement {
            level: Level::Red,
            why: None,
            findings: vec![Finding::new("CUT2301", "source cluster", "a controller", "none", "wait")],
            incomplete: false,
            measured_at: Some(now),
            ..Judgement::unknown("x")
        };
        let judged = journal::Event::Judged { unit, check, judgement: bad, provisional: false };
        run.append(now, judged).unwrap();
    }
    let sides = PlannedSides::connect(&plan, &kafka::Patience::new(Duration::from_millis(100))).unwrap();
    let secrets = Arc::new(ready::secrets(&plan, Path::new("/"), true));
    let restrictions = Restrictions { deny_exec: true, no_scratch: true };
    let world = LiveWorld::new(sides, top.path(), secrets, run.id().as_str(), restrictions);
    let reach = Reach::new(plan.clone(), world);
    let manner = Manner { every: Duration::from_secs(1), most: None, output: Output::Text };
    let checks = ready::checks(&plan).unwrap();
    let mut watch = Watch::new(&mut run, &checks, runs, reach, manner).unwrap();
    watch.fail(now, &Failure::unknown("source is another cluster"));
    assert_eq!(watch.close().unwrap(), Looked::InVain);
    drop(watch);
    let why = "the look could not be made: source is another cluster";
    let mut samples = Vec::new();
    run.folder().read_history(|sample| samples.push(sample)).unwrap();
    assert_eq!(samples.len(), 1);
    assert_eq!((samples[0].overall, samples[0].checks.len()), (Level::Unknown, header.pairs().count()));
    for sample in &samples[0].checks {
        assert_eq!((sample.level, sample.why.as_deref()), (Level::Unknown, Some(why)));
        let verdict = run.state().verdict(&sample.unit, &sample.check);
        assert_eq!((verdict.level, verdict.why.as_deref()), (Level::Unknown, Some(why)));
    }
}
