use crate::plan::StepEffect;

/// A kind of step.
#[derive(Debug)]
pub struct StepKind {
    /// `do:`
    pub name: &'static str,
    /// False: named in the language, not run by this version.
    pub built: bool,
    /// `None`: the step states its own.
    pub effect: Option<StepEffect>,
    /// Time a step may take when it does not say, at most until the window closes.
    pub timeout_ms: u64,
    /// Keys beside `do` that only this kind has.
    pub keys: &'static [&'static str],
    /// Those of them it needs.
    pub needs: &'static [&'static str],
    pub side: SideRule,
    pub with: WithRule,
    pub undoes: Undoes,
}

/// Whether a step says `on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideRule {
    Never,
    May,
    Must,
}

/// What a kind takes under `with`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithRule {
    Nothing,
    StartStop,
    Fence,
    PauseReplication,
    PauseGroupSync,
    CapturePositions,
    CommitOffsets,
    CommitOffsetsBack,
    Ledger,
    SyncAcls,
    TopicConfig,
    Retire,
    Manual,
    Notify,
    Exec,
    Http,
}

/// How a step is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undoes {
    /// It changes nothing, or ends the run.
    NothingToUndo,
    /// The undo is derived from what the step has done.
    Derived,
    /// The step writes it.
    Written,
}

const fn kind(name: &'static str, timeout_ms: u64) -> StepKind {
    StepKind {
        name,
        built: true,
        effect: Some(StepEffect::None),
        timeout_ms,
        keys: &[],
        needs: &[],
        side: SideRule::Never,
        with: WithRule::Nothing,
        undoes: Undoes::NothingToUndo,
    }
}

const fn action(
    name: &'static str,
    timeout_ms: u64,
    effect: StepEffect,
    side: SideRule,
    with: WithRule,
) -> StepKind {
    StepKind {
        built: true,
        effect: Some(effect),
        side,
        with,
        undoes: Undoes::Derived,
        ..kind(name, timeout_ms)
    }
}

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// Sorted by name.
pub static STEP_KINDS: &[StepKind] = &[
    StepKind { with: WithRule::CapturePositions, side: SideRule::May, ..kind("capture-positions", MINUTE) },
    StepKind { keys: &["checks", "scope"], needs: &["checks"], ..kind("check", 10 * MINUTE) },
    action("commit-offsets", MINUTE, StepEffect::Guarded, SideRule::May, WithRule::CommitOffsets),
    action(
        "commit-offsets-back",
        5 * MINUTE,
        StepEffect::Guarded,
        SideRule::May,
        WithRule::CommitOffsetsBack,
    ),
    StepKind {
        effect: None,
        side: SideRule::May,
        with: WithRule::Exec,
        undoes: Undoes::Written,
        ..kind("exec", 5 * MINUTE)
    },
    action("fence-writes", 2 * MINUTE, StepEffect::Guarded, SideRule::May, WithRule::Fence),
    StepKind {
        keys: &["require", "fresh", "hold", "poll", "decide", "commit_point"],
        needs: &["require"],
        ..kind("gate", 5 * MINUTE)
    },
    StepKind {
        effect: None,
        side: SideRule::May,
        with: WithRule::Http,
        undoes: Undoes::Written,
        ..kind("http", 2 * MINUTE)
    },
    StepKind { side: SideRule::May, with: WithRule::Manual, ..kind("manual", HOUR) },
    StepKind { with: WithRule::Notify, ..kind("notify", MINUTE) },
    action("pause-group-sync", MINUTE, StepEffect::Guarded, SideRule::Never, WithRule::PauseGroupSync),
    action("pause-replication", MINUTE, StepEffect::Guarded, SideRule::Never, WithRule::PauseReplication),
    StepKind { effect: Some(StepEffect::Idempotent), with: WithRule::Retire, ..kind("retire", 5 * MINUTE) },
    StepKind { keys: &["roles"], needs: &["roles"], ..kind("sign-off", 24 * HOUR) },
    action("start-app", 2 * MINUTE, StepEffect::Idempotent, SideRule::Must, WithRule::StartStop),
    action("stop-app", 2 * MINUTE, StepEffect::Idempotent, SideRule::Must, WithRule::StartStop),
    action("sync-acls", 2 * MINUTE, StepEffect::Guarded, SideRule::Never, WithRule::SyncAcls),
    StepKind { with: WithRule::Ledger, ..kind("target-born-ledger", 5 * MINUTE) },
    action("topic-config", 2 * MINUTE, StepEffect::Guarded, SideRule::Must, WithRule::TopicConfig),
    StepKind {
        built: false,
        effect: Some(StepEffect::Guarded),
        keys: &["of"],
        needs: &["of"],
        ..kind("undo", 5 * MINUTE)
    },
    StepKind { keys: &["until", "every"], needs: &["until"], ..kind("wait", 10 * MINUTE) },
    StepKind { keys: &["for", "checks"], needs: &["for"], ..kind("watch", 10 * MINUTE) },
];

/// The kind of that name.
pub fn step_kind(name: &str) -> Option<&'static StepKind> {
    STEP_KINDS.iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_and_needing_only_what_they_have() {
        assert!(STEP_KINDS.is_sorted_by_key(|kind| kind.name));
        for kind in STEP_KINDS {
            assert!(kind.needs.iter().all(|key| kind.keys.contains(key)), "{}", kind.name);
        }
    }
}
