//! Every shipped runbook, carried out in memory: the real executor with the real actions and checks, over two clusters
//! and a replicator that are nothing but data, in a time that goes as fast as it is waited for.
//!
//! Each runbook goes to its end; fails at every command, in every way a command can fail; is killed at every line of its
//! journal and goes on. `REHEARSE=all` takes every line; else every so many.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod bench;
mod clusters;
mod comes_back;
mod crashes;
mod failures;
mod rogue;
mod runbooks;
mod times;
mod whole;

/// Whether every line and every failure is taken, not some of each.
fn takes_all() -> bool {
    std::env::var("REHEARSE").is_ok_and(|value| value == "all")
}

macro_rules! rehearse {
    ($($module:ident: $name:literal;)*) => {
        $(mod $module {
            #[tokio::test(start_paused = true)]
            async fn goes_to_its_end() {
                crate::whole::goes_to_its_end($name).await;
            }

            #[tokio::test(start_paused = true)]
            async fn fails_well() {
                crate::failures::fails_well($name).await;
            }

            #[tokio::test(start_paused = true)]
            async fn goes_on_after_a_crash() {
                crate::crashes::goes_on_after_a_crash($name).await;
            }
        })*
    };
}

rehearse! {
    full_switch: "full-switch";
    consumers_first: "consumers-first";
    producers_first: "producers-first";
    settlement_expanded: "settlement-expanded";
    demo: "demo";
}

/// Called back past the commit point, at every step that takes time there.
macro_rules! comes_back {
    ($($name:ident: $runbook:literal at $step:literal;)*) => {
        mod comes_back_past_the_commit_point {
            $(#[tokio::test(start_paused = true)]
            async fn $name() {
                crate::comes_back::comes_back($runbook, $step).await;
            })*
        }
    };
}

comes_back! {
    full_switch: "full-switch" at "soak";
    full_switch_with_consumers_alone: "full-switch" at "start-producers";
    consumers_first: "consumers-first" at "soak";
    producers_first: "producers-first" at "soak";
    settlement_expanded: "settlement-expanded" at "soak";
    demo: "demo" at "soak";
}

/// Somebody writes on the source after it was closed.
mod the_source_is_written {
    #[tokio::test(start_paused = true)]
    async fn behind_what_is_landed() {
        crate::rogue::before_the_commit_point("full-switch", "commits of group").await;
        crate::rogue::before_the_commit_point("demo", "commits of group").await;
    }

    #[tokio::test(start_paused = true)]
    async fn past_the_commit_point() {
        crate::rogue::past_the_commit_point("full-switch", "gcp/").await;
        crate::rogue::past_the_commit_point("producers-first", "gcp/").await;
        crate::rogue::past_the_commit_point("demo", "gcp/").await;
    }

    #[tokio::test(start_paused = true)]
    async fn and_one_that_does_not_answer_is_not_handed_over_unseen() {
        crate::rogue::a_silent_source_is_not_handed_over_unseen("full-switch").await;
        crate::rogue::a_silent_source_is_not_handed_over_unseen("demo").await;
    }
}
