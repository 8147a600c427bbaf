use engine::execute::RunEnd;
use journal::Ending;

use crate::bench::{Bench, story};
use crate::runbooks;

/// Somebody writes one record to the source after a command whose words are these.
async fn ends_after(name: &str, words: &'static str) -> (RunEnd, bool, String) {
    let bench = Bench::new(&runbooks::plan(name));
    let before = bench.world.held();
    bench.world.with(|state| {
        let at = state.ends.keys().next().unwrap().clone();
        state.rogue = Some((words, at));
    });
    let mut run = bench.start(None).unwrap();
    let end = bench.go(&mut run).await.unwrap();
    (end, bench.world.held() == before, story(&run))
}

/// Behind what is landed: the gate of the commit point stays closed, and everything is as it was.
pub async fn before_the_commit_point(name: &str, words: &'static str) {
    let (end, as_before, story) = ends_after(name, words).await;
    assert!(matches!(end, RunEnd::Over(Ending::StoodDown | Ending::RolledBack)), "{end:?}\n{story}");
    assert!(as_before, "{story}");
    assert!(story.contains("the source was written after fence had closed it"), "{story}");
}

/// Past it somebody is asked, and where nobody answers the run is held.
pub async fn past_the_commit_point(name: &str, words: &'static str) {
    let (end, _, story) = ends_after(name, words).await;
    let RunEnd::Held { why } = end else { panic!("{end:?}\n{story}") };
    for said in ["trigger source-writes fired", "the source was written after fence", "nobody answered"] {
        assert!(why.contains(said), "{said}: {why}");
    }
}

/// A source that does not answer is named, and handed over only when somebody says so at its trigger.
pub async fn a_silent_source_is_not_handed_over_unseen(name: &str) {
    let bench = Bench::new(&runbooks::plan(name));
    bench.world.with(|state| state.silent = Some("gcp/"));
    let mut run = bench.start(None).unwrap();
    let end = bench.go(&mut run).await.unwrap();
    assert_eq!(end, RunEnd::Over(Ending::Completed), "{}", story(&run));
    let votes = &run.state().execution().votes;
    assert!(votes.iter().any(|vote| vote.at.as_deref() == Some("source-writes")), "{votes:?}");
}
