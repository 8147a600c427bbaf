//! Where on the target what was copied ends, and what the source never had begins.

use super::landing::{At, Ground, spelled};
use super::sight::Sight;
use super::since_capture::Kept;
use crate::action::StepScope;
use crate::world::{Isolation, PartitionEnds, Place, Probe, Side, Twin};

/// The end of what was copied, partition by partition: the target's end at the cut where the source has not gone on
/// since, else the proved twin of the source's end.
pub(super) struct Boundary<'a> {
    kept: Option<Kept<'a>>,
    ground: &'a Ground<'a>,
    twins: Vec<&'a Twin>,
}

impl<'a> Boundary<'a> {
    /// `from`: the step that captured the ends, where there is one.
    pub(super) fn of(
        scope: &StepScope<'a>,
        from: Option<&'a str>,
        ground: &'a Ground<'a>,
        sight: Sight<'a>,
    ) -> Boundary<'a> {
        let kept = from.and_then(|from| Kept::of(scope, from).ok());
        let mut boundary = Boundary { kept, ground, twins: Vec::new() };
        // What was not measured shows where its partition is asked about.
        if let Some(Ok(seen)) = boundary.probe(scope.unit.isolation()).map(|probe| sight.twins(&probe)) {
            boundary.twins = seen.twins.iter().collect();
        }
        boundary
    }

    /// The twins of the source's ends that are needed; `None`: none is.
    pub(super) fn probe(&self, isolation: Isolation) -> Option<Probe> {
        let needed = self.ground.partitions.iter().filter(|at| self.at_the_cut(at).is_none());
        let places: Vec<Place> = needed
            .filter_map(|at| {
                let ends = self.ground.ends(Side::Source, at).filter(|ends| !is_empty(ends))?;
                Some(Place { topic: at.0.clone(), partition: at.1, offset: ends.lso })
            })
            .collect();
        (!places.is_empty()).then_some(Probe::Twins { places, isolation, toward: Side::Target })
    }

    /// # Errors
    /// Why it cannot be told.
    pub(super) fn at(&self, at: &At) -> Result<i64, String> {
        if let Some(end) = self.at_the_cut(at) {
            return Ok(end);
        }
        let ends = |side| {
            self.ground
                .ends(side, at)
                .ok_or_else(|| format!("ends of {} on {side} are not known", spelled(at)))
        };
        let source = ends(Side::Source)?;
        if is_empty(source) && source.log_start == 0 {
            return Ok(ends(Side::Target)?.log_start);
        }
        let is_it = |twin: &&&Twin| twin.place.topic == at.0 && twin.place.partition == at.1;
        match self.twins.iter().find(is_it) {
            Some(Twin { proved: true, target: Some(offset), .. }) => Ok(*offset),
            Some(twin) => Err(format!(
                "{}: the twin of the source's end {} is not proved: {}",
                spelled(at),
                twin.place.offset,
                twin.why.as_deref().unwrap_or("no reason was told")
            )),
            None => Err(format!("{}: the twin of the source's end was not measured", spelled(at))),
        }
    }

    /// The target's end at the cut; `None`: nothing was captured, or the source went on since.
    fn at_the_cut(&self, at: &At) -> Option<i64> {
        let kept = self.kept.as_ref()?;
        let now = self.ground.ends(Side::Source, at)?;
        let (lso, high) = kept.ends(Side::Source, at)?;
        ((now.lso, now.high_watermark) == (lso, high))
            .then(|| kept.ends(Side::Target, at))?
            .map(|ends| ends.1)
    }
}

fn is_empty(ends: &PartitionEnds) -> bool {
    ends.log_start >= ends.high_watermark
}
