//! `junit.xml` as boards count it.

use report::{Format, Options, ReportInput, render};
use runbook::verdict::Level;

use crate::fixture;

fn xml(input: &ReportInput) -> String {
    render(Format::Junit, input, &Options::default()).unwrap()
}

#[test]
fn the_counts_are_those_of_the_cases() {
    for (name, input) in fixture::all() {
        let xml = xml(&input);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let root = document.root_element();
        let said = |name: &str| root.attribute(name).unwrap().parse::<usize>().unwrap();
        let count = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
        assert_eq!(said("tests"), count("testcase"), "{name}");
        for (attribute, tag) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")] {
            assert_eq!(said(attribute), count(tag), "{name}: {tag}");
        }
    }
}

#[test]
fn only_green_passes() {
    for (name, input) in fixture::all() {
        let xml = xml(&input);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let passed =
            document.descendants().filter(|node| node.has_tag_name("testcase") && !node.has_children());
        for case in passed {
            let check = case.attribute("name").unwrap();
            let unit = case.attribute("classname").unwrap().split('.').next().unwrap();
            let cells =
                input.scorecard.units.iter().filter(|cell| cell.unit == unit).flat_map(|u| &u.dimensions);
            let cell =
                cells.flat_map(|dimension| &dimension.checks).find(|cell| cell.check == check).unwrap();
            assert!(cell.verdict == Level::Green && cell.due, "{name}: {check} of {unit} passes");
        }
        assert_ne!(input.scorecard.overall, Level::Green, "no fixture is green, so none may be all passed");
        let all = document
            .descendants()
            .find(|node| node.attribute("name") == Some("overall") && node.has_children());
        assert!(all.is_some(), "{name}");
    }
}
