//! Random mistakes over random streams, and random streams without any, on real clusters: each seed is a case.
//!
//! `SEEDS=n` runs n seeds with mistakes, `CLEAN=n` n without, `SEED=n` that one alone.

use lab::{Produce, Topic};

use crate::Case;
use crate::ask::{self, compare, stands};
use crate::dice::Dice;
use crate::labs::{await_end, lab, topic_on_both};
use crate::ledger::Ledger;
use crate::replica::{Change, Replica};

/// Seeds with mistakes in `make test`.
const SEEDS: u64 = 3;
/// Seeds without.
const CLEAN: u64 = 1;

const PARTITIONS: i32 = 3;
/// Faithful records between two mistakes: enough that each is an anchor of its own.
const CALM: usize = 60;
const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

/// The seeds asked for.
pub fn cases() -> Vec<Case> {
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let of = |name: &str, count: u64| match variable("SEED") {
        Some(seed) => seed..=seed,
        None => 1..=variable(name).unwrap_or(count),
    };
    let faulty = of("SEEDS", SEEDS)
        .map(|seed| Case::new(&format!("seeded::mistakes_of_seed_{seed}"), false, move || mistakes(seed)));
    let clean = of("CLEAN", CLEAN)
        .map(|seed| Case::new(&format!("seeded::no_mistake_in_seed_{seed}"), true, move || no_mistake(seed)));
    faulty.chain(clean).collect()
}

/// Copies a random number of records, in transactions or not.
fn calm(replica: &mut Replica, dice: &mut Dice, least: usize, exactly_once: bool) {
    while replica.calm() < least {
        let count = 1 + dice.below(300);
        if dice.percent(20) { replica.transaction(count, exactly_once) } else { replica.copy(count) }
    }
}

fn mistake(replica: &mut Replica, dice: &mut Dice) {
    let count = 1 + dice.below(20);
    match dice.below(7) {
        0 => replica.lose(count),
        1 => replica.alter(Change::ALL[dice.below(Change::ALL.len())]),
        2 => replica.swap(),
        3 => replica.repeat(count),
        4 => replica.foreign(count),
        5 => replica.abort(count, true),
        _ => replica.abort(count, false),
    }
}

fn mistakes(seed: u64) {
    let mut dice = Dice::new(seed);
    let case = lab().case(&format!("seed{seed}"));
    let topic = topic_on_both(&case, "orders", PARTITIONS);
    let exactly_once = dice.percent(30);
    let how = Produce { compression: CODECS[dice.below(CODECS.len())].to_owned(), ..Produce::default() };
    let mut ledger = Ledger::default();
    let mut replicas = Vec::new();
    for partition in 0..PARTITIONS {
        let mut replica = Replica::new(partition);
        for _ in 0..dice.below(12) {
            calm(&mut replica, &mut dice, CALM, exactly_once);
            mistake(&mut replica, &mut dice);
        }
        // So that nothing lacking can be taken for what is still to come.
        calm(&mut replica, &mut dice, 10 * CALM, exactly_once);
        replica.write(case.source(), case.target(), &topic, &how, &topic);
        ledger = ledger.with(replica.ledger());
        replicas.push(replica);
    }
    compare(&case, &topic, &ledger);
    for _ in 0..6 {
        let replica = &replicas[0];
        let committed =
            i64::try_from(dice.below(usize::try_from(replica.source_next()).unwrap() + 1)).unwrap();
        let near = replica.place(committed) + i64::try_from(dice.below(40)).unwrap() - 20;
        let at = near.clamp(0, replica.target_next());
        let (skipped, replayed) = replica.meaning(committed, at);
        let name = format!("hand.{topic}.{committed}.{at}");
        case.source().commit(&name, &[lab::Position::new(&topic, 0, committed)]).unwrap();
        case.target().commit(&name, &[lab::Position::new(&topic, 0, at)]).unwrap();
        let (outcome, records) = match (skipped, replayed) {
            (0, 0) => ("exact", 0),
            (0, replayed) => ("replay", replayed),
            (skipped, _) => ("skip", skipped),
        };
        let stand = &ask::group(&case, &name, i32::from(outcome != "exact"))[0];
        assert_eq!((&stand["outcome"], &stand["records"]), (&outcome.into(), &records.into()), "{stand:#}");
    }
}

/// MirrorMaker copies what a random producer writes, and there is nothing to say about it.
fn no_mistake(seed: u64) {
    let mut dice = Dice::new(seed.wrapping_add(1 << 32));
    let case = lab().case(&format!("clean-seed{seed}"));
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let how = Produce { compression: CODECS[dice.below(CODECS.len())].to_owned(), ..Produce::default() };
    let mut written = Replica::new(0);
    for _ in 0..1 + dice.below(12) {
        calm(&mut written, &mut dice, CALM, false);
        if dice.percent(50) {
            written.abort(1 + dice.below(50), false);
        }
    }
    written.write_source_only(case.source(), &topic, &how, &topic);
    let count = written.ledger().matched;
    await_end(&case, &topic, i64::try_from(count).unwrap());
    compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(count) });
    for _ in 0..4 {
        let committed =
            i64::try_from(dice.below(usize::try_from(written.source_next()).unwrap() + 1)).unwrap();
        let at = written.place(committed);
        stands(&case, &topic, committed, at, &ask::exact(at));
    }
}
