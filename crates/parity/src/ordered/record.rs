use super::alignment::{Differences, Extra};
use super::finding::{Finding, FindingKind, Findings, Place};
use super::offset_map::Run;
use super::pool::Left;
use super::{Counts, OffsetMap, Options, Sizes, limits};
use crate::Fingerprint;
use crate::image::Field;

/// Everything a comparison writes down, each kind of fact through one method, so that counts, findings and
/// lists cannot disagree.
pub(super) struct Record {
    pub counts: Counts,
    pub findings: Findings,
    pub map: OffsetMap,
    pub differences: Differences,
    pub sizes: Option<Sizes>,
    /// The last pair of twins in order.
    last_twin: Option<(At, At)>,
    /// A target record was taken whose source record lies behind the cut.
    pub is_ahead: bool,
    list_capacity: usize,
    /// The highest number of a source record that has arrived.
    frontier: Option<u64>,
    /// The highest number of a target record that is a twin or a copy.
    tip: Option<u64>,
}

/// Where a record stands: number among the visible records of its side, and offset.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub number: u64,
    pub offset: i64,
}

impl From<&Left> for At {
    fn from(left: &Left) -> At {
        At { number: left.number, offset: left.offset }
    }
}

impl From<At> for Place {
    fn from(at: At) -> Place {
        Place { number: Some(at.number), offset: at.offset }
    }
}

impl Record {
    pub fn new(options: &Options) -> Self {
        Record {
            counts: Counts::default(),
            findings: Findings::new(options.findings),
            map: OffsetMap::new(options.map_runs),
            differences: Differences::default(),
            sizes: options.breakpoints.clone().map(Sizes::new),
            last_twin: None,
            is_ahead: false,
            list_capacity: options.map_runs.max(limits::EXTRAS_KEPT),
            frontier: None,
            tip: None,
        }
    }

    /// The last source record that has arrived in any form, by number.
    pub fn frontier(&self) -> Option<u64> {
        self.frontier
    }

    /// The last pair of twins, if nothing taken from either side lies behind it.
    pub fn clean_end(&self) -> Option<(i64, i64)> {
        let (source, target) = self.last_twin?;
        let is_last = source.number + 1 == self.counts.source_records
            && target.number + 1 == self.counts.target_records
            && !self.is_ahead;
        is_last.then_some((source.offset, target.offset))
    }

    /// A source record has its twin in order.
    pub fn twin(&mut self, source: At, target: At) {
        self.counts.matched += 1;
        self.last_twin = Some((source, target));
        self.map.push(source.offset, target.offset);
        self.arrived(source);
        self.comes_from(target, source.offset, false);
    }

    /// A source record has no twin in order; called in source order.
    pub fn absent(&mut self, at: At) {
        let absent = &mut self.differences.absent;
        if let Some(span) = absent.last_mut()
            && span.1 + 1 == at.offset
        {
            span.1 = at.offset;
        } else if absent.len() < self.list_capacity {
            absent.push((at.offset, at.offset));
        } else {
            self.differences.overflowed = true;
        }
    }

    /// A leftover source record equals a leftover target record. `passed` is a pair in order that the two
    /// stand on either side of, when it is the only one.
    pub fn stray(&mut self, source: &Left, target: &Left, passed: Option<(i64, i64)>) {
        self.counts.matched += 1;
        self.counts.reordered += 1;
        let overflowed =
            !push_run(&mut self.differences.strays, source.offset, target.offset, self.list_capacity);
        self.differences.overflowed |= overflowed;
        self.arrived(At::from(source));
        self.comes_from(At::from(target), source.offset, false);
        match passed {
            // Two neighbours have changed places: one finding of two records.
            Some((passed_source, passed_target)) => {
                self.counts.reordered += 1;
                let span = |a: i64, b: i64| Some((a.min(b), a.max(b)));
                self.findings.push(Finding {
                    kind: FindingKind::Reordered,
                    count: 2,
                    source: span(source.offset, passed_source),
                    target: span(target.offset, passed_target),
                    field: None,
                });
            }
            None => {
                let (source, target) = (At::from(source), At::from(target));
                self.findings.add(FindingKind::Reordered, None, Some(source.into()), Some(target.into()));
            }
        }
    }

    /// Two leftovers at the same place of a gap differ in one field.
    pub fn altered(&mut self, source: &Left, target: &Left, field: Field) {
        self.counts.altered += 1;
        self.arrived(At::from(source));
        let (from, to) = (At::from(source), At::from(target));
        self.findings.add(FindingKind::Altered, Some(field), Some(from.into()), Some(to.into()));
        if self.differences.altered.len() < self.list_capacity {
            self.differences.altered.push((source.offset, target.offset, field));
        } else {
            self.differences.overflowed = true;
        }
        self.keep_extra(target.offset, target.timestamp, target.fingerprint);
    }

    /// A target record repeats a source record.
    pub fn copy(&mut self, target: At, source: i64) {
        self.counts.duplicated += 1;
        let overflowed = !push_run(&mut self.differences.copies, source, target.offset, self.list_capacity);
        self.differences.overflowed |= overflowed;
        self.comes_from(target, source, true);
        let source = Place { number: None, offset: source };
        self.findings.add(FindingKind::Duplicated, None, Some(source), Some(target.into()));
    }

    /// A target record is of no source record that is known.
    pub fn extra(&mut self, target: &Left, trimmed: bool) {
        let kind = if trimmed { FindingKind::TrimmedSource } else { FindingKind::Extra };
        *if trimmed { &mut self.counts.trimmed_source } else { &mut self.counts.extra } += 1;
        self.findings.add(kind, None, None, Some(At::from(target).into()));
        self.keep_extra(target.offset, target.timestamp, target.fingerprint);
    }

    /// Source records from `first` to `last`, visible neighbours, are not on the target: missing, pending or
    /// trimmed.
    pub fn lacks(&mut self, kind: FindingKind, first: At, last: At) {
        let count = last.number - first.number + 1;
        *match kind {
            FindingKind::Pending => &mut self.counts.pending,
            FindingKind::TrimmedTarget => &mut self.counts.trimmed_target,
            _ => &mut self.counts.missing,
        } += count;
        self.findings.add_stretch(kind, first.into(), last.into(), count);
    }

    fn keep_extra(&mut self, offset: i64, timestamp: i64, fingerprint: Fingerprint) {
        if self.differences.extras.len() < limits::EXTRAS_KEPT {
            self.differences.extras.push(Extra { offset, timestamp, fingerprint });
        } else {
            self.differences.overflowed = true;
        }
    }

    fn arrived(&mut self, source: At) {
        if self.frontier.is_none_or(|last| last < source.number) {
            self.frontier = Some(source.number);
            self.differences.frontier = Some(source.offset);
        }
    }

    fn comes_from(&mut self, target: At, source: i64, is_copy: bool) {
        if self.tip.is_none_or(|last| last < target.number) {
            self.tip = Some(target.number);
            self.differences.repeating = is_copy.then_some(source);
        }
    }
}

/// Adds a pair to a list of runs, as a new run unless it continues the last one. False when the list is full.
fn push_run(runs: &mut Vec<Run>, source: i64, target: i64, capacity: usize) -> bool {
    if let Some(run) = runs.last_mut()
        && source == run.source + run.length
        && target == run.target + run.length
    {
        run.length += 1;
        return true;
    }
    if runs.len() == capacity {
        return false;
    }
    runs.push(Run { source, target, length: 1 });
    true
}
