//! Records that were born on the target, between copies: declared, they are left out, and delivered to nobody.

use super::{case, connect, patience};
use kafka::Cluster;
use kafka::observe::{Clusters, Cuts};
use lab::{Case, Position, Produce, Record, Topic};
use runbook::Side;
use runbook::world::{
    BornSpan, ContentCounts, ContentSeen, DrainedSeen, Isolation, Measured, Outcome, PartitionPosition,
    Place, Probe, RecordCounts, Twin,
};
use std::sync::Arc;

/// What was copied before and behind, and what was born between.
const BEFORE: i64 = 600;
const BORN: i64 = 150;
const BEHIND: i64 = 400;

struct Bench {
    case: Case<'static>,
    topic: String,
    source: Arc<Cluster>,
    target: Arc<Cluster>,
    cuts: Cuts,
}

fn records(from: i64, to: i64) -> impl Iterator<Item = Record> {
    (from..to).map(|n| Record::value(format!("copied {n}")).to(0).at(1_700_000_000_000 + n))
}

impl Bench {
    /// The source in one piece, and the target with records of its own in the midst; nothing behind where `behind` is 0.
    fn new(name: &str, behind: i64) -> Bench {
        let case = case(name);
        let topic = case.name("orders");
        for side in [case.source(), case.target()] {
            side.create_topic(&Topic::new(&topic)).unwrap();
            side.produce(&topic, records(0, BEFORE), &Produce::default()).unwrap();
        }
        let born = (0..BORN)
            .map(|n| Record::value(format!("born {n}")).to(0).at(1_700_000_000_000 + BEFORE + n / 2));
        case.target().produce(&topic, born, &Produce::default()).unwrap();
        for side in [case.source(), case.target()] {
            side.produce(&topic, records(BEFORE, BEFORE + behind), &Produce::default()).unwrap();
        }
        let (source, target) = (Arc::new(connect(case.source())), Arc::new(connect(case.target())));
        Bench { case, topic, source, target, cuts: Cuts::default() }
    }

    fn without(&self, from: i64, to: i64) -> Vec<BornSpan> {
        vec![BornSpan { topic: self.topic.clone(), partition: 0, from, to }]
    }

    fn exactly(&self) -> Vec<BornSpan> {
        self.without(BEFORE, BEFORE + BORN)
    }

    fn observe(&self, max_read: u64, probe: &Probe) -> Measured {
        let clusters =
            Clusters { max_read, cuts: Some(&self.cuts), ..super::clusters(&self.source, &self.target) };
        clusters.observe(probe, &patience()).unwrap().unwrap().measured
    }

    fn content(&self, without: Vec<BornSpan>) -> (RecordCounts, ContentSeen) {
        let probe = Probe::Content {
            topic: self.topic.clone(),
            isolation: Isolation::ReadCommitted,
            ignore_headers: Vec::new(),
            settle_ms: 500,
            sample: None,
            without,
        };
        let Measured::Content(seen) = self.observe(0, &probe) else { panic!("another answer") };
        let ContentCounts::Records(counts) = seen.partitions[0].counts else { panic!("compared by key") };
        (counts, seen)
    }

    /// Of a group with these commits.
    fn position(&self, at: (i64, Option<i64>), max_read: u64, without: Vec<BornSpan>) -> PartitionPosition {
        let group = self.case.name(&format!("g{}-{}", at.0, at.1.unwrap_or(-1)));
        self.case.source().commit(&group, &[Position::new(&self.topic, 0, at.0)]).unwrap();
        if let Some(at) = at.1 {
            self.case.target().commit(&group, &[Position::new(&self.topic, 0, at)]).unwrap();
        }
        let topics = vec![self.topic.clone()];
        let probe =
            Probe::Positions { group, topics, isolation: Isolation::ReadCommitted, without, begins: None };
        let Measured::Positions(seen) = self.observe(max_read, &probe) else { panic!("another answer") };
        seen.partitions[0].clone()
    }

    fn twin(&self, offset: i64, toward: Side, without: Vec<BornSpan>) -> Twin {
        let places = vec![Place { topic: self.topic.clone(), partition: 0, offset }];
        let probe = Probe::Twins { places, isolation: Isolation::ReadCommitted, toward, without };
        let Measured::Twins(seen) = self.observe(MUCH, &probe) else { panic!("another answer") };
        seen.twins[0].clone()
    }

    fn drained(&self, without: Vec<BornSpan>) -> DrainedSeen {
        let probe = Probe::Drained {
            topics: vec![self.topic.clone()],
            isolation: Isolation::ReadCommitted,
            ignore_headers: Vec::new(),
            within_ms: 500,
            over_ms: 100,
            without,
        };
        let Measured::Drained(seen) = self.observe(0, &probe) else { panic!("another answer") };
        seen
    }
}

const MUCH: u64 = 64 << 20;

#[test]
fn exactly_what_was_born_is_left_out_and_one_more_or_less_is_found() {
    let bench = Bench::new("left-out", BEHIND);
    let differences = |counts: &RecordCounts| (counts.matched, counts.missing, counts.extra, counts.altered);
    let all = u64::try_from(BEFORE + BEHIND).unwrap();

    let (counts, seen) = bench.content(Vec::new());
    assert_eq!((counts.matched, counts.missing, counts.extra), (all, 0, 150), "{seen:?}");
    let (counts, seen) = bench.content(bench.exactly());
    assert_eq!(differences(&counts), (all, 0, 0, 0), "{seen:?}");
    assert!(seen.partitions[0].findings.is_empty() && seen.partitions[0].incomplete.is_none());
    assert_eq!(counts.target_records, all);
    // What was found equal with other spans left out is not gone on from.
    let (counts, seen) = bench.content(Vec::new());
    assert_eq!((counts.extra, counts.matched), (150, all), "{seen:?}");

    // One short: one foreign record. One long: one lost one.
    let (counts, _) = bench.content(bench.without(BEFORE, BEFORE + BORN - 1));
    assert_eq!(differences(&counts), (all, 0, 1, 0));
    let (counts, _) = bench.content(bench.without(BEFORE + 1, BEFORE + BORN));
    assert_eq!(differences(&counts), (all, 0, 1, 0));
    let (counts, seen) = bench.content(bench.without(BEFORE, BEFORE + BORN + 1));
    assert_eq!(differences(&counts), (all - 1, 1, 0, 0), "{seen:?}");
    assert_eq!(seen.partitions[0].findings[0].source, Some([BEFORE, BEFORE]));
    let (counts, seen) = bench.content(bench.without(BEFORE - 1, BEFORE + BORN));
    assert_eq!(differences(&counts), (all - 1, 1, 0, 0), "{seen:?}");
    assert_eq!(seen.partitions[0].findings[0].source, Some([BEFORE - 1, BEFORE - 1]));
}

#[test]
fn a_position_before_them_is_never_exact_and_one_behind_them_is() {
    let bench = Bench::new("born-positions", BEHIND);
    let end = BEFORE + BORN;
    let place = |position: &PartitionPosition| {
        (position.outcome, position.exact_target, position.target_born, position.target_born_at_exact)
    };
    // Both with everything compared, and with so little read that only places are.
    for max_read in [MUCH, 6_000] {
        let near = (max_read == MUCH).then_some(BEFORE + 1);
        for source in near.into_iter().chain([BEFORE + 100, BEFORE + BEHIND]) {
            let position = bench.position((source, Some(source + BORN)), max_read, bench.exactly());
            assert_eq!(place(&position), (Outcome::Exact, Some(source + BORN), None, None), "{position:#?}");
            assert!(position.exact_proved, "{position:#?}");
        }
        // Before it there is no place to land on.
        for source in [0, 1, BEFORE - 50, BEFORE - 1] {
            let position = bench.position((source, Some(source)), max_read, bench.exactly());
            assert_eq!(
                (position.target_born, position.target_born_at_exact),
                (Some(150), Some(150)),
                "{position:#?}"
            );
            assert!(position.outcome == Outcome::Unprovable && !position.exact_proved, "{position:#?}");
            let why = position.why.as_deref().unwrap_or_default();
            assert!(why.contains("150 records born on the target lie behind the exact position"), "{why}");
            let position = bench.position((source, None), max_read, bench.exactly());
            assert!(position.outcome == Outcome::Untranslated && !position.exact_proved, "{position:#?}");
        }
    }
    // The boundary is the span itself: behind it is exact, before it and in it so many come that are foreign.
    let position = bench.position((BEFORE, Some(end)), MUCH, bench.exactly());
    assert_eq!(place(&position), (Outcome::Exact, Some(end), None, None), "{position:#?}");
    for (at, born) in [(BEFORE, 150), (BEFORE + 50, 100), (end - 1, 1)] {
        let position = bench.position((BEFORE, Some(at)), MUCH, bench.exactly());
        let wanted = (Outcome::Unprovable, Some(end), Some(born), None);
        assert_eq!(place(&position), wanted, "at {at}: {position:#?}");
        assert!(position.exact_proved, "{position:#?}");
    }
    let twin = bench.twin(BEFORE, Side::Target, bench.exactly());
    assert_eq!((twin.target, twin.proved), (Some(end), true), "{twin:?}");
    let twin = bench.twin(BEFORE - 1, Side::Target, bench.exactly());
    assert!(!twin.proved && twin.why.as_deref().unwrap_or_default().contains("150 records born"), "{twin:?}");
    let twin = bench.twin(end + 7, Side::Source, bench.exactly());
    assert_eq!((twin.target, twin.proved), (Some(BEFORE + 7), true), "{twin:?}");
}

#[test]
fn at_the_end_of_the_log_the_place_is_behind_them() {
    let bench = Bench::new("born-at-the-end", 0);
    let end = BEFORE + BORN;
    let position = bench.position((BEFORE, Some(BEFORE)), MUCH, bench.exactly());
    assert_eq!((position.outcome, position.target_born), (Outcome::Unprovable, Some(150)), "{position:#?}");
    assert_eq!((position.exact_target, position.exact_proved), (Some(end), true), "{position:#?}");
    let position = bench.position((BEFORE, Some(end)), MUCH, bench.exactly());
    assert_eq!((position.outcome, position.target_born), (Outcome::Exact, None), "{position:#?}");
    let twin = bench.twin(BEFORE, Side::Target, bench.exactly());
    assert_eq!((twin.target, twin.proved), (Some(end), true), "{twin:?}");
    let (counts, _) = bench.content(bench.exactly());
    assert_eq!((counts.matched, counts.extra, counts.missing), (600, 0, 0));
    // The last copied record is found before them, and one that is hidden by a span too long is not.
    let last = |without| bench.drained(without).partitions[0].last.clone().unwrap();
    assert_eq!(last(bench.exactly()).target_offset, Some(BEFORE - 1));
    assert_eq!(last(bench.without(BEFORE - 1, end)).target_offset, None);
}

/// Who reads a compacted topic gets the latest value of a key, wherever it was born.
#[test]
fn of_a_compacted_topic_nothing_is_left_out() {
    let case = case("born-compacted");
    let topic = case.name("state");
    for side in [case.source(), case.target()] {
        side.create_topic(&Topic::new(&topic).config("cleanup.policy", "compact")).unwrap();
        let records =
            (0..10).map(|n| Record::keyed(format!("k{n}"), "copied").to(0).at(1_700_000_000_000 + n));
        side.produce(&topic, records, &Produce::default()).unwrap();
    }
    case.target().produce(&topic, [Record::keyed("k3", "born").to(0)], &Produce::default()).unwrap();
    let (source, target) = (Arc::new(connect(case.source())), Arc::new(connect(case.target())));
    let bench = Bench { case, topic, source, target, cuts: Cuts::default() };
    let probe = Probe::Content {
        topic: bench.topic.clone(),
        isolation: Isolation::ReadCommitted,
        ignore_headers: Vec::new(),
        settle_ms: 0,
        sample: None,
        without: bench.without(10, 11),
    };
    let Measured::Content(seen) = bench.observe(0, &probe) else { panic!("another answer") };
    let ContentCounts::Keys(counts) = seen.partitions[0].counts else { panic!("compared in order") };
    assert_eq!((counts.matching, counts.altered_keys), (9, 1), "{seen:?}");
}
