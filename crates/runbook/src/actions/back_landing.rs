//! Where one group has to stand on the source again, partition by partition.

use schemars::JsonSchema;
use serde::Deserialize;

use super::boundary::Boundary;
use super::landing::{At, Ground, held, spelled, within};
use crate::world::{CommitHeld, GroupSeen, Side, Twin};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Progress {
    #[default]
    TranslateBack,
    RecoveryPoint,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Born {
    #[default]
    None,
    Carried,
    Replayed,
    Discarded,
    Reconcile,
}

/// One group, and everything its way back rests on.
pub(super) struct Back<'a> {
    pub(super) mirrored: Progress,
    pub(super) target_born: Born,
    pub(super) name: &'a str,
    pub(super) source: &'a GroupSeen,
    pub(super) target: &'a GroupSeen,
    /// As it was captured on the source at the switch, where it was.
    pub(super) captured: Option<&'a GroupSeen>,
    pub(super) twins: Vec<&'a Twin>,
    pub(super) boundary: Boundary<'a>,
    pub(super) ground: &'a Ground<'a>,
}

impl Back<'_> {
    /// Where it has to stand on the source; `None`: where it stands.
    pub(super) fn wanted(&self, at: &At, notes: &mut Vec<String>) -> Result<Option<CommitHeld>, String> {
        let reached = held(self.target, at);
        if self.mirrored == Progress::RecoveryPoint {
            let why = reached.map(|_| "goes on from its recovery point");
            return self.recovery_point(at, why, notes);
        }
        let Some(reached) = reached else {
            // Expired on both sides, it would begin where its reset policy says.
            let Some(on_source) = held(self.source, at) else { return self.recovery_point(at, None, notes) };
            notes.push(format!(
                "group {}, {}: has no commit on the target, and goes on from its commit on the source {}",
                self.name,
                spelled(at),
                on_source.offset
            ));
            return Ok(None);
        };
        if let Ok(copy) = self.boundary.at(at)
            && reached.offset >= copy.target
        {
            // Where it cannot be told which records were born there, it may have done some of them.
            let beyond = self.boundary.born_from(at).map_or(true, |from| reached.offset > from.offset);
            if beyond && self.target_born == Born::Replayed {
                let why = "has done records that were born on the target, and does everything again from its recovery point";
                return self.recovery_point(at, Some(why), notes);
            }
            return Ok(Some(CommitHeld { offset: copy.source, ..reached }));
        }
        let is_it = |twin: &&&Twin| twin.place.topic == at.0 && twin.place.partition == at.1;
        match self.twins.iter().find(is_it) {
            Some(Twin { proved: true, target: Some(offset), .. }) => {
                Ok(Some(CommitHeld { offset: self.within(at, *offset)?, ..reached }))
            }
            Some(twin) => Err(format!(
                "its position {} on the target is not proved on the source: {}",
                reached.offset,
                twin.why.as_deref().unwrap_or("no reason was told")
            )),
            None => {
                Err(format!("the twin of its position {} on the target was not measured", reached.offset))
            }
        }
    }

    /// Where it stood at the switch. What its commit on the source has become since (expired, moved by an earlier attempt)
    /// is no recovery point; only where nothing was captured it has to be.
    fn recovery_point(
        &self,
        at: &At,
        why: Option<&str>,
        notes: &mut Vec<String>,
    ) -> Result<Option<CommitHeld>, String> {
        let now = held(self.source, at);
        let point = self.captured.map_or_else(|| now.clone(), |captured| held(captured, at));
        let said = |commit: &Option<CommitHeld>| {
            commit.as_ref().map_or("none".to_owned(), |commit| commit.offset.to_string())
        };
        let is_there = point.as_ref().map(|point| point.offset) == now.as_ref().map(|now| now.offset);
        let has_moved =
            if is_there { String::new() } else { format!(", where it stands at {} by now", said(&now)) };
        if let Some(why) = why.or((!is_there).then_some("goes on from its recovery point")) {
            notes.push(format!("group {}, {}: {why} {}{has_moved}", self.name, spelled(at), said(&point)));
        }
        match point {
            Some(point) if !is_there => {
                self.within(at, point.offset)?;
                Ok(Some(point))
            }
            // A commit that came since the switch is not taken away.
            _ => Ok(None),
        }
    }

    fn within(&self, at: &At, offset: i64) -> Result<i64, String> {
        let ends = self.ground.ends(Side::Source, at).ok_or("its ends on the source are not known")?;
        within(ends, offset)
    }
}
