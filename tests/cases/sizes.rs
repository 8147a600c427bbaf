//! Records of no bytes and of very many, a thousand headers, keys that are no text (case 20).

use lab::{Record, Topic};

use crate::ask::{compare, exact, replay, skip, stands};
use crate::labs::{await_end, lab, now, topic_on_both};
use crate::ledger::Ledger;

crate::cases!(
    copied:
        strange_records_are_copied_and_found_equal;
    by_hand:
        a_single_byte_in_a_record_larger_than_any_window_is_found
);

/// Records no program expects, with different timestamps.
fn strange() -> Vec<Record> {
    let begin = now() - 86_400_000;
    let mut all = vec![
        Record::default(),
        Record::keyed("", ""),
        Record { key: Some(Vec::new()), ..Record::default() },
        Record::value(""),
        Record::keyed((0..=255u8).collect::<Vec<u8>>(), [0xff, 0xfe, 0x00, 0xc3, 0x28]),
        Record::keyed(vec![0; 1_000], vec![0; 100_000]),
        Record::value("repeated").header("a", "1").header("a", "2").header("a", "1").header("", "no name"),
        Record {
            headers: vec![("null".to_owned(), None), ("empty".to_owned(), Some(vec![]))],
            ..Record::value("headers")
        },
        (0..1_000).fold(Record::keyed("k", "a thousand headers"), |record, n| {
            record.header(format!("h{n}"), n.to_string())
        }),
    ];
    // A batch of the broker's default size, and one larger than the look-ahead of the comparison.
    all.push(Record::keyed("large", incompressible(1_000_000)));
    all.push(Record::keyed("larger", incompressible(9_000_000)));
    all.push(Record::value("the end"));
    (0..).zip(all).map(|(n, record)| record.to(0).at(begin + n)).collect()
}

/// Bytes without a pattern.
fn incompressible(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

fn large(cluster: &lab::Cluster, topic: &str, records: Vec<Record>) {
    let options = vec![("message.max.bytes".to_owned(), "20000000".to_owned())];
    cluster.produce(topic, records, &lab::Produce { options, ..lab::Produce::default() }).unwrap();
}

fn strange_records_are_copied_and_found_equal() {
    let case = lab().case("clean-strange");
    let topic = case.name("orders");
    for cluster in [case.source(), case.target()] {
        cluster.create_topic(&Topic::new(&topic).config("max.message.bytes", 20_000_000)).unwrap();
    }
    let all = strange();
    let count = u64::try_from(all.len()).unwrap();
    let end = i64::try_from(all.len()).unwrap();
    large(case.source(), &topic, all);
    await_end(&case, &topic, end);
    compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(count) });
    for at in 0..=end {
        stands(&case, &topic, at, at, &exact(at));
    }
    stands(&case, &topic, end, 1, &replay(end, count - 1));
    stands(&case, &topic, 2, end - 1, &skip(2, count - 3));
}

fn a_single_byte_in_a_record_larger_than_any_window_is_found() {
    let case = lab().case("large");
    let topic = topic_on_both(&case, "orders", 1);
    let begin = now() - 86_400_000;
    let record = |n: i64, value: Vec<u8>| Record::keyed(n.to_string(), value).to(0).at(begin + n);
    let ours: Vec<Record> = (0..4).map(|n| record(n, incompressible(9_000_000))).collect();
    let mut theirs = ours.clone();
    theirs[2].value.as_mut().unwrap()[8_999_999] ^= 1;
    large(case.source(), &topic, ours);
    large(case.target(), &topic, theirs);
    compare(&case, &topic, &Ledger { altered: 1, ..Ledger::matched(3) });
    stands(&case, &topic, 1, 1, &skip(1, 1));
}
