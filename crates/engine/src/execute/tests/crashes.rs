use journal::{Ending, Event};
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;

fn bench() -> Bench {
    let bench = Bench::new()
        .check("good", "k", "v")
        .sets("a", &[], json!({}))
        .gate("g", &["a"], requires("good"))
        .once("b", &["g"], json!({ "undo": "none" }))
        .sets("c", &["b"], json!({}))
        .sets("d", &["b"], json!({}));
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

/// The disk fails at every line of the journal, with a part of the line written or nothing: the same run goes on, nothing
/// is done twice and nothing is left out.
#[tokio::test(start_paused = true)]
async fn a_run_goes_on_from_every_line_of_its_journal() {
    let whole = bench();
    let mut run = whole.start();
    assert_eq!(whole.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let lines = usize::try_from(run.records()).unwrap();
    assert!(lines > 30, "{lines}");
    for line in 1..lines {
        for torn in [false, true] {
            let bench = bench();
            let mut run = bench.start_breaking(line, torn).unwrap();
            bench.go(&mut run).await.unwrap_err();
            let mut run = bench.reopen(run);
            let mut end = bench.go(&mut run).await.unwrap();
            // A step that is done once, whose call was lost, is looked for; where it never happened a person decides.
            if let RunEnd::Held { why } = &end {
                assert!(why.contains("not sent"), "line {line}: {why}");
                assert!(bench.world.with(|world| world.once.is_empty()));
                run = bench.reopen(run);
                let done =
                    journal::Request::Done { step: "b".into(), facts: Default::default(), by: "i".into() };
                run.append(clock().wall, Event::Requested { request: done }).unwrap();
                run.append(clock().wall, Event::Released { by: "i".into() }).unwrap();
                end = bench.go(&mut run).await.unwrap();
            } else {
                assert_eq!(bench.world.with(|world| world.once["b"]), 1, "line {line}");
            }
            assert_eq!(end, RunEnd::Over(Ending::Completed), "line {line} torn {torn}: {:?}", story(&run));
            for key in ["a", "c", "d"] {
                assert_eq!(bench.world.value(key).as_deref(), Some("done"), "line {line}");
            }
            journal::verify(run.folder()).unwrap();
        }
    }
}

fn going_back() -> Bench {
    Bench::new().sets("a", &[], json!({})).sets("b", &["a"], json!({})).sets("c", &[], json!({})).step(step(
        "m",
        "manual",
        &["b", "c"],
        json!({ "timeout": { "total": "5s" }, "on_timeout": "stand-down" }),
    ))
}

#[tokio::test(start_paused = true)]
async fn a_way_back_goes_on_from_every_line_and_never_forward() {
    let whole = going_back();
    let mut run = whole.start();
    assert_eq!(whole.go(&mut run).await.unwrap(), RunEnd::Over(Ending::StoodDown));
    let lines = usize::try_from(run.records()).unwrap();
    for line in 1..lines {
        let bench = going_back();
        let mut run = bench.start_breaking(line, line % 2 == 0).unwrap();
        bench.go(&mut run).await.unwrap_err();
        let back = story(&run).contains(&"unwind-started".to_owned());
        let mut run = bench.reopen(run);
        assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::StoodDown), "line {line}");
        let story = story(&run);
        let turned = story.iter().position(|told| told == "unwind-started").unwrap();
        assert!(!story[turned..].iter().any(|told| told.starts_with("command-started")), "line {line}");
        assert!(!back || story.iter().filter(|told| *told == "unwind-started").count() == 1);
        assert!(bench.world.with(|world| world.values.is_empty()), "line {line}");
    }
}
