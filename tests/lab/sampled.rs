//! `cutover parity topic --sample`: soon red, never green.

use lab::{Case, Record, Topic};
use serde_json::{Value, json};

use crate::{cutover, lab, only, records, topic_on_both, write};

fn sampled(case: &Case<'_>, topic: &str, sample: &str, exit: i32) -> Value {
    let arguments = ["parity", "topic", topic, "--settle", "1s", "--sample", sample];
    only(&cutover(case, &arguments).exits(exit).json()["topics"]).clone()
}

#[test]
fn a_sample_without_differences_is_unknown_and_says_how_much_it_proves() {
    let case = lab().case("sample-equal");
    let topic = case.name("orders");
    for cluster in [case.source(), case.target()] {
        cluster.create_topic(&Topic::new(&topic).partitions(3)).unwrap();
    }
    let all: Vec<Record> =
        records(1_500).into_iter().enumerate().map(|(n, record)| record.to((n % 3) as i32)).collect();
    for cluster in [case.source(), case.target()] {
        write(cluster, &topic, all.clone());
    }
    let answer = sampled(&case, &topic, "random:100:7", 3);
    assert_eq!(answer["verdict"], "unknown");
    let sample = &answer["sample"];
    assert_eq!((&sample["probes"], &sample["different"]), (&json!(100), &json!(0)), "{answer:#}");
    let bound = sample["differing_below_percent"].as_f64().unwrap();
    assert!((2.9..3.0).contains(&bound), "{bound}");
    let why = answer["why"].as_str().unwrap();
    assert!(why.contains("no difference in 100 probes") && why.contains("95 % confidence"), "{why}");
    assert_eq!(answer["evidence_sha256"], Value::Null);
    let answer = sampled(&case, &topic, "boundary", 3);
    assert_eq!((&answer["sample"]["probes"], &answer["matched"]), (&json!(6), &json!(3_000)), "{answer:#}");
}

#[test]
fn what_a_sample_meets_is_red_and_located() {
    let case = lab().case("sample-lossy");
    let topic = topic_on_both(&case, "orders");
    let all = records(2_000);
    let lossy: Vec<Record> =
        all.iter().enumerate().filter(|(n, _)| n % 20 != 7).map(|(_, record)| record.clone()).collect();
    write(case.source(), &topic, all);
    write(case.target(), &topic, lossy);
    let answer = sampled(&case, &topic, "random:50", 1);
    assert_eq!(answer["verdict"], "red");
    let findings = only(&answer["partitions"])["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        assert_eq!(finding["kind"], "missing", "{answer:#}");
        assert_eq!(finding["source_offsets"][0].as_i64().unwrap() % 20, 7, "{answer:#}");
    }
}

#[test]
fn the_boundary_is_what_lies_at_the_ends() {
    let case = lab().case("sample-ends");
    let all = records(3_000);
    for (lost, exit) in [(1_500, 3), (2_990, 1), (3, 1)] {
        let topic = topic_on_both(&case, &format!("lost-{lost}"));
        let mut target = all.clone();
        target.remove(lost);
        write(case.source(), &topic, all.clone());
        write(case.target(), &topic, target);
        let answer = sampled(&case, &topic, "boundary", exit);
        assert_eq!(answer["missing"], i32::from(exit == 1), "{answer:#}");
    }
}

#[test]
fn where_the_target_stamps_records_itself_no_place_is_found() {
    let case = lab().case("sample-stamped");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let stamping = Topic::new(&topic).config("message.timestamp.type", "LogAppendTime");
    case.target().create_topic(&stamping).unwrap();
    for cluster in [case.source(), case.target()] {
        write(cluster, &topic, records(200));
    }
    let answer = sampled(&case, &topic, "random:20", 3);
    assert_eq!((&answer["sample"]["probes"], &answer["sample"]["unplaced"]), (&json!(0), &json!(20)));
    assert_eq!(answer["sample"]["differing_below_percent"], 100.0, "nothing is proved: {answer:#}");
}
