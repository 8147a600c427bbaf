//! Checks, verdicts and the scorecard, from the outside.

#[cfg(test)]
mod judge;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod scorecard;
