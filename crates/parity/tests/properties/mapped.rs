use parity::ordered::{Breakpoints, Options, align};
use parity::translate::{Aligned, Cut, Translation};

use crate::cases;
use crate::dice::Dice;
use crate::world::{Climate, World};

/// Both ways to judge a position agree: by counting alone, and by measuring every record range.
#[test]
fn counting_without_the_log_tells_what_measuring_tells() {
    cases::run("mapped", 1_000, |seed| {
        let mut dice = Dice::new(seed);
        let climate = Climate::any(&mut dice);
        let World { mut source, mut target, .. } = World::new(&climate, &mut dice);
        let cuts = (Cut::of(&mut source).expect("in memory"), Cut::of(&mut target).expect("in memory"));
        // The comparison begins anywhere: records before it are known by their copies alone.
        let from = |cut: &Cut, dice: &mut Dice| {
            let length = (cut.end() - cut.log_start()).max(0) as usize;
            cut.log_start() + if dice.percent(50) { 0 } else { dice.below(length / 3 + 1) as i64 }
        };
        let (source_from, target_from) = (from(&cuts.0, &mut dice), from(&cuts.1, &mut dice));
        let options = Options { breakpoints: Some(Breakpoints::default()), ..Options::default() };
        let (ours, theirs) = (source_from..cuts.0.end(), target_from..cuts.1.end());
        let alignment = align(&mut source, ours, &mut target, theirs, &options, &mut ());
        let aligned = Aligned::new(alignment, cuts.0, source_from, cuts.1, target_from);
        for _ in 0..40 {
            let committed = source_from + dice.below((cuts.0.end() - source_from) as usize + 1) as i64;
            let any = target_from + dice.below((cuts.1.end() - target_from) as usize + 1) as i64;
            let at = (!dice.percent(20)).then_some(any);
            let counted = aligned.judge(committed, at, None);
            let measured = aligned.judge(committed, at, Some(&mut source));
            assert_eq!(counted, records_alone(measured), "seed {seed}, {committed} at {at:?}");
        }
    });
}

/// What is left of an answer without the log.
fn records_alone(mut answer: Translation) -> Translation {
    let reset = answer.reset.as_mut();
    let resets = reset.map(|it| [&mut it.earliest_replays, &mut it.earliest_skips, &mut it.latest_skips]);
    for size in resets.into_iter().flatten().chain([&mut answer.size]).flatten() {
        (size.bytes, size.timestamps) = (0, None);
    }
    answer.span = None;
    answer.ranges.clear();
    answer
}
