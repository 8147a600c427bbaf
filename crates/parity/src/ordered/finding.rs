use crate::image::Field;

/// A stretch of records about which there is one thing to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub kind: FindingKind,
    /// Records; at most as many as the span has offsets.
    pub count: u64,
    /// First and last source offset, both included.
    pub source: Option<(i64, i64)>,
    /// First and last target offset, both included.
    pub target: Option<(i64, i64)>,
    /// What was altered.
    pub field: Option<Field>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    Missing,
    Altered,
    Duplicated,
    Extra,
    Reordered,
    Pending,
    TrimmedSource,
    TrimmedTarget,
    Diverged,
}

impl FindingKind {
    pub const ALL: [FindingKind; 9] = [
        FindingKind::Missing,
        FindingKind::Altered,
        FindingKind::Duplicated,
        FindingKind::Extra,
        FindingKind::Reordered,
        FindingKind::Pending,
        FindingKind::TrimmedSource,
        FindingKind::TrimmedTarget,
        FindingKind::Diverged,
    ];

    /// The word of the JSON contract.
    pub fn name(self) -> &'static str {
        match self {
            FindingKind::Missing => "missing",
            FindingKind::Altered => "altered",
            FindingKind::Duplicated => "duplicated",
            FindingKind::Extra => "extra",
            FindingKind::Reordered => "reordered",
            FindingKind::Pending => "pending",
            FindingKind::TrimmedSource => "trimmed_source",
            FindingKind::TrimmedTarget => "trimmed_target",
            FindingKind::Diverged => "diverged",
        }
    }
}

/// A repeated block may step over this many offsets of markers on the source and stay one finding.
const MARKERS_BETWEEN: i64 = 16;

/// Where a record stands: its number among the visible records read, where that is known, and its offset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub number: Option<u64>,
    pub offset: i64,
}

/// Findings put together record by record: neighbours of a kind become one span.
#[derive(Debug)]
pub(super) struct Findings {
    list: Vec<Finding>,
    capacity: usize,
    omitted: u64,
    /// Per kind: the finding added to last.
    open: [Option<Open>; 9],
}

/// A finding that may still grow: its place in the list, and where its last record stands.
type Open = (usize, Option<Place>, Option<Place>);

impl Findings {
    pub fn new(capacity: usize) -> Self {
        Findings { list: Vec::new(), capacity, omitted: 0, open: [None; 9] }
    }

    /// Adds one record, to the last finding of its kind if it is that one's neighbour on every side it has.
    pub fn add(
        &mut self,
        kind: FindingKind,
        field: Option<Field>,
        source: Option<Place>,
        target: Option<Place>,
    ) {
        let open = &mut self.open[kind as usize];
        if let Some((at, last_source, last_target)) = open
            && self.list[*at].field == field
            && follows(*last_source, source)
            && follows(*last_target, target)
        {
            let finding = &mut self.list[*at];
            finding.count += 1;
            let extend = |span: &mut Option<(i64, i64)>, place: Option<Place>| {
                *span = span.zip(place).map(|((first, _), place)| (first, place.offset));
            };
            extend(&mut finding.source, source);
            extend(&mut finding.target, target);
            (*last_source, *last_target) = (source, target);
            return;
        }
        let span = |place: Option<Place>| place.map(|place| (place.offset, place.offset));
        let finding = Finding { kind, count: 1, source: span(source), target: span(target), field };
        if let Some(at) = self.push(finding) {
            self.open[kind as usize] = Some((at, source, target));
        }
    }

    /// Adds neighbouring source records at once.
    pub fn add_stretch(&mut self, kind: FindingKind, first: Place, last: Place, count: u64) {
        let omitted = self.omitted;
        self.add(kind, None, Some(first), None);
        if let Some((at, source, _)) = &mut self.open[kind as usize]
            && self.omitted == omitted
        {
            let finding = &mut self.list[*at];
            finding.count += count - 1;
            finding.source = finding.source.map(|(first, _)| (first, last.offset));
            *source = Some(last);
        }
    }

    /// Adds a finding that is whole.
    pub fn push(&mut self, finding: Finding) -> Option<usize> {
        self.open[finding.kind as usize] = None;
        if self.list.len() == self.capacity {
            self.omitted += 1;
            return None;
        }
        self.list.push(finding);
        Some(self.list.len() - 1)
    }

    /// The findings in the order of their source offsets, and how many there was no room for.
    pub fn finish(mut self) -> (Vec<Finding>, u64) {
        self.list.sort_by_key(|finding| {
            let first = |span: Option<(i64, i64)>| span.map_or(i64::MAX, |span| span.0);
            (first(finding.source), first(finding.target), finding.kind)
        });
        (self.list, self.omitted)
    }
}

/// Whether `next` is the visible record behind `last` (or both sides are absent).
fn follows(last: Option<Place>, next: Option<Place>) -> bool {
    match (last, next) {
        (None, None) => true,
        (Some(last), Some(next)) => match (last.number, next.number) {
            (Some(before), Some(number)) => number == before + 1,
            _ => (1..=MARKERS_BETWEEN).contains(&(next.offset - last.offset)),
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: u64, offset: i64) -> Option<Place> {
        Some(Place { number: Some(number), offset })
    }

    #[test]
    fn neighbours_become_one_span_even_across_holes() {
        let mut findings = Findings::new(10);
        for (number, offset) in [(3, 30), (4, 45), (6, 60)] {
            findings.add(FindingKind::Missing, None, place(number, offset), None);
        }
        let (list, omitted) = findings.finish();
        let spans: Vec<_> = list.iter().map(|finding| (finding.count, finding.source)).collect();
        assert_eq!((spans, omitted), (vec![(2, Some((30, 45))), (1, Some((60, 60)))], 0));
    }

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let mut findings = Findings::new(2);
        for number in [1, 3, 5, 7] {
            findings.add(FindingKind::Extra, None, None, place(number, number as i64));
        }
        assert_eq!(findings.finish().1, 2);
    }
}
