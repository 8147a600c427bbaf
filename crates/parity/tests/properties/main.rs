//! Random streams with every kind of fault, against oracles that are slow and obviously right.
//!
//! `PARITY_CASES` multiplies the number of cases (4 where it is not set), `PARITY_SEED` runs one seed alone and says what it does.

#![expect(clippy::print_stderr, reason = "a failing case names its seed beside the panic")]

mod cases;
mod census;
mod clean;
mod compacted_positions;
mod compaction;
mod counts;
mod dice;
mod far;
mod forged;
mod isolated;
mod mapped;
mod oracle;
mod positions;
mod sampled;
mod scenarios;
mod world;
