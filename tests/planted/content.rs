//! Records and keys that differ between the two sides.

use lab::{Produce, Record, Topic};

use crate::{Bench, Expected, now, records_from};

const CONTENT: &str = "content-parity";
const TABLES: &str = "compacted-parity";

/// A topic with these configs, with these records on each side.
fn sides(name: &str, configs: &[(&str, &str)], source: Vec<Record>, target: Vec<Record>) -> Bench {
    let mut bench = Bench::new(name);
    let topic = bench.topic();
    for (cluster, records) in [(bench.case.source(), source), (bench.case.target(), target)] {
        let with = |topic: Topic, (key, value): &(&str, &str)| topic.config(*key, value);
        cluster.create_topic(&configs.iter().fold(Topic::new(&topic), with)).unwrap();
        cluster.produce(&topic, records, &Produce::default()).unwrap();
    }
    bench.set(CONTENT, "use: content-parity, severity: blocker, with: { settle: 1s }");
    bench.set(TABLES, "use: compacted-parity, severity: blocker, with: { settle: 1s }");
    bench
}

fn hundred() -> Vec<Record> {
    records_from(now() - 3_600_000, 100)
}

#[test]
fn equal_records_are_green_and_a_topic_in_order_is_no_table() {
    let all = hundred();
    let bench = sides("equal", &[], all.clone(), all);
    let answer = bench.check(&[CONTENT, TABLES]);
    for check in [CONTENT, TABLES] {
        answer.is("equal", &Expected::new(check, "green", ""));
    }
}

#[test]
fn a_sample_is_yellow_at_best_and_red_where_it_meets_a_difference() {
    let mut all = records_from(now() - 3_600_000, 2_000);
    let mut bench = sides("sampled", &[], all.clone(), all.clone());
    let sample = |mode: &str| {
        format!("use: content-parity, severity: blocker, sample: {mode}, with: {{ settle: 1s }}")
    };
    let nothing_found = Expected::new(CONTENT, "yellow", "CUT2810").says(bench.topic());
    bench.set(CONTENT, sample("{ mode: random, size: 200, seed: 3 }"));
    bench.check(&[CONTENT]).is("random", &nothing_found.clone().says("0 of 200 probes differ").says("95 %"));
    bench.set(CONTENT, sample("{ mode: boundary, size: 50 }"));
    bench
        .check(&[CONTENT])
        .is("boundary", &nothing_found.says("of what lies between the ends nothing is known"));

    // The last but one is lost: the ends show it.
    let source = all.clone();
    all.remove(1_998);
    let mut bench = sides("sampled-lost", &[], source, all);
    bench.set(CONTENT, sample("{ mode: boundary, size: 50 }"));
    let expected = Expected::new(CONTENT, "red", "CUT2801").says("1 missing: source 1998");
    bench.check(&[CONTENT]).has("lost at the end", &expected);
}

/// What is done to the target's records.
type Defect = fn(&mut Vec<Record>);

#[test]
fn each_defect_is_found_counted_and_placed() {
    let rows: [(&str, Defect, &str, &str, &str); 7] = [
        ("dropped", |all| drop(all.remove(20)), "red", "CUT2801", "1 missing: source 20"),
        (
            "altered",
            |all| all[30].value = Some(b"other".to_vec()),
            "red",
            "CUT2802",
            "1 altered: source 30 = target 30 (value)",
        ),
        (
            "foreign",
            |all| all.insert(40, Record::keyed("foreign", "yes").to(0).at(now())),
            "red",
            "CUT2803",
            "1 extra: target 40",
        ),
        ("swapped", |all| all.swap(50, 51), "red", "CUT2804", "2 reordered"),
        (
            "repeated",
            |all| {
                let block = all[10..20].to_vec();
                all.splice(20..20, block);
            },
            "yellow",
            "CUT2806",
            "10 duplicated",
        ),
        ("behind", |all| all.truncate(95), "yellow", "CUT2807", "5 pending: source 95 to 99"),
        ("null", |all| all[60].value = None, "red", "CUT2802", "(value)"),
    ];
    for (planted, defect, level, code, says) in rows {
        let (source, mut target) = (hundred(), Vec::new());
        target.extend(source.iter().cloned());
        defect(&mut target);
        let bench = sides(planted, &[], source, target);
        let expected = Expected::new(CONTENT, level, code).says(bench.topic()).says(says);
        bench.check(&[CONTENT]).is(planted, &expected);
    }
}

#[test]
fn a_stale_a_lost_and_a_resurrected_key_are_found() {
    const TABLE: &[(&str, &str)] = &[("cleanup.policy", "compact")];
    let begin = now() - 3_600_000;
    let put = |key: &str, value: &str, n: i64| Record::keyed(key, value).to(0).at(begin + n);
    let gone = |key: &str, n: i64| Record { value: None, ..put(key, "", n) };
    // The last record tells that all before it have been copied.
    let last = || put("last", "1", 9);
    let whole =
        vec![put("a", "1", 1), put("b", "1", 2), put("a", "2", 3), put("c", "1", 4), gone("c", 5), last()];
    let rows: [(&str, Vec<Record>, &str, &str, &str); 5] = [
        // What compaction has left of it.
        ("same-table", vec![put("b", "1", 2), put("a", "2", 3)], "green", "", ""),
        ("stale", vec![put("a", "1", 1), put("b", "1", 2), gone("c", 5)], "red", "CUT2822", "1 altered_keys"),
        ("lost", vec![put("a", "2", 3), gone("c", 5)], "red", "CUT2821", "1 missing_keys: source 1"),
        (
            "resurrected",
            vec![put("b", "1", 2), put("a", "2", 3), put("c", "1", 4)],
            "red",
            "CUT2823",
            "1 resurrected_keys",
        ),
        (
            "foreign-key",
            vec![put("b", "1", 2), put("a", "2", 3), gone("c", 5), put("d", "1", 6)],
            "red",
            "CUT2824",
            "1 extra_keys",
        ),
    ];
    for (planted, mut target, level, code, says) in rows {
        target.push(last());
        let bench = sides(planted, TABLE, whole.clone(), target);
        let answer = bench.check(&[TABLES, CONTENT]);
        answer.is(planted, &Expected::new(TABLES, level, code).says(says));
        // The table is not content-parity's.
        answer.has(planted, &Expected::new(CONTENT, "green", ""));
    }
}

#[test]
fn a_table_that_no_check_compares_is_not_passed_over() {
    let all = hundred();
    let mut bench = sides("left-to-nobody", &[("cleanup.policy", "compact")], all.clone(), all);
    bench.runbook.checks.remove(TABLES);
    let expected =
        Expected::new(CONTENT, "unknown", "").says(bench.topic()).says("no compacted-parity check");
    bench.check(&[CONTENT]).is("no check of tables", &expected);
}

#[test]
fn a_topic_that_is_not_there_is_unknown() {
    let mut bench = Bench::new("not-there");
    let topic = bench.topic();
    bench.case.source().create_topic(&Topic::new(&topic)).unwrap();
    bench.set(CONTENT, "use: content-parity, severity: blocker, with: { settle: 1s }");
    let expected = Expected::new(CONTENT, "unknown", "").says("is not on the target cluster");
    bench.check(&[CONTENT]).is("not there", &expected);
}

/// Some 10 MB: far more than one fetch brings.
fn large(name: &str) -> Bench {
    let value = "x".repeat(1000);
    let begin = now() - 3_600_000;
    let all: Vec<Record> =
        (0..10_000).map(|n| Record::keyed("k", format!("{n}-{value}")).to(0).at(begin + n)).collect();
    sides(name, &[], all.clone(), all)
}

#[test]
fn a_read_budget_that_runs_out_is_unknown_and_says_how_far_it_came() {
    let mut bench = large("over-budget");
    bench.set(
        CONTENT,
        "use: content-parity, severity: blocker, budget: { read: 100KB }, with: { settle: 1s }",
    );
    let expected = Expected::new(CONTENT, "unknown", "").says("% measured").says("budget");
    bench.check(&[CONTENT]).is("100 KB of 20 MB", &expected);
}

#[test]
fn the_read_budget_of_a_cluster_holds_for_what_is_read_of_it() {
    let mut bench = large("rate");
    // At this rate the second fetch begins after many minutes: the check's time is over before.
    bench.site.target.more = ", read_budget: 1KB/s".to_owned();
    bench.set(CONTENT, "use: content-parity, severity: blocker, budget: { time: 10s }, with: { settle: 1s }");
    let answer = bench.check(&[CONTENT]);
    let (_, cell) = answer.cell(CONTENT);
    assert_eq!(cell["verdict"], "unknown", "{cell:#}");
}
