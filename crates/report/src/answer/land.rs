use runbook::Level;
use runbook::world::PositionProof;
use schemars::JsonSchema;
use serde::Serialize;

use super::Table;

/// Said with every landing: what it cannot know.
const COMMITTED_ONLY: &str =
    "only partitions with a commit are landed; on others the group's reset policy decides";

/// The answer of `cutover land`. Nothing is written unless every position of every group can be.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LandAnswer {
    /// Green: done, or everything could be written; red: refused, or a write failed; unknown: not all was measured.
    pub verdict: Level,
    /// Whether anything was written, or may have been.
    pub applied: bool,
    pub groups: Vec<LandedGroup>,
    /// What takes this back: `cutover land --undo FILE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_file: Option<String>,
    /// Why nothing could be measured at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What this does not cover.
    pub notes: Vec<String>,
}

/// One group.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LandedGroup {
    pub group: String,
    pub verdict: Level,
    /// Sorted by topic and partition.
    pub positions: Vec<LandedPosition>,
    /// Why it is not landed; one is enough for no group to be.
    pub refusals: Vec<LandRefusal>,
    pub notes: Vec<String>,
}

/// One commit.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LandedPosition {
    pub topic: String,
    pub partition: i32,
    /// What is committed on the target; null: nothing.
    pub from: Option<i64>,
    /// What shall be, or is now; null: nothing.
    pub to: Option<i64>,
    /// How `to` was proved; null where a landing is taken back.
    pub proof: Option<PositionProof>,
    pub state: LandState,
    /// What the broker answered, or what was read back instead; only beside `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How far a position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LandState {
    /// It would be written.
    Planned,
    /// The group stands there already.
    There,
    /// Written, read back, and still so a moment later.
    Done,
    Failed,
}

impl LandState {
    fn word(self) -> &'static str {
        match self {
            LandState::Planned => "would be set",
            LandState::There => "there already",
            LandState::Done => "set",
            LandState::Failed => "FAILED",
        }
    }
}

/// Why a group is not landed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LandRefusal {
    /// Null: the group as a whole.
    pub topic: Option<String>,
    pub partition: Option<i32>,
    pub why: String,
    /// What to do next.
    pub next: String,
    /// It was not measured, rather than measured and wrong.
    pub unknown: bool,
}

impl LandedGroup {
    /// Judges a group by what stands against it and what became of it.
    pub fn judged(
        group: String,
        positions: Vec<LandedPosition>,
        refusals: Vec<LandRefusal>,
        notes: Vec<String>,
    ) -> LandedGroup {
        let refused =
            refusals.iter().map(|refusal| if refusal.unknown { Level::Unknown } else { Level::Red });
        let failed = positions.iter().map(|position| match position.state {
            LandState::Failed => Level::Red,
            LandState::Planned | LandState::There | LandState::Done => Level::Green,
        });
        let verdict = Level::worst(refused.chain(failed)).unwrap_or(Level::Unknown);
        LandedGroup { group, verdict, positions, refusals, notes }
    }
}

impl LandAnswer {
    pub fn new(groups: Vec<LandedGroup>, applied: bool, takes_back: bool, notes: Vec<String>) -> LandAnswer {
        let verdict = Level::worst(groups.iter().map(|group| group.verdict)).unwrap_or(Level::Unknown);
        let committed_only = (!takes_back).then(|| COMMITTED_ONLY.to_owned());
        let notes = committed_only.into_iter().chain(notes).collect();
        LandAnswer { verdict, applied, groups, undo_file: None, why: None, notes }
    }

    /// Nothing was measured.
    pub fn unknown(why: impl Into<String>) -> LandAnswer {
        LandAnswer { why: Some(why.into()), ..LandAnswer::new(Vec::new(), false, true, Vec::new()) }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!("{} {}: {}\n", self.verdict.sign(), self.verdict, self.headline());
        for group in &self.groups {
            text.push_str(&format!("\n{} group {}\n", group.verdict.sign(), group.group));
            for refusal in &group.refusals {
                let place = match (&refusal.topic, refusal.partition) {
                    (Some(topic), Some(partition)) => format!("{topic}-{partition}: "),
                    _ => String::new(),
                };
                let word = if refusal.unknown { "unknown" } else { "refused" };
                text.push_str(&format!("  {word}: {place}{}\n    next: {}\n", refusal.why, refusal.next));
            }
            let mut table = Table::new(&["  topic", ">part", ">from", ">to", "proof", "state"]);
            for position in &group.positions {
                let offset =
                    |offset: Option<i64>| offset.map_or_else(|| "none".to_owned(), |o| o.to_string());
                table.row([
                    format!("  {}", position.topic),
                    position.partition.to_string(),
                    offset(position.from),
                    offset(position.to),
                    position.proof.map_or("-", PositionProof::word).to_owned(),
                    position.state.word().to_owned(),
                ]);
            }
            if !table.is_empty() {
                text.push_str(&table.to_string());
            }
            for position in &group.positions {
                if let Some(why) = &position.why {
                    text.push_str(&format!("  {}-{}: {why}\n", position.topic, position.partition));
                }
            }
            for note in &group.notes {
                text.push_str(&format!("  note: {note}\n"));
            }
        }
        if !self.notes.is_empty() {
            text.push('\n');
        }
        for note in &self.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        if let Some(file) = &self.undo_file {
            text.push_str(&format!("take it back with: cutover land --undo {file} --target … --apply\n"));
        }
        text
    }

    fn headline(&self) -> String {
        if let Some(why) = &self.why {
            return why.clone();
        }
        let all = || self.groups.iter().flat_map(|group| &group.positions);
        let count = |state: LandState| all().filter(|position| position.state == state).count();
        if self.groups.iter().any(|group| !group.refusals.is_empty()) {
            return "refused, nothing was written".to_owned();
        }
        match (
            count(LandState::Failed),
            count(LandState::Done),
            count(LandState::Planned),
            count(LandState::There),
        ) {
            (0, 0, 0, there) => format!("nothing to do, {there} positions are there already"),
            (0, 0, planned, there) => {
                format!("{planned} positions would be set, {there} are there already; --apply writes them")
            }
            (0, done, _, there) => format!("{done} positions set, {there} were there already"),
            (failed, done, ..) => format!("{failed} positions failed, {done} set"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(state: LandState) -> LandedPosition {
        LandedPosition {
            topic: "orders".into(),
            partition: 0,
            from: None,
            to: Some(7),
            proof: Some(PositionProof::Compared),
            state,
            why: None,
        }
    }

    fn verdict(states: &[LandState], refusals: &[bool]) -> Level {
        let refusal = |unknown: &bool| LandRefusal {
            topic: None,
            partition: None,
            why: "why".into(),
            next: "next".into(),
            unknown: *unknown,
        };
        let positions = states.iter().map(|state| position(*state)).collect();
        let group =
            LandedGroup::judged("g".into(), positions, refusals.iter().map(refusal).collect(), vec![]);
        LandAnswer::new(vec![group], false, false, vec![]).verdict
    }

    #[test]
    fn one_refusal_or_failure_decides_and_nothing_is_unknown() {
        assert_eq!(verdict(&[LandState::Planned, LandState::There, LandState::Done], &[]), Level::Green);
        assert_eq!(verdict(&[LandState::Done, LandState::Failed], &[]), Level::Red);
        assert_eq!(verdict(&[LandState::Planned], &[true]), Level::Unknown);
        assert_eq!(verdict(&[LandState::Planned], &[true, false]), Level::Red);
        assert_eq!(verdict(&[], &[]), Level::Unknown);
        assert_eq!(LandAnswer::unknown("why").verdict, Level::Unknown);
    }
}
