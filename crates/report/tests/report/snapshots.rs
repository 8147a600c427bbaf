//! Every fixture in every format, as it is read.

use crate::fixture;

use report::{Format, Options, Terminal};

#[test]
fn terminal() {
    for (name, input) in fixture::all() {
        insta::assert_snapshot!(format!("{name}.terminal"), report::terminal(&input, Terminal::default()));
    }
}

#[test]
fn narrow_terminal() {
    let text = report::terminal(&fixture::lagging(), Terminal { width: 50, color: false });
    insta::assert_snapshot!("lagging.narrow", text);
}

#[test]
fn markdown() {
    for (name, input) in fixture::all() {
        let text = report::render(Format::Markdown, &input, &Options::default()).unwrap();
        insta::assert_snapshot!(format!("{name}.md"), text);
    }
}
