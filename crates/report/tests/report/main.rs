//! Reports as people and programs get them, from inputs as real runs leave them.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod gallery;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod html;
#[cfg(test)]
mod json;
#[cfg(test)]
mod junit;
#[cfg(test)]
mod of_run;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod templates;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod way_back;
