//! Checks, verdicts and the scorecard, from the outside.

#[cfg(test)]
mod judge;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod scorecard;
mod scripts;
mod shipped;
#[cfg(test)]
mod world;
