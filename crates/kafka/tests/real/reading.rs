//! Reading records: everything of a record, transactions, cuts, and what must be an error and not "no records".

use super::{case, connect, connect_as, patience, rpc};
use kafka::{Cluster, Isolation, PartitionReader, Patience, ReadBudget, ReadOptions, TopicState};
use lab::{Generate, Produce, Record, Topic};
use parity::{Limit, PartitionLog, Pull, ReadError, ReadErrorKind, RecordSource, Records};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn reader_with(cluster: &Arc<Cluster>, topic: &str, options: ReadOptions) -> PartitionReader {
    let described = cluster.topics(&[topic], &patience()).unwrap().remove(0);
    assert_eq!(described.state, TopicState::Present);
    PartitionReader::new(Arc::clone(cluster), &described, 0, None, options)
}

fn reader(cluster: &Arc<Cluster>, topic: &str, isolation: Isolation) -> PartitionReader {
    reader_with(cluster, topic, ReadOptions::new(isolation, patience()))
}

/// Many batches, so that a stream takes many fetches.
fn small_batches() -> Produce {
    Produce { options: vec![("batch.num.messages".into(), "10".into())], ..Produce::default() }
}

/// Everything a stream hands out.
fn drain(stream: &mut dyn RecordSource) -> Result<Records, ReadError> {
    let mut all = Records::new();
    let mut known = i64::MIN;
    loop {
        let mut highest = None;
        let pull = stream.pull(&mut |image| {
            assert!(image.offset >= known, "{} was said to be decided below {known}", image.offset);
            highest = Some(image.offset);
            all.push(&image);
        })?;
        match pull {
            Pull::UpTo(offset) => {
                assert!(highest.is_none_or(|highest| highest < offset) && offset > known);
                known = offset;
            }
            Pull::Some => {}
            Pull::End => return Ok(all),
        }
    }
}

fn offsets(records: &Records) -> Vec<i64> {
    records.iter().map(|image| image.offset).collect()
}

fn scan(reader: &mut PartitionReader) -> Records {
    let bounds = reader.bounds().unwrap();
    let mut stream = reader.open(bounds.log_start, i64::MAX).unwrap();
    drain(&mut stream).unwrap()
}

#[test]
fn every_codec_and_every_field() {
    let case = case("codecs");
    for compression in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let name = case.name(compression);
        case.source().create_topic(&Topic::new(&name)).unwrap();
        let mut records: Vec<Record> = vec![
            Record::keyed("key", "value").at(1_700_000_000_123).header("trace", "1").header("trace", "2"),
            Record { key: None, value: None, timestamp: Some(1), ..Record::default() },
            Record { key: Some(vec![]), value: Some(vec![]), timestamp: Some(2), ..Record::default() },
            Record {
                headers: vec![("null".into(), None), (String::new(), Some(vec![]))],
                ..Record::value([0xff, 0xfe, 0])
            }
            .at(5),
        ];
        records.extend((0..500).map(|n| Record::value(format!("{n}").repeat(40)).at(n + 3)));
        let how = Produce { compression: compression.into(), ..Produce::default() };
        case.source().produce(&name, records.clone(), &how).unwrap();
        let cluster = Arc::new(connect(case.source()));
        let mut reader = reader(&cluster, &name, Isolation::ReadCommitted);
        let all = scan(&mut reader);
        assert_eq!(all.len(), records.len(), "{compression}");
        for (image, record) in all.iter().zip(&records) {
            assert_eq!(image.key, record.key.as_deref());
            assert_eq!(image.value, record.value.as_deref());
            assert_eq!(Some(image.timestamp), record.timestamp);
            let headers: Vec<(String, Option<Vec<u8>>)> = image
                .headers
                .iter()
                .map(|(name, value)| (String::from_utf8(name.to_vec()).unwrap(), value.map(<[u8]>::to_vec)))
                .collect();
            assert_eq!(headers, record.headers);
        }
        let before = reader.fetches().data;
        let window = reader.read(100, Limit::records(3)).unwrap();
        assert_eq!((offsets(&window.records), window.from, window.next), (vec![100, 101, 102], 100, 103));
        assert_eq!(reader.fetches().data - before, 1, "one window is one fetch");
        assert_eq!(offsets(&reader.before(100, 2).unwrap().records), [98, 99]);
    }
}

#[test]
fn transactions_at_both_isolations() {
    let case = case("tx");
    let name = case.name("t");
    case.source().create_topic(&Topic::new(&name)).unwrap();
    let how = Produce::default();
    let value = |n: i64| Record::value(format!("{n}"));
    case.source().produce(&name, (0..3).map(value), &how).unwrap();
    let transaction = case.source().transactions(&case.name("id"), &how).unwrap();
    transaction.begin().unwrap();
    transaction.send(&name, (3..5).map(value)).unwrap();
    transaction.abort().unwrap();
    transaction.begin().unwrap();
    transaction.send(&name, (6..8).map(value)).unwrap();
    transaction.commit().unwrap();
    let open = case.source().transactions(&case.name("open"), &how).unwrap();
    open.begin().unwrap();
    open.send(&name, (9..11).map(value)).unwrap();
    let cluster = Arc::new(connect(case.source()));
    let patience = patience();
    // 0..=2, aborted 3 and 4, its marker 5, committed 6 and 7, its marker 8, open 9 and 10. Markers follow the call.
    while reader(&cluster, &name, Isolation::ReadCommitted).bounds().unwrap().last_stable < 9 {
        assert!(!patience.is_over());
    }
    let mut committed = reader(&cluster, &name, Isolation::ReadCommitted);
    let bounds = committed.bounds().unwrap();
    assert_eq!((bounds.last_stable, bounds.high_watermark), (9, 11));
    assert_eq!(offsets(&scan(&mut committed)), [0, 1, 2, 6, 7]);
    assert_eq!(
        offsets(&scan(&mut reader(&cluster, &name, Isolation::ReadUncommitted))),
        [0, 1, 2, 3, 4, 6, 7, 9, 10]
    );
    // From inside the aborted transaction, and from its marker.
    for from in [4, 5] {
        let window = committed.read(from, Limit::records(10)).unwrap();
        assert_eq!((offsets(&window.records), window.next), (vec![6, 7], 9), "from {from}");
    }
    let window = committed.read(8, Limit::records(10)).unwrap();
    assert_eq!((offsets(&window.records), window.next), (vec![], 9), "only a marker is left");
    let window = committed.read(9, Limit::records(10)).unwrap();
    assert_eq!((window.records.len(), window.next), (0, 9), "the end");
    assert_eq!(offsets(&committed.before(9, 2).unwrap().records), [6, 7]);
    // The cut stands, whatever is written later.
    open.commit().unwrap();
    case.source().produce(&name, [value(12)], &how).unwrap();
    assert_eq!(offsets(&scan(&mut committed)), [0, 1, 2, 6, 7]);
}

#[test]
fn out_of_range_is_an_error() {
    let case = case("range");
    let name = case.name("t");
    case.source().create_topic(&Topic::new(&name)).unwrap();
    case.source()
        .produce(&name, (0..10).map(|n| Record::value(format!("{n}"))), &Produce::default())
        .unwrap();
    let cluster = Arc::new(connect(case.source()));
    let mut early = reader(&cluster, &name, Isolation::ReadCommitted);
    early.bounds().unwrap();
    case.source().delete_records(&name, 0, 6).unwrap();
    // Measured before the purge, read after it: the broker says so.
    assert_eq!(early.read(2, Limit::records(1)).unwrap_err().kind, ReadErrorKind::OutOfRange);
    let mut stream = early.open(2, 10).unwrap();
    assert_eq!(drain(&mut stream).unwrap_err().kind, ReadErrorKind::OutOfRange);
    let mut late = reader(&cluster, &name, Isolation::ReadCommitted);
    assert_eq!(offsets(&scan(&mut late)), [6, 7, 8, 9]);
    for offset in [5, 11, -1] {
        let error = late.read(offset, Limit::records(1)).unwrap_err();
        assert_eq!(error.kind, ReadErrorKind::OutOfRange);
        assert!(
            error.what.contains("source cluster") && error.what.contains(&format!("{name}-0")),
            "{error}"
        );
    }
}

#[test]
fn a_topic_that_is_deleted_or_created_anew_is_noticed() {
    let case = case("gone");
    let name = case.name("t");
    let (cluster, how) = (Arc::new(connect(case.source())), small_batches());
    let fill = || {
        case.source().create_topic(&Topic::new(&name)).unwrap();
        case.source()
            .produce(&name, (0..1_000).map(|n| Record::value(format!("{n}").repeat(50))), &how)
            .unwrap();
    };
    fill();
    let small = ReadOptions { stream_bytes: 2_000, ..ReadOptions::new(Isolation::ReadCommitted, patience()) };
    let mut first = reader_with(&cluster, &name, small.clone());
    let mut stream = first.open(0, i64::MAX).unwrap();
    stream.pull(&mut |_| {}).unwrap();
    case.source().delete_topic(&name).unwrap();
    let error = loop {
        match first.read(500, Limit::records(1)) {
            Err(error) => break error,
            Ok(_) => assert!(!patience().is_over()),
        }
    };
    assert_eq!(error.kind, ReadErrorKind::Missing, "{error}");
    fill();
    let error = first.read(500, Limit::records(1)).unwrap_err();
    assert_eq!(error.kind, ReadErrorKind::Recreated, "{error}");
    assert_eq!(drain(&mut stream).unwrap_err().kind, ReadErrorKind::Recreated);
    assert_eq!(first.check_identity().unwrap_err().kind, ReadErrorKind::Recreated);
    reader_with(&cluster, &name, small).check_identity().unwrap();
}

#[test]
fn not_authorised_to_read() {
    let case = case("read-denied");
    let name = case.name("t");
    case.source().create_topic(&Topic::new(&name)).unwrap();
    case.source().produce(&name, [Record::value("x")], &Produce::default()).unwrap();
    // 3: READ. DESCRIBE stays allowed, so the topic is seen. An ALLOW for somebody else would shut everybody out.
    rpc::create_acl(&case.source().bootstrap, "User:settlement", (2, &name, 3), 3, 2);
    rpc::create_acl(&case.source().bootstrap, "User:settlement", (2, &name, 3), 8, 3);
    let cluster = Arc::new(connect_as(case.source(), "settlement"));
    let waiting = patience();
    let error = loop {
        let topic = cluster.topics(&[&name], &patience()).unwrap().remove(0);
        let options = ReadOptions::new(Isolation::ReadCommitted, patience());
        match PartitionReader::new(Arc::clone(&cluster), &topic, 0, None, options).read(0, Limit::records(1))
        {
            Err(error) => break error,
            Ok(_) => assert!(!waiting.is_over(), "the ACL is not applied"),
        }
        waiting.pause(Duration::from_millis(50));
    };
    assert_eq!(error.kind, ReadErrorKind::Unauthorised, "{error}");
    assert!(error.what.contains("grant"), "{error}");
}

#[test]
fn stopping_and_budgets() {
    let case = case("stop");
    let name = case.name("t");
    case.source().create_topic(&Topic::new(&name)).unwrap();
    case.source()
        .produce(&name, (0..1_000).map(|n| Record::value(format!("{n}").repeat(50))), &small_batches())
        .unwrap();
    let cluster = Arc::new(connect(case.source()));
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let stoppable =
        Patience::new(Duration::from_secs(60)).stopped_by(Arc::new(move || seen.load(Ordering::Relaxed)));
    let options =
        ReadOptions { stream_bytes: 2_000, ..ReadOptions::new(Isolation::ReadCommitted, stoppable) };
    let mut stream = reader_with(&cluster, &name, options).open(0, i64::MAX).unwrap();
    stream.pull(&mut |_| {}).unwrap();
    stop.store(true, Ordering::Relaxed);
    assert_eq!(drain(&mut stream).unwrap_err().kind, ReadErrorKind::Stopped);
    let budget = Arc::new(ReadBudget::new(None, Some(20_000)));
    let options = ReadOptions {
        stream_bytes: 2_000,
        budget: Arc::clone(&budget),
        ..ReadOptions::new(Isolation::ReadCommitted, patience())
    };
    let mut stream = reader_with(&cluster, &name, options).open(0, i64::MAX).unwrap();
    assert_eq!(drain(&mut stream).unwrap_err().kind, ReadErrorKind::OverBudget);
    assert!(budget.used() >= 20_000);
}

#[test]
fn streams_and_windows_beside_each_other() {
    let case = case("beside");
    let name = case.name("t");
    case.source().create_topic(&Topic::new(&name)).unwrap();
    let generate = Generate::records(20_000);
    case.source().produce(&name, (0..20_000).map(|n| generate.record(n).to(0)), &Produce::default()).unwrap();
    let cluster = Arc::new(connect(case.source()));
    let mut reader = reader(&cluster, &name, Isolation::ReadCommitted);
    let mut one = reader.open(0, 20_000).unwrap();
    let mut other = reader.open(10_000, 15_000).unwrap();
    one.pull(&mut |_| {}).unwrap();
    assert_eq!(offsets(&drain(&mut other).unwrap()), (10_000..15_000).collect::<Vec<_>>());
    assert_eq!(offsets(&reader.read(19_998, Limit::records(9)).unwrap().records), [19_998, 19_999]);
    drain(&mut one).unwrap();
    assert!(
        matches!(one.pull(&mut |_| panic!("nothing is left")), Ok(Pull::End)),
        "pulling again says the same"
    );
    let timestamp = reader.read(12_345, Limit::records(1)).unwrap().records.first().unwrap().timestamp;
    let found = reader.offset_for_timestamp(timestamp).unwrap().unwrap();
    assert!(found <= 12_345);
    assert_eq!(reader.offset_for_timestamp(i64::MAX).unwrap(), None);
}
