use std::sync::{Arc, Mutex};

use journal::{Ending, Request};
use serde_json::json;

use super::fixture::*;
use crate::execute::{Lease, NotOurs, RunEnd};

/// Answers these one after the other, and then the last of them for ever.
struct Told(Mutex<Vec<Result<(), NotOurs>>>);

impl Lease for Told {
    fn still_ours(&self) -> Result<(), NotOurs> {
        let mut told = self.0.lock().unwrap();
        if told.len() > 1 { told.remove(0) } else { told[0].clone() }
    }
}

fn bench(told: Vec<Result<(), NotOurs>>) -> Bench {
    let mut bench = Bench::new().sets("a", &[], json!({})).sets("b", &["a"], json!({}));
    bench.options.lease = Some(Arc::new(Told(Mutex::new(told))));
    bench
}

#[tokio::test(start_paused = true)]
async fn who_lost_the_lease_or_cannot_ask_applies_nothing_more() {
    let lost = NotOurs::Lost("somebody else took it".into());
    let untold = NotOurs::Untold("nobody answers".into());
    for (not_ours, says) in [(lost, "somebody else took it"), (untold, "nobody answers")] {
        let bench = bench(vec![Ok(()), Err(not_ours)]);
        let RunEnd::Held { why } = bench.run().await.0 else { panic!("{says}") };
        assert!(why.contains("nothing was applied") && why.contains(says), "{why}");
        assert_eq!(bench.world.with(|world| world.applied.len()), 1, "only what came before: {says}");
    }
}

#[tokio::test(start_paused = true)]
async fn going_back_needs_nobody_to_answer_but_stops_where_somebody_else_goes() {
    let untold = NotOurs::Untold("nobody answers".into());
    let lost = NotOurs::Lost("somebody else took it".into());
    for (not_ours, ending) in [(untold, Ending::StoodDown), (lost, Ending::Stuck)] {
        let bench = bench(vec![Ok(()), Err(not_ours)]);
        let mut run = bench.start();
        assert!(matches!(bench.go(&mut run).await.unwrap(), RunEnd::Held { .. }));
        let mut run = bench.reopen(run);
        run.folder().post(clock().wall, &Request::StandDown { by: "ilse".into() }).unwrap();
        let end = bench.go(&mut run).await.unwrap();
        assert_eq!(end, RunEnd::Over(ending), "{:?}", story(&run));
    }
}

/// What the other conductor does would settle the step of the one that was fenced, and let it go on.
#[tokio::test(start_paused = true)]
async fn who_lost_the_lease_does_not_take_the_work_of_the_other_for_its_own() {
    let lost = NotOurs::Lost("somebody else took it".into());
    let mut bench = bench(vec![Ok(()), Err(lost)]);
    let mut run = bench.start();
    // The other is done with the second step a moment after this one was refused.
    let world = bench.world.clone();
    tokio::spawn(async move {
        while !world.with(|world| world.values.contains_key("a")) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        world.with(|world| world.values.insert("b".into(), "done".into()));
    });
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!("{:?}", story(&run)) };
    assert!(why.contains("somebody else took it"), "{why}");
    let held = run.state().execution().step("b").unwrap().is_passed();
    assert!(!held, "{:?}", story(&run));

    // It takes the lease back: the step is begun again, and finds what the other has done.
    bench.world.with(|world| world.values.insert("b".into(), "done".into()));
    bench.options.lease = Some(Arc::new(Told(Mutex::new(vec![Ok(())]))));
    let mut run = bench.reopen(run);
    run.folder().post(clock().wall, &Request::Resume { by: "ilse".into() }).unwrap();
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    assert_eq!(bench.world.with(|world| world.applied.len()), 1, "nothing was done twice");
}
