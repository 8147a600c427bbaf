//! Where on the target what was copied ends, and what the source never had begins.

use super::landing::{At, Ground, spelled, to_target};
use super::sight::Sight;
use super::since_capture::Kept;
use crate::action::StepScope;
use crate::unit::Unit;
use crate::world::{PartitionEnds, Place, Probe, Side, Twin};

/// Under this name a step is told that nobody copies any more what is written on the source: it keeps nothing.
pub const FLOW_STOPPED: &str = "flow-stopped";

/// The end of what was copied, partition by partition: the proved twin of the source's end, which says that the copy came
/// as far as that. Where the source has not gone on since the cut, the target's end at the cut, if that lies behind it.
/// Where it has, nobody copies any more, and its end is not on the target, the twin of its end at the cut: what somebody
/// wrote on the source since is not on the target, and no group has done it there.
pub(super) struct Boundary<'a> {
    kept: Option<Kept<'a>>,
    flow_stopped: bool,
    ground: &'a Ground<'a>,
    twins: Vec<&'a Twin>,
}

/// One place on both sides, up to which the source was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CopyEnd {
    pub(super) target: i64,
    /// Where a group goes on that has done everything before `target`.
    pub(super) source: i64,
}

/// Where the records begin that may have been born on the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BornFrom {
    pub(super) offset: i64,
    /// False: the source went on since the cut, and what the target grew by is not what was copied of that, so copies may
    /// lie behind the offset too.
    pub(super) exact: bool,
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
        let flow_stopped = scope.kept.contains_key(FLOW_STOPPED);
        let mut boundary = Boundary { kept, flow_stopped, ground, twins: Vec::new() };
        // What was not measured shows where its partition is asked about.
        if let Some(Ok(seen)) = boundary.probe(scope.unit).map(|probe| sight.twins(&probe)) {
            boundary.twins = seen.twins.iter().collect();
        }
        boundary
    }

    /// The twins of the source's ends, now and at the cut, that were not proved at the cut; `None`: all were.
    pub(super) fn probe(&self, unit: &Unit) -> Option<Probe> {
        let mut places = Vec::new();
        for at in &self.ground.partitions {
            let Some(ends) = self.ground.ends(Side::Source, at).filter(|ends| !is_empty(ends)) else {
                continue;
            };
            let cut = self.went_on_from(at).filter(|cut| *cut > ends.log_start && *cut < ends.lso);
            // What was proved at the cut stays true: nothing comes between records that were copied.
            let offsets =
                cut.into_iter().chain([ends.lso]).filter(|offset| self.proved_then(at, *offset).is_none());
            places.extend(offsets.map(|offset| Place { topic: at.0.clone(), partition: at.1, offset }));
        }
        (!places.is_empty()).then(|| to_target(unit, places, unit.isolation()))
    }

    /// # Errors
    /// Why it cannot be told.
    pub(super) fn at(&self, at: &At) -> Result<CopyEnd, String> {
        let source = self.ends(Side::Source, at)?;
        let at_the_cut = self.at_the_cut(at);
        let whole = |target| Ok(CopyEnd { target, source: source.lso });
        if is_empty(source) {
            // Nothing of the source can be passed over.
            return match at_the_cut {
                Some(end) => whole(end),
                None if source.log_start == 0 => whole(self.ends(Side::Target, at)?.log_start),
                None => Err(format!(
                    "{}: the source holds nothing any more, and went on since the cut",
                    spelled(at)
                )),
            };
        }
        match self.twin(at, source.lso) {
            Ok(twin) => whole(at_the_cut.map_or(twin, |end| end.max(twin))),
            Err(why) => match self.went_on_from(at).filter(|_| self.flow_stopped) {
                Some(cut) if cut > source.log_start && cut < source.lso => {
                    let target = self.twin(at, cut).map_err(|_| why)?;
                    Ok(CopyEnd { target, source: cut })
                }
                _ => Err(why),
            },
        }
    }

    /// Where a ledger has to begin, so that it counts every record that was born on the target. Where the source went on
    /// since the cut, born records may lie before copied ones: they do not if the target grew by as much as the source.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub(super) fn born_from(&self, at: &At) -> Result<BornFrom, String> {
        let copy = self.at(at)?;
        let end = copy.target;
        let exactly = |offset| Ok(BornFrom { offset, exact: true });
        let (source, Some(cut)) = (self.ends(Side::Source, at)?, self.went_on_from(at)) else {
            return exactly(end);
        };
        if cut < source.log_start {
            return Err(format!(
                "{}: the source went on since the cut, and does not hold its records since {cut} any more: what was copied of them cannot be told from what was born on the target",
                spelled(at)
            ));
        }
        let then = match cut == source.log_start {
            true if cut == 0 => self.ends(Side::Target, at)?.log_start,
            true => return Err(format!("{}: the source holds nothing from before the cut", spelled(at))),
            // Copied no further than the cut: it may have been stopped a little later.
            false if copy.source == cut => return Ok(BornFrom { offset: end, exact: false }),
            false if cut == source.lso => end,
            false => self.twin(at, cut)?,
        };
        if end - then == source.lso - cut {
            exactly(end)
        } else {
            Ok(BornFrom { offset: then, exact: false })
        }
    }

    fn ends(&self, side: Side, at: &At) -> Result<&'a PartitionEnds, String> {
        self.ground.ends(side, at).ok_or_else(|| format!("ends of {} on {side} are not known", spelled(at)))
    }

    fn proved_then(&self, at: &At, offset: i64) -> Option<i64> {
        self.kept.as_ref()?.twin(at, offset)
    }

    /// The proved twin of an end of the source.
    fn twin(&self, at: &At, offset: i64) -> Result<i64, String> {
        if let Some(twin) = self.proved_then(at, offset) {
            return Ok(twin);
        }
        let is_it = |twin: &&&Twin| {
            twin.place.topic == at.0 && twin.place.partition == at.1 && twin.place.offset == offset
        };
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

    /// The source's end at the cut, where it went on since; `None`: nothing was captured, or it did not.
    fn went_on_from(&self, at: &At) -> Option<i64> {
        let now = self.ground.ends(Side::Source, at)?;
        let (lso, high) = self.kept.as_ref()?.ends(Side::Source, at)?;
        ((now.lso, now.high_watermark) != (lso, high)).then_some(lso)
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
