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

#[test]
fn junit() {
    for (name, input) in fixture::all() {
        let text = report::render(Format::Junit, &input, &Options::default()).unwrap();
        insta::assert_snapshot!(format!("{name}.junit"), text);
    }
}

/// Without its style sheet, whose digest would change all of them at once.
#[test]
fn html() {
    for (name, input) in fixture::all() {
        let text = report::render(Format::Html, &input, &Options::default()).unwrap();
        let (head, rest) = text.split_once("<style>").unwrap();
        let (_, body) = rest.split_once("</style>").unwrap();
        let (before, after) = head.split_once("'sha256-").unwrap();
        let (_, after) = after.split_once('\'').unwrap();
        insta::assert_snapshot!(
            format!("{name}.html"),
            format!("{before}'sha256-…'{after}<style>…</style>{body}")
        );
    }
}
