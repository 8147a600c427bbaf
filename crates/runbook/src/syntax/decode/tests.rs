use serde::Deserialize;

use crate::model::{Duration, Id, Way};
use crate::syntax::{Code, Diagnostics, List, Optional, Required, Sources, Span, Table, decode, read_bytes};

/// Code, line, column and help of everything that is wrong, and the value that remains.
fn lenient<T: for<'t> Deserialize<'t>>(text: &str) -> (Option<T>, Vec<(Code, u32, u32)>) {
    let found = Diagnostics::default();
    let mut sources = Sources::default();
    let tree = read_bytes(&mut sources, "f", text.as_bytes().to_vec(), &found);
    let value = tree.and_then(|tree| {
        let root = tree.root()?;
        super::decode_lenient::<T>(&tree, root, &found)
    });
    let problems = found.into_sorted();
    let place = |span| sources.place(span);
    (value, problems.iter().map(|item| (item.code, place(item.span).line, place(item.span).column)).collect())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(rename = "$span")]
    span: Span,
    id: Required<Id>,
    wait: Required<Duration>,
    on: Optional<Way>,
    needs: Optional<List<Id>>,
    deep: Optional<Box<Step>>,
    named: Optional<Table<Id, Step>>,
}

#[test]
fn every_mistake_of_a_document_is_found_in_one_run() {
    let text = "\
id: a b
wiat: 3s
wait: 3
on: stop
needs: [x, 7, y, {}]
deep: { id: z, on: [1] }
named:
  one: { id: q, wait: 1s }
  ü: { id: r, wait: 2s }
  two: { id: s }
";
    let (step, problems) = lenient::<Step>(text);
    assert_eq!(
        problems,
        [
            (Code::BadName, 1, 5),
            (Code::UnknownKey, 2, 1),
            (Code::NoUnit, 3, 7),
            (Code::UnknownWord, 4, 5),
            (Code::WrongType, 5, 12),
            (Code::WrongType, 5, 18),
            (Code::MissingKey, 6, 7),
            (Code::WrongType, 6, 20),
            (Code::BadName, 9, 3),
            (Code::MissingKey, 10, 8),
        ]
    );
    let step = step.expect("what is right stays");
    assert_eq!(step.span.start, 0);
    assert!(step.id.get().is_none() && step.id.is_written());
    assert_eq!(step.needs.get().map(List::len), Some(2));
    assert!(step.on.get().is_none());
    let deep = step.deep.get().expect("kept");
    assert_eq!(deep.id.get().map(Id::as_str), Some("z"));
    assert!(!deep.wait.is_written());
    assert_eq!(step.named.get().map(Table::len), Some(2));
}

#[test]
fn ways_are_words_or_tables_of_one_key() {
    #[derive(Debug, Deserialize)]
    struct Ways {
        #[serde(rename = "$span")]
        _span: Span,
        ways: Required<List<Way>>,
    }
    let (value, problems) = lenient::<Ways>(
        "ways: [hold, {rollback: back}, rollback, {hold: 1}, {}, {rolback: x}, {rollback: 'a b'}]\n",
    );
    let ways: Vec<String> =
        value.expect("kept").ways.get().expect("kept").iter().map(|way| way.value.text()).collect();
    assert_eq!(ways, ["hold", "rollback: back"]);
    let codes: Vec<_> = problems.iter().map(|(code, _, column)| (*code, *column)).collect();
    assert_eq!(
        codes,
        [
            (Code::WrongType, 32),
            (Code::WrongType, 42),
            (Code::OneOf, 53),
            (Code::UnknownWord, 58),
            (Code::BadName, 82),
        ]
    );
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    a: String,
    b: Option<u32>,
    #[serde(default)]
    c: Vec<String>,
    #[serde(default)]
    d: bool,
}

fn plain(text: &str) -> (Option<Plain>, Vec<(Code, u32)>) {
    let found = Diagnostics::default();
    let mut sources = Sources::default();
    let tree = read_bytes(&mut sources, "f", text.as_bytes().to_vec(), &found).expect("YAML");
    let value = decode::<Plain>(&tree, tree.root().expect("not empty"), &found);
    let problems = found.into_sorted();
    (value, problems.iter().map(|item| (item.code, sources.place(item.span).column)).collect())
}

#[test]
fn ordinary_derives_report_every_mistake_too() {
    let right = Plain { a: "x".to_owned(), b: None, c: vec!["y".to_owned()], d: true };
    assert_eq!(plain("{ a: x, c: [y], d: true }"), (Some(right), vec![]));
    assert_eq!(
        plain("{ a: 1, b: x, c: [1, 2, z], d: yes, e: 1 }"),
        (
            None,
            vec![
                (Code::WrongType, 6),
                (Code::WrongType, 12),
                (Code::WrongType, 19),
                (Code::WrongType, 22),
                (Code::WrongType, 32),
                (Code::UnknownKey, 37),
            ]
        )
    );
    assert_eq!(plain("{ b: 1 }"), (None, vec![(Code::MissingKey, 1)]));
    assert_eq!(
        plain("{ a: x, b: 1, b: 2 }"),
        (Some(Plain { a: "x".to_owned(), b: Some(1), c: vec![], d: false }), vec![(Code::DuplicateKey, 15)])
    );
}
