use parity::memory::{Entry, MemoryLog};
use parity::translate::{Anchor, Options, Outcome, Point, Translation, Why, translate};
use parity::{Bounds, PartitionLog};

use crate::cases;
use crate::census::bytes;
use crate::counts::compare;
use crate::dice::Dice;
use crate::oracle::Oracle;
use crate::world::{Climate, World};

fn bounds(log: &MemoryLog) -> (Bounds, i64) {
    let mut log = log.clone();
    let bounds = log.bounds().expect("a log in memory knows its bounds");
    (bounds, bounds.end(log.isolation()))
}

/// Commits anywhere, beyond the bounds included; target commits anywhere, often at the right place.
pub fn points(world: &World, oracle: &Oracle, dice: &mut Dice) -> Vec<Point> {
    let any = |log: &MemoryLog, dice: &mut Dice| {
        let (bounds, end) = bounds(log);
        bounds.log_start - 1 + dice.below((end - bounds.log_start) as usize + 3) as i64
    };
    (0..1 + dice.below(6))
        .map(|_| {
            let committed = (!dice.percent(2)).then(|| any(&world.source, dice));
            let places = committed.map_or(vec![], |committed| oracle.places(committed));
            let target_committed = match dice.below(10) {
                0 => None,
                1..=4 if !places.is_empty() => Some(*dice.pick(&places)),
                5 => Some(bounds(&world.target).1),
                _ => Some(any(&world.target, dice)),
            };
            Point { committed, target_committed }
        })
        .collect()
}

fn answers(world: &World, points: &[Point], anchors: &[Anchor], options: &Options) -> Vec<Translation> {
    let (mut source, mut target) = (world.source.clone(), world.target.clone());
    translate(&mut source, &mut target, points, anchors, options)
}

/// With one seed alone: what the world looks like.
fn show(oracle: &Oracle, points: &[Point], answers: &[Translation]) {
    if std::env::var("PARITY_SEED").is_ok() {
        eprintln!("{}arrived {}\n{points:#?}\n{answers:#?}", oracle.sketch(), oracle.arrived);
    }
}

/// What holds of any answer, whatever was read.
fn is_sound(world: &World, oracle: &Oracle, point: &Point, answer: &Translation, all_differ: bool) {
    let explained = match answer.outcome {
        Outcome::Exact => answer.why.is_none(),
        Outcome::Replay | Outcome::Skip => answer.size.is_some() != answer.why.is_some(),
        Outcome::Ambiguous | Outcome::Untranslated | Outcome::Unprovable => {
            answer.why.is_some() && answer.size.is_none()
        }
    };
    assert!(explained, "{point:?} {answer:?}");
    let of_nobody = answer.outcome == Outcome::Untranslated && answer.exact_target.is_some();
    let told = answer.proof.is_some() != answer.unproved.is_some();
    assert!(told || !of_nobody, "a place is proved or it is said why not: {point:?} {answer:?}");
    if answer.outcome == Outcome::Unprovable {
        assert_eq!(answer.exact_target, None);
    }
    if let Some(exact) = answer.exact_target {
        let (bounds, end) = bounds(&world.target);
        assert!((bounds.log_start..=end).contains(&exact), "{answer:?}");
    }
    if let (Some(_), Some(committed)) = (answer.proof, point.committed) {
        // A proved place is exact for whoever goes on there, wherever the group stands now.
        let exact = answer.exact_target.expect("what is proved is known");
        if all_differ {
            let meaning = oracle.meaning(committed, exact);
            assert_eq!((meaning.skipped, meaning.replayed), (0, 0), "{point:?} {answer:?}");
            assert!(!oracle.is_behind(committed), "{point:?} {answer:?}");
        } else {
            assert!(oracle.may_be_exact(committed, exact), "{point:?} {answer:?}");
        }
    }
    if let (Outcome::Exact, None) = (answer.outcome, point.committed) {
        // Without a commit on the source only the end of an empty log is the same place as that of another.
        for side in [&world.source, &world.target] {
            let bounds = bounds(side).0;
            assert_eq!(bounds.log_start, bounds.high_watermark, "{point:?} {answer:?}");
        }
        assert_eq!(point.target_committed, Some(bounds(&world.target).0.high_watermark));
        return;
    }
    if answer.outcome == Outcome::Exact {
        let (Some(committed), Some(at)) = (point.committed, point.target_committed) else {
            panic!("{point:?}")
        };
        if all_differ {
            // What an open transaction has brought behind the exact place is not passed by either.
            let exact = answer.exact_target.expect("there is one");
            let (source, end) = bounds(&world.source);
            let decided = world.source.clone().open_from(source.high_watermark);
            for undecided in decided.visible().filter(|image| image.offset >= end).map(|image| bytes(&image))
            {
                let places = || oracle.target.iter().filter(|seen| seen.image == undecided);
                let passed =
                    places().next().is_some() && places().all(|seen| (exact..at).contains(&seen.offset));
                assert!(!passed, "{point:?} {answer:?}");
            }
            let meaning = oracle.meaning(committed, at);
            assert_eq!((meaning.skipped, meaning.replayed), (0, 0), "{point:?} {answer:?}");
            assert!(!oracle.is_behind(committed), "{point:?} {answer:?}");
        } else {
            assert!(oracle.may_be_exact(committed, at), "{point:?} {answer:?}");
        }
    }
}

/// What holds besides when all images differ and everything was compared.
fn is_complete(world: &World, oracle: &Oracle, point: &Point, answer: &Translation) {
    let context = || format!("{point:?} {answer:?}");
    let (source, end) = bounds(&world.source);
    let (target, target_end) = bounds(&world.target);
    let Some(committed) = point.committed.filter(|at| (source.log_start..=end).contains(at)) else {
        // The end of what is empty on both sides was held against the bounds already.
        let at_an_empty_end = point.committed.is_none() && answer.outcome == Outcome::Exact;
        assert!(at_an_empty_end || answer.outcome == Outcome::Unprovable, "{}", context());
        return;
    };
    let usable = point.target_committed.filter(|at| (target.log_start..=target_end).contains(at));
    if oracle.source.is_empty() {
        let right = oracle.target.is_empty() && point.target_committed == Some(target_end);
        assert_eq!(answer.outcome, if right { Outcome::Exact } else { Outcome::Unprovable });
        return;
    }
    let behind = oracle.is_behind(committed);
    let Some(at) = usable else {
        assert_eq!(answer.outcome, Outcome::Untranslated, "{}", context());
        assert!(
            behind || answer.exact_target.is_some() || oracle.places(committed).is_empty(),
            "{}",
            context()
        );
        return;
    };
    if let Some(Why::LastLost { last, .. }) = answer.why {
        let image = oracle.source.iter().find(|seen| seen.offset == last).map(|seen| &seen.image);
        assert!(oracle.target.iter().all(|seen| Some(&seen.image) != image), "{}", context());
        return;
    }
    let in_common =
        oracle.source.iter().any(|ours| oracle.target.iter().any(|seen| seen.image == ours.image));
    if behind || (!in_common && (target.log_start > 0 || target_end > 0)) {
        assert_eq!(answer.outcome, Outcome::Unprovable, "{}", context());
        return;
    }
    let meaning = oracle.meaning(committed, at);
    let (outcome, records, size) = match (meaning.skipped, meaning.replayed) {
        (0, 0) => (Outcome::Exact, 0, (0, 0)),
        (0, replayed) => (Outcome::Replay, replayed, meaning.replayed_size),
        (skipped, _) => (Outcome::Skip, skipped, meaning.skipped_size),
    };
    match (&answer.why, answer.outcome) {
        (
            Some(Why::InsideRepetition { .. } | Why::OlderThanSource { .. } | Why::OpenTransaction { .. }),
            Outcome::Ambiguous,
        ) => {
            assert_eq!(outcome, Outcome::Exact, "{}", context());
        }
        _ => {
            assert_eq!(answer.outcome, outcome, "{}", context());
            let found = answer.size.expect("measured");
            assert_eq!((found.records, found.bytes, found.event_time_ms()), (records, size.0, size.1));
        }
    }
    // The position offered is as good as any.
    let exact = answer.exact_target.expect("there is one");
    let cost = |at: i64| {
        let meaning = oracle.meaning(committed, at);
        (meaning.skipped, meaning.replayed)
    };
    if let Some(best) = oracle.places(committed).into_iter().map(cost).min() {
        // Better than at any twin of the first record it is only where it is exact, among records out of order.
        assert!(cost(exact) == best || cost(exact) == (0, 0), "{}", context());
    }
}

#[test]
fn whatever_is_called_exact_is_and_distinct_records_leave_nothing_open() {
    cases::run("whole", 6_000, |seed| {
        let mut dice = Dice::new(seed);
        let climate = Climate::any(&mut dice);
        let world = World::new(&climate, &mut dice);
        let mut oracle = Oracle::new(&world.source, &world.target);
        // A last record that has arrived altered has arrived; which ones are altered is for the comparison.
        let compared = compare(&world, &parity::ordered::Options::default());
        if let Some(last) = compared.differences.altered.last() {
            let up_to = oracle.source.iter().filter(|seen| seen.offset <= last.0).count();
            oracle.arrived = oracle.arrived.max(up_to);
        }
        let points = points(&world, &oracle, &mut dice);
        let found = answers(&world, &points, &[], &Options::default());
        assert_eq!(found.len(), points.len());
        show(&oracle, &points, &found);
        for (point, answer) in points.iter().zip(&found) {
            is_sound(&world, &oracle, point, answer, climate.alphabet == 0);
            if climate.alphabet == 0 {
                is_complete(&world, &oracle, point, answer);
            }
        }
        // One at a time the answers are the same; of identical records it may be another one that is meant.
        let one = answers(&world, &points[..1], &[], &Options::default());
        if climate.alphabet == 0 {
            assert_eq!(one[0], found[0]);
        } else {
            is_sound(&world, &oracle, &points[0], &one[0], false);
        }
    });
}

#[test]
fn found_from_the_middle_distinct_records_leave_nothing_open_either() {
    cases::run("middle", 6_000, |seed| {
        let mut dice = Dice::new(seed);
        let climate = Climate::any(&mut dice);
        let world = World::new(&climate, &mut dice);
        let oracle = Oracle::new(&world.source, &world.target);
        let points = points(&world, &oracle, &mut dice);
        let options = Options { whole_bytes: 0, ..Options::default() };
        let found = answers(&world, &points, &[], &options);
        show(&oracle, &points, &found);
        let whole = answers(&world, &points, &[], &Options::default());
        for ((point, answer), whole) in points.iter().zip(&found).zip(&whole) {
            is_sound(&world, &oracle, point, answer, climate.alphabet == 0);
            if climate.alphabet == 0 {
                let context = || format!("{point:?}\nmiddle {answer:?}\nwhole {whole:?}");
                assert_eq!(answer.outcome, whole.outcome, "{}", context());
                assert_eq!(answer.size, whole.size, "{}", context());
            }
        }
    });
}

#[test]
fn a_narrow_look_ahead_never_makes_anything_exact_that_is_not() {
    cases::run("narrow positions", 4_000, |seed| {
        let mut dice = Dice::new(seed);
        let climate = Climate::any(&mut dice);
        let world = World::new(&climate, &mut dice);
        let oracle = Oracle::new(&world.source, &world.target);
        let points = points(&world, &oracle, &mut dice);
        let options = Options {
            window_records: *dice.pick(&[1, 3, 10, 40]),
            window_bytes: *dice.pick(&[1, 500, 1 << 20]),
            ..Options::default()
        };
        let found = answers(&world, &points, &[], &options);
        show(&oracle, &points, &found);
        for (point, answer) in points.iter().zip(&found) {
            is_sound(&world, &oracle, point, answer, climate.alphabet == 0);
        }
    });
}

#[test]
fn a_small_read_budget_never_makes_anything_exact_that_is_not() {
    cases::run("budget", 6_000, |seed| {
        let mut dice = Dice::new(seed);
        let climate = Climate::any(&mut dice);
        let world = World::new(&climate, &mut dice);
        let oracle = Oracle::new(&world.source, &world.target);
        let points = points(&world, &oracle, &mut dice);
        let anchors: Vec<Anchor> = (0..dice.below(3))
            .map(|_| Anchor { source: dice.below(300) as i64, target: dice.below(300) as i64 })
            .collect();
        let options = Options {
            read_bytes: *dice.pick(&[0, 100, 1_000, 5_000, 1 << 20]),
            whole_bytes: 0,
            // Sampling is arithmetic, which a loss and a repetition together can fool.
            samples: 0,
            ..Options::default()
        };
        let found = answers(&world, &points, &anchors, &options);
        show(&oracle, &points, &found);
        for (point, answer) in points.iter().zip(&found) {
            is_sound(&world, &oracle, point, answer, climate.alphabet == 0);
        }
    });
}

/// That nobody has committed there says nothing of the place.
#[test]
fn a_place_that_is_not_proved_names_its_own_reason() {
    let records: Vec<Entry> =
        (0..20).map(|n| Entry::new(1_000 + n, format!("k{n}"), format!("v{n}"))).collect();
    let unproved = |change: fn(&mut Vec<Entry>), whole_bytes: Option<u64>| {
        let mut copied = records.clone();
        change(&mut copied);
        let (mut source, mut target) = (MemoryLog::of(records.clone()), MemoryLog::of(copied));
        let options = match whole_bytes {
            Some(whole_bytes) => Options { whole_bytes, read_bytes: 10, ..Options::default() },
            None => Options::default(),
        };
        let point = Point { committed: Some(10), target_committed: None };
        let found = translate(&mut source, &mut target, &[point], &[], &options).remove(0);
        assert_eq!((found.outcome, found.exact_target), (Outcome::Untranslated, Some(10)));
        assert_eq!((found.why, found.proof.is_some()), (Some(Why::NotCommitted), found.unproved.is_none()));
        found.unproved
    };
    assert_eq!(unproved(|_| {}, None), None);
    let again = |copied: &mut Vec<Entry>| copied.extend_from_within(4..7);
    assert_eq!(unproved(again, None), Some(Why::ComesAgain { records: 3 }));
    let lost = |copied: &mut Vec<Entry>| drop(copied.remove(15));
    assert!(matches!(unproved(lost, None), Some(Why::Lost { .. })));
    let far = unproved(|_| {}, Some(0));
    assert!(
        matches!(&far, Some(Why::TailUnproved { detail }) if detail.contains("more than may be read")),
        "{far:?}"
    );
}
