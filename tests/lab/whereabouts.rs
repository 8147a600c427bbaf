//! `cutover where`: the record and its twin.

use lab::Position;

use crate::{cutover, lab, records, sides, topic_on_both, write};

#[test]
fn the_record_and_its_twin_are_shown_and_values_are_masked() {
    let case = lab().case("where");
    let topic = topic_on_both(&case, "orders");
    let same = records(40);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same[5..].to_vec());
    let group = case.name("g");
    case.source().commit(&group, &[Position::new(&topic, 0, 20)]).unwrap();
    let arguments = ["where", "--group", &group, "--topic", &topic, "--partition", "0"];
    let answer = cutover(&case, &arguments).exits(0).json();
    assert_eq!(answer["exact_target"], 15, "{answer:#}");

    let sides = sides(&case);
    let run = cutover_tests::Cutover::new(arguments.into_iter().chain(sides.iter().map(String::as_str)))
        .run()
        .exits(0);
    assert!(run.says("20") && run.says("15"), "{run:#?}");
    assert!(!run.says("value-00020"), "values are masked:\n{}", run.stdout);
}
