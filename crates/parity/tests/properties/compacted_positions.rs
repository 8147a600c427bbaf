//! Positions on compacted topics: compaction on either side at any time, lost and repeated records, against an oracle that
//! knows where every target record came from.

use parity::memory::{Entry, MemoryLog, Slot};
use parity::translate::{Options, Outcome, Point, Translation, translate};

use crate::cases;
use crate::dice::Dice;

/// A record that was written to the source once, whether or not it is still there.
struct Written {
    key: usize,
    tombstone: bool,
    /// Never goes back; two tombstones of a key never have the same.
    timestamp: i64,
}

struct World {
    written: Vec<Written>,
    /// Whether the source still has it.
    on_source: Vec<bool>,
    /// What was written to each target offset, and whether it is still there.
    on_target: Vec<(usize, bool)>,
    /// The source itself was compacted before it was copied, or records were lost or repeated.
    plain: bool,
}

/// Removes records of `log` before `dirty` for whose key a later one exists, and tombstones that stand for nothing any
/// more, each by chance.
fn compact(written: &[Written], log: &mut [(usize, bool)], dirty: usize, dice: &mut Dice) {
    for at in 0..dirty.min(log.len()) {
        let (origin, _) = log[at];
        let key = written[origin].key;
        let superseded = log[at + 1..].iter().any(|(later, _)| written[*later].key == key);
        let hides = log[..at].iter().any(|(other, there)| *there && written[*other].key == key);
        let expired = written[origin].tombstone && !hides;
        if (superseded && dice.percent(70)) || (expired && dice.percent(10)) {
            log[at].1 = false;
        }
    }
}

impl World {
    fn roll(dice: &mut Dice) -> World {
        let keys = 1 + dice.below(8);
        let mut timestamp = 1_000;
        let written: Vec<Written> = (0..5 + dice.below(60))
            .map(|_| {
                timestamp += dice.below(3) as i64;
                let tombstone = dice.percent(12);
                timestamp += i64::from(tombstone);
                Written { key: dice.below(keys), tombstone, timestamp }
            })
            .collect();
        let mut source: Vec<(usize, bool)> = (0..written.len()).map(|origin| (origin, true)).collect();
        let mut plain = true;
        if dice.percent(40) {
            let dirty = dice.below(written.len());
            compact(&written, &mut source, dirty, dice);
            plain &= source.iter().all(|(_, there)| *there);
        }
        let copied_to = written.len() - if dice.percent(30) { dice.below(written.len() / 2) } else { 0 };
        let mut target: Vec<(usize, bool)> = Vec::new();
        let lossy = dice.percent(25);
        let repeating = dice.percent(25);
        for (origin, there) in source.iter().take(copied_to) {
            if !there || (lossy && dice.percent(5)) {
                continue;
            }
            target.push((*origin, true));
            if repeating && dice.percent(6) {
                let from = target.len().saturating_sub(1 + dice.below(6));
                target.extend_from_within(from..);
                plain = false;
            }
        }
        plain &= !lossy && !repeating;
        for log in [&mut target, &mut source] {
            if dice.percent(75) {
                let dirty = dice.below(log.len() + 1);
                compact(&written, log, dirty, dice);
            }
        }
        World {
            written,
            on_source: source.into_iter().map(|(_, there)| there).collect(),
            on_target: target,
            plain,
        }
    }

    fn entry(&self, origin: usize) -> Entry {
        let written = &self.written[origin];
        let value = (!written.tombstone).then(|| format!("value-{origin}"));
        let entry = Entry::new(written.timestamp, format!("key-{}", written.key), "");
        Entry { value: value.map(String::into_bytes), ..entry }
    }

    fn source(&self) -> MemoryLog {
        let slot = |(origin, there): (usize, &bool)| {
            if *there { Slot::Record(self.entry(origin)) } else { Slot::Hole }
        };
        MemoryLog::new(self.on_source.iter().enumerate().map(slot).collect())
    }

    fn target(&self) -> MemoryLog {
        let slot = |(origin, there): &(usize, bool)| {
            if *there { Slot::Record(self.entry(*origin)) } else { Slot::Hole }
        };
        MemoryLog::new(self.on_target.iter().map(slot).collect())
    }

    /// What a reader at this target offset is given, by origin.
    fn given(&self, from: i64) -> Vec<usize> {
        let from = usize::try_from(from).expect("offsets are not negative");
        self.on_target[from..].iter().filter(|(_, there)| *there).map(|(origin, _)| *origin).collect()
    }

    /// The last record the source still has that stands on the target.
    fn frontier(&self) -> Option<usize> {
        self.given(0).into_iter().filter(|origin| self.on_source[*origin]).max()
    }

    fn repeats(&self, committed: usize, from: i64) -> bool {
        self.given(from).into_iter().any(|origin| origin < committed)
    }

    /// A record the group has not finished, that has arrived, and of whose key a reader here ends at something older.
    fn loses(&self, committed: usize, from: i64) -> bool {
        let Some(frontier) = self.frontier() else { return false };
        let given = self.given(from);
        (committed..=frontier).filter(|origin| self.on_source[*origin]).any(|origin| {
            let key = self.written[origin].key;
            let is_given = given.iter().any(|other| *other >= origin && self.written[*other].key == key);
            let comes = (frontier + 1..self.written.len())
                .any(|later| self.on_source[later] && self.written[later].key == key);
            !is_given && !comes
        })
    }

    /// A record the group has not finished stands on the target, but only before this place.
    fn passes_over(&self, committed: usize, from: i64) -> bool {
        let given = self.given(from);
        self.given(0)
            .into_iter()
            .any(|origin| origin >= committed && self.on_source[origin] && !given.contains(&origin))
    }
}

fn is_sound(world: &World, point: &Point, answer: &Translation) {
    let committed = usize::try_from(point.committed.expect("every point has a commit"))
        .expect("offsets are not negative");
    let context = || {
        let shown: Vec<String> = world
            .written
            .iter()
            .enumerate()
            .map(|(n, w)| format!("{n}:k{}@{}", w.key, w.timestamp))
            .collect();
        format!(
            "{point:?} {answer:?}\nwritten {shown:?}\nsource {:?}\ntarget {:?}",
            world.on_source, world.on_target
        )
    };
    let is_exact = |place: i64| {
        assert!(!world.repeats(committed, place), "a finished record comes again at {place}: {}", context());
        assert!(!world.loses(committed, place), "a key is lost at {place}: {}", context());
    };
    if answer.outcome == Outcome::Exact {
        is_exact(point.target_committed.expect("every point has one on the target"));
    }
    if answer.proof.is_some() {
        is_exact(answer.exact_target.expect("a proof is of a place"));
    }
    if answer.outcome == Outcome::Skip {
        let at = point.target_committed.expect("every point has one on the target");
        assert!(
            world.loses(committed, at) || world.passes_over(committed, at),
            "nothing is lost: {}",
            context()
        );
    }
    if answer.outcome == Outcome::Replay {
        assert!(
            world.repeats(committed, point.target_committed.expect("every point has one on the target")),
            "nothing comes again: {}",
            context()
        );
    }
}

fn points(world: &World, dice: &mut Dice) -> Vec<Point> {
    let end = world.on_target.len();
    (0..1 + dice.below(5))
        .map(|_| {
            let committed = dice.below(world.written.len() + 1);
            let right = world
                .on_target
                .iter()
                .position(|(origin, there)| *there && *origin >= committed)
                .unwrap_or(end);
            let target = match dice.below(6) {
                0 => None,
                1 => Some(dice.below(end + 1)),
                2 => Some(end),
                3 => Some(right.saturating_sub(dice.below(3))),
                _ => Some(right),
            };
            Point { committed: Some(committed as i64), target_committed: target.map(|at| at as i64) }
        })
        .collect()
}

fn check(seed: u64, options: impl Fn(&mut Dice) -> Options) -> (usize, usize) {
    let mut dice = Dice::new(seed);
    let world = World::roll(&mut dice);
    let points = points(&world, &mut dice);
    let options = Options { compacted: true, ..options(&mut dice) };
    let answers = translate(&mut world.source(), &mut world.target(), &points, &[], &options);
    let mut proved = 0;
    for (point, answer) in points.iter().zip(&answers) {
        is_sound(&world, point, answer);
        proved += usize::from(world.plain && answer.proof.is_some());
    }
    (proved, if world.plain { points.len() } else { 0 })
}

#[test]
fn neither_a_false_exact_nor_a_false_skip() {
    let sums = std::sync::Mutex::new((0, 0));
    cases::run("compacted_positions", 3_000, |seed| {
        let (proved, all) = check(seed, |_| Options::default());
        let mut sums = sums.lock().expect("no case panicked");
        *sums = (sums.0 + proved, sums.1 + all);
    });
    let (proved, all) = *sums.lock().expect("no case panicked");
    // Where nothing was lost or repeated and the source was copied before it was compacted, most can be told.
    assert!(all < 1_000 || proved * 2 > all, "{proved} of {all} proved");
}

#[test]
fn nor_where_little_may_be_read() {
    cases::run("compacted_positions_far", 2_000, |seed| {
        check(seed, |dice| Options {
            whole_bytes: 0,
            read_bytes: dice.below(3_000) as u64,
            samples: dice.below(4),
            ..Options::default()
        });
    });
}
