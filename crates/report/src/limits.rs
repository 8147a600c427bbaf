//! How much a report shows before it says "and so many more". Everything is in `scorecard.json` and `evidence/`.

/// Reasons beside the verdict: what does not fit one glance is not read there.
pub(crate) const REASONS: usize = 3;
/// Steps of work in a user's template: a report over a thousand checks takes a tenth, an endless loop ends in a second.
pub(crate) const TEMPLATE_FUEL: u64 = 5_000_000;
/// A template is written by hand.
pub(crate) const TEMPLATE_BYTES: usize = 1 << 20;
/// Larger files are no longer opened by the programs reports are sent to.
pub(crate) const TEMPLATE_OUTPUT_BYTES: usize = 32 << 20;
/// Macros that call one another.
pub(crate) const TEMPLATE_RECURSION: usize = 50;
/// Rows of one table on a page, the worst first: more make it too heavy for a phone and say nothing new.
pub(crate) const PAGE_ROWS: usize = 200;
/// Rows of one table in Markdown, which is read in the box of a merge request.
pub(crate) const MARKDOWN_ROWS: usize = 50;
/// Drawn bars of one group.
const BARS: usize = 5;

/// The limits as a template reads them.
pub(crate) fn rows(most: usize) -> serde_json::Value {
    serde_json::json!({ "partitions": most, "items": most, "findings": most, "bars": BARS })
}

/// Findings of one check on the terminal: more would push the other checks off the screen.
pub(crate) const TERMINAL_FINDINGS: usize = 5;
/// Items shown where a check has no findings to say what is wrong.
pub(crate) const TERMINAL_ITEMS: usize = 3;
/// Partitions of one group on the terminal.
pub(crate) const TERMINAL_PARTITIONS: usize = 8;
/// Narrower than this the columns have no room for words.
pub(crate) const TERMINAL_MIN_WIDTH: usize = 40;
/// Wider than this lines are hard to read.
pub(crate) const TERMINAL_MAX_WIDTH: usize = 120;

/// Looks at the lag of a group that are drawn; more are thinned out evenly.
pub(crate) const LAG_LOOKS: usize = 120;
