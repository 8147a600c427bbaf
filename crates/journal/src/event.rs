use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::Level;
use runbook::action::{Changeset, Settled};
use runbook::actions::TargetBorn;
use runbook::verdict::Judgement;
use runbook::world::{Probe, Receipt, Unobserved};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Against, Ending, GatePhase, Header, Holder, Moment, Request, Stand, StepOutcome, Torn, Unreached,
    Unwinding, Watched,
};

/// What can happen in a run. The state is the fold of these and of nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// Always the first, and only the first.
    RunStarted {
        header: Box<Header>,
    },
    /// A measurement began. `round` counts from 1; a later round is the same question asked again.
    ProbeStarted {
        probe: Probe,
        round: u32,
    },
    /// A measurement ended with an answer, which lies in `evidence/<evidence>.json`.
    Observed {
        probe: Probe,
        round: u32,
        /// SHA-256 (hex) of the evidence.
        evidence: String,
        /// When the measurement began, as the evidence says.
        at: Timestamp,
        took_ms: u64,
        /// Why only a part was measured.
        partial: Option<String>,
    },
    /// A measurement ended without an answer.
    Unobserved {
        round: u32,
        unobserved: Unobserved,
    },
    /// A verdict. A provisional one is a bad result that is being rechecked: it is shown, and it is not the verdict.
    Judged {
        unit: String,
        check: String,
        judgement: Judgement,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        provisional: bool,
    },
    /// A check of the plan that was not asked for.
    CheckSkipped {
        unit: String,
        check: String,
        why: String,
    },
    /// The run was stopped; what was not measured by now stays unknown.
    Interrupted {
        by: String,
    },
    /// Another process goes on with this run. Measurements that were under way are lost.
    Resumed {
        holder: Holder,
        version: String,
        torn: Option<Torn>,
    },
    /// Whoever took over begins to act: the time that nobody conducted the run is no time of its steps.
    GoneOn {
        moment: Moment,
    },
    /// A step begins; `attempt` counts from 1.
    StepStarted {
        step: String,
        attempt: u32,
        moment: Moment,
    },
    /// What a step is about to do, with every way back. Durable before the first command is applied.
    Proposed {
        step: String,
        changes: Changeset,
    },
    /// A command is about to be applied; `index` counts from 0 within what was proposed.
    CommandStarted {
        step: String,
        index: u32,
    },
    CommandEnded {
        step: String,
        index: u32,
        receipt: Receipt,
    },
    /// What a step waits for; written when it changes.
    StepWaits {
        step: String,
        settled: Settled,
        /// The side that did not answer, where that is why nothing could be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unreachable: Option<Unreached>,
        /// The target answered something: it is not lost.
        #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
        target_answered: bool,
    },
    /// Evidence a step keeps for those after it.
    Kept {
        step: String,
        evidence: Vec<String>,
    },
    /// A gate comes to its next phase, or goes back to an earlier one.
    GateEntered {
        step: String,
        phase: GatePhase,
        moment: Moment,
        why: Option<String>,
        /// What people are asked about: level and findings of every check the gate requires.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        stands: BTreeMap<String, Stand>,
    },
    /// A look while a gate holds; in its other phases, one that left something unknown, so that it is measured once more.
    GateLooked {
        step: String,
        good: bool,
        why: Option<String>,
        moment: Moment,
    },
    /// The checks of a gate stand against it: how they stand. People may open it all the same, and are held to this.
    GateRefused {
        step: String,
        stands: BTreeMap<String, Stand>,
    },
    /// Two people of two roles open a gate against its checks: it goes on to what else it asks for.
    GateOverridden {
        step: String,
        /// Both, with their roles.
        by: String,
        /// What stands against it.
        why: String,
        against: Vec<Against>,
    },
    /// Gates do not latch: these were open, nothing had been done behind them, and nobody knows whether they would open now.
    GatesClosed {
        gates: Vec<String>,
        why: String,
    },
    StepEnded {
        step: String,
        outcome: StepOutcome,
        moment: Moment,
    },
    /// What another process asked for.
    Requested {
        request: Request,
    },
    /// Nothing new is begun until it is released. `step`: the one that did not come to a good end. `asked_by`: the person
    /// who asked for it, where one did; journals of versions before this field do not say.
    Held {
        why: String,
        step: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked_by: Option<String>,
        moment: Moment,
    },
    Released {
        by: String,
    },
    /// From here on everything is taken back, and nothing goes forward again.
    UnwindStarted {
        how: Unwinding,
        why: String,
        moment: Moment,
    },
    /// A way back is about to be applied; `attempt` counts from 1.
    UndoStarted {
        step: String,
        attempt: u32,
        index: u32,
    },
    UndoEnded {
        step: String,
        attempt: u32,
        index: u32,
        receipt: Receipt,
    },
    /// A step is taken back, or could not be (`stuck` says why).
    StepUndone {
        step: String,
        stuck: Option<String>,
        /// Why it was left as it is, or not looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        moment: Moment,
    },
    /// Another cluster is authoritative now.
    AuthorityMoved {
        from: String,
        to: String,
        moment: Moment,
    },
    /// The units were handed over and are taken back: the target is no copy of the source any more.
    Dirtied {
        units: Vec<String>,
        why: String,
        moment: Moment,
    },
    /// Past the commit point: where a unit's groups stand on the target, written down for the case that it cannot be
    /// asked when it matters. `born`: offsets its topics have grown by since the switch; `None`: not known.
    Followed {
        unit: String,
        /// The step of the way back that would use it.
        step: String,
        evidence: Vec<String>,
        born: Option<u64>,
        /// Every group can be landed by it. One that cannot does not take the place of one that can.
        #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
        proved: bool,
        /// When the oldest of its measurements began; `None`: not told, and `born` proves nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measured_at: Option<Timestamp>,
        moment: Moment,
    },
    /// Where the topics end that were closed on the source, and how they differ from when nobody copied them any more.
    SourceLooked {
        trigger: String,
        /// Address of the evidence.
        evidence: String,
        /// Address of what it was held against; its own: it is the first look.
        against: String,
        /// Partitions that went on, in words; empty: none.
        grown: Vec<String>,
        moment: Moment,
    },
    /// The records that were born on the target, counted.
    LedgerCut {
        step: String,
        unit: String,
        ledger: TargetBorn,
        evidence: Vec<String>,
        moment: Moment,
    },
    /// The check of a trigger became as bad as its breach, or good again.
    TriggerSeen {
        trigger: String,
        bad: bool,
        why: String,
        moment: Moment,
    },
    /// It has been bad for as long as the trigger says: somebody is asked, or the run goes back.
    TriggerFired {
        trigger: String,
        why: String,
        moment: Moment,
    },
    /// Whoever was asked says to go on: it is watched anew.
    TriggerAnswered {
        trigger: String,
        by: String,
        moment: Moment,
    },
    /// A person signed: what was found, or a vote. The files in `signatures/` are copies of this.
    Signed {
        /// SHA-256 (hex) of `document`: the name of its files.
        statement: String,
        /// What was signed, byte for byte.
        document: String,
        /// In OpenSSH's armour.
        signature: String,
    },
    /// A request that cannot be met.
    Declined {
        why: String,
    },
    /// Something people should know: a budget, a clock.
    Warned {
        about: String,
        message: String,
    },
    /// Nothing is left to do. `exit` is the exit code; `ending` stands in runs of steps.
    RunEnded {
        overall: Level,
        exit: u8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ending: Option<Ending>,
    },
    /// A rehearsal is over: what was seen of this run by whoever rehearsed. It conducts nothing, and may come last of all.
    Rehearsed {
        watched: Box<Watched>,
    },
}

/// What journals say that were written before the field was.
fn yes() -> bool {
    true
}

impl Event {
    /// What a person signed, with its signature in armour.
    pub fn signed(document: &str, signature: &str) -> Event {
        Event::Signed {
            statement: crate::sha256(document.as_bytes()),
            document: document.to_owned(),
            signature: signature.to_owned(),
        }
    }

    /// The word the event has on disk.
    pub fn word(&self) -> &'static str {
        match self {
            Event::RunStarted { .. } => "run-started",
            Event::ProbeStarted { .. } => "probe-started",
            Event::Observed { .. } => "observed",
            Event::Unobserved { .. } => "unobserved",
            Event::Judged { .. } => "judged",
            Event::CheckSkipped { .. } => "check-skipped",
            Event::Interrupted { .. } => "interrupted",
            Event::Resumed { .. } => "resumed",
            Event::GoneOn { .. } => "gone-on",
            Event::StepStarted { .. } => "step-started",
            Event::Proposed { .. } => "proposed",
            Event::CommandStarted { .. } => "command-started",
            Event::CommandEnded { .. } => "command-ended",
            Event::StepWaits { .. } => "step-waits",
            Event::Kept { .. } => "kept",
            Event::GateEntered { .. } => "gate-entered",
            Event::GateLooked { .. } => "gate-looked",
            Event::GateRefused { .. } => "gate-refused",
            Event::GateOverridden { .. } => "gate-overridden",
            Event::GatesClosed { .. } => "gates-closed",
            Event::StepEnded { .. } => "step-ended",
            Event::Requested { .. } => "requested",
            Event::Held { .. } => "held",
            Event::Released { .. } => "released",
            Event::UnwindStarted { .. } => "unwind-started",
            Event::UndoStarted { .. } => "undo-started",
            Event::UndoEnded { .. } => "undo-ended",
            Event::StepUndone { .. } => "step-undone",
            Event::AuthorityMoved { .. } => "authority-moved",
            Event::Dirtied { .. } => "dirtied",
            Event::Followed { .. } => "followed",
            Event::SourceLooked { .. } => "source-looked",
            Event::LedgerCut { .. } => "ledger-cut",
            Event::TriggerSeen { .. } => "trigger-seen",
            Event::TriggerFired { .. } => "trigger-fired",
            Event::TriggerAnswered { .. } => "trigger-answered",
            Event::Signed { .. } => "signed",
            Event::Declined { .. } => "declined",
            Event::Warned { .. } => "warned",
            Event::RunEnded { .. } => "run-ended",
            Event::Rehearsed { .. } => "rehearsed",
        }
    }
}
