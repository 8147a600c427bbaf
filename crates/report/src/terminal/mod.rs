//! The scorecard on the terminal: 80 columns, readable without colour. The first line is the verdict and the safest next
//! command; below it every level stands with a word and a sign.

mod open;
mod positions;
mod problems;
mod screen;
mod sign_off;
mod steps;
mod units;
mod verdict;

use crate::limits::{TERMINAL_MAX_WIDTH, TERMINAL_MIN_WIDTH};
use crate::{ReportInput, View};

use screen::Screen;

/// What the text is written for.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Columns; 40 to 120 are used.
    pub width: usize,
    /// Adds colour; no word or sign depends on it.
    pub color: bool,
}

impl Default for Terminal {
    fn default() -> Terminal {
        Terminal { width: 80, color: false }
    }
}

/// The scorecard as text, every line ended and none wider than the terminal, except a command that cannot be broken.
pub fn terminal(input: &ReportInput, on: Terminal) -> String {
    let view = View::of(input);
    let mut screen = Screen::new(on.width.clamp(TERMINAL_MIN_WIDTH, TERMINAL_MAX_WIDTH), on.color);
    steps::write_overrides(&mut screen, &view);
    verdict::write(&mut screen, &view);
    steps::write(&mut screen, &view);
    units::write(&mut screen, &view);
    sign_off::write(&mut screen, &view);
    problems::write(&mut screen, &view);
    positions::write(&mut screen, &view);
    open::write(&mut screen, &view);
    screen.finish()
}
