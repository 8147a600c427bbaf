use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// How many times the counts written in the tests are run every day: 100,000 cases and more in all.
const EVERY_DAY: u64 = 4;

/// Runs `case` for each of `EVERY_DAY` times `count` seeds; says which seed failed.
pub fn run(name: &str, count: u64, case: impl Fn(u64)) {
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = variable("PARITY_SEED") {
        return case(seed);
    }
    let count = count * variable("PARITY_CASES").unwrap_or(EVERY_DAY);
    for number in 0..count {
        // Seeds of different tests do not overlap, so that more tests are more cases.
        let salt = name.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let seed = salt.wrapping_mul(1_000_003).wrapping_add(number) & 0xffff_ffff_ffff;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| case(seed))) {
            eprintln!("{name}: case {number} of {count} failed; again with PARITY_SEED={seed}");
            resume_unwind(panic);
        }
    }
}
