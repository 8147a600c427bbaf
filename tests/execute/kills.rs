//! The conducting process killed at random places, and gone on with each time.

use std::time::{Duration, Instant};

use crate::AT_MOST;
use crate::dice::Dice;
use crate::full::{assert_clean, replay};
use crate::lanes::{SYNCED, UNSYNCED};
use crate::switch::Switch;

crate::tests!(daily: ten_kills_lose_nothing_and_do_nothing_twice; soak: kills_of_every_seed);

/// A run that is killed this often, each time after a random number of further journal records, and resumed.
fn killed(switch: &Switch<'_>, name: &str, seed: u64, times: u64) {
    let mut dice = Dice::new(seed);
    let mut run = switch.run(&[]);
    let mut killed = 0;
    let end = Instant::now() + 3 * AT_MOST;
    while killed < times {
        // A run of this plan writes about 300 records; a kill comes after some of what is left.
        let from = run.told().events.len();
        let after = from + 1 + usize::try_from(dice.below(300 / times)).unwrap();
        loop {
            let told = run.told();
            // A gate that was killed before anything behind it was done asks again; between two looks at it nobody is heard.
            if told.decides("last-look") {
                switch.cutover(&["go", "last", "--role", "rollback_owner", "--as", "ana"]);
            }
            if told.events.len() >= after || run.is_over() {
                break;
            }
            assert!(Instant::now() < end, "{name}, seed {seed}: it stands still\n{}", run.said());
            std::thread::sleep(Duration::from_millis(5));
        }
        if run.is_over() {
            break;
        }
        let at = run.told().events.last().map(|event| format!("{} {}", event["event"], event["step"]));
        println!("{name}, seed {seed}: kill {} after {}", killed + 1, at.unwrap_or_default());
        run.kill();
        killed += 1;
        run = switch.resume();
    }
    while !run.is_over() {
        // A vote that was heard counts for the last look at the gate; a killed gate asks again.
        if run.told().decides("last-look") {
            let answer = switch.cutover(&["go", "last", "--role", "rollback_owner", "--as", "ana"]);
            // 3: a busy conductor has not heard it yet; it stays in the inbox.
            let heard = [0, 3].contains(&answer.code);
            assert!(heard || run.is_over() || !run.told().decides("last-look"), "{answer:?}");
        }
        assert!(Instant::now() < end, "{name}, seed {seed}: it does not end\n{}", run.said());
        std::thread::sleep(Duration::from_millis(50));
    }
    run.exits(0);
    println!("{name}, seed {seed}: killed {killed} times");
    assert!(killed > 0);
}

fn ten_kills_lose_nothing_and_do_nothing_twice() {
    let switch = Switch::in_lane(SYNCED, "kills");
    switch.with_log(3_000);
    switch.at_work();
    let avoided = replay(&switch);
    killed(&switch, "ten kills", 7, 10);
    assert_clean(&switch, "ten kills", Some(avoided));
}

/// `SEEDS` says how many.
fn kills_of_every_seed() {
    let seeds: u64 = std::env::var("SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    for seed in 0..seeds {
        let switch = Switch::in_lane(UNSYNCED, "seeded-kills");
        switch.with_log(3_000);
        switch.at_work();
        killed(&switch, "kills", 1_000 + seed, 10);
        assert_clean(&switch, "kills", None);
    }
}
