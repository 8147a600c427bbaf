//! Where one group has to stand on the source again, partition by partition.

use schemars::JsonSchema;
use serde::Deserialize;

use super::boundary::Boundary;
use super::landing::{At, Ground, held, spelled};
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
    pub(super) twins: Vec<&'a Twin>,
    pub(super) boundary: Boundary<'a>,
    pub(super) ground: &'a Ground<'a>,
}

impl Back<'_> {
    /// Where it has to stand on the source; `None`: where it stands.
    pub(super) fn wanted(&self, at: &At, notes: &mut Vec<String>) -> Result<Option<CommitHeld>, String> {
        let Some(reached) = held(self.target, at) else { return Ok(None) };
        let mut stays = |why: &str| {
            let point = held(self.source, at).map_or("none".to_owned(), |held| held.offset.to_string());
            notes.push(format!("group {}, {}: {why} {point}", self.name, spelled(at)));
        };
        if self.mirrored == Progress::RecoveryPoint {
            stays("goes on from its recovery point");
            return Ok(None);
        }
        if let Ok(copy) = self.boundary.at(at)
            && reached.offset >= copy.target
        {
            // Where it cannot be told which records were born there, it may have done some of them.
            let beyond = self.boundary.born_from(at).map_or(true, |from| reached.offset > from.offset);
            if beyond && self.target_born == Born::Replayed {
                stays(
                    "has done records that were born on the target, and does everything again from its recovery point",
                );
                return Ok(None);
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

    fn within(&self, at: &At, offset: i64) -> Result<i64, String> {
        let ends = self.ground.ends(Side::Source, at).ok_or("its ends on the source are not known")?;
        if (ends.log_start..=ends.high_watermark).contains(&offset) {
            return Ok(offset);
        }
        Err(format!(
            "source offset {offset} is outside the source's log, which reaches from {} to {}",
            ends.log_start, ends.high_watermark
        ))
    }
}
