mod answers;
mod budgets;
mod faults;
pub(crate) mod fixture;
mod interrupts;
mod judgements;
mod random;
mod settles;
mod sharing;
