//! Transactions on the source, in either isolation of the replicator, and those of the replicator (cases 1 to 4).

use lab::{Case, Generate, Position, Produce};

use crate::AT_MOST;
use crate::ask::{self, compare, compare_as, exact, group, replay, skip, stands, synced};
use crate::labs::{await_end, lab, records, topic, topic_on_both, write};
use crate::ledger::{Finding, Ledger};
use crate::replica::Replica;

crate::cases!(
    copied:
        aborted_records_that_were_copied_are_extra,
        a_replicator_that_reads_committed_records_copies_exactly_them,
        a_transaction_left_open_holds_back_what_is_behind_it_until_it_commits,
        records_of_an_open_transaction_that_were_copied_are_not_judged_yet,
        an_exactly_once_replicator_leaves_markers_on_the_target,
        an_exactly_once_replicator_that_is_killed_copies_nothing_twice;
    by_hand:
        an_open_transaction_of_the_replicator_is_pending
);

/// Ten committed records and a marker, five aborted ones and a marker, and so on: 47 offsets, 30 records.
fn mixed(case: &Case<'_>, topic: &str) {
    let all = records(42);
    let transactions = case.source().transactions(topic, &Produce::default()).unwrap();
    for (range, commit) in [(0..10, true), (10..15, false), (15..25, true), (25..32, false), (32..42, true)] {
        transactions.begin().unwrap();
        transactions.send(topic, all[range].to_vec()).unwrap();
        if commit { transactions.commit() } else { transactions.abort() }.unwrap();
    }
    assert_eq!(case.source().watermarks(topic).unwrap()[&0], (0, 47));
}

/// A group that has read everything, behind the last marker, and what the replicator makes of it.
fn drained(case: &Case<'_>, topic: &str, committed: i64) -> String {
    let name = case.name("drained");
    case.source().commit(&name, &[Position::new(topic, 0, committed)]).unwrap();
    name
}

fn aborted_records_that_were_copied_are_extra() {
    let case = lab().case("dirty-aborted");
    let topic = topic(&case, "orders");
    mixed(&case, &topic);
    let drained = drained(&case, &topic, 47);
    await_end(&case, &topic, 42);
    let extra = |target: (i64, i64)| Finding {
        partition: 0,
        kind: "extra".to_owned(),
        count: u64::try_from(target.1 - target.0 + 1).unwrap(),
        source: None,
        target: Some(target),
        field: None,
    };
    let findings = [extra((10, 14)), extra((25, 31))];
    compare(&case, &topic, &Ledger { extra: 12, findings: Some(findings.into()), ..Ledger::matched(30) });
    // At the replicator's own isolation nothing differs: which is why it is not the one that counts.
    compare_as(&case, &topic, &Ledger::matched(42), &["--isolation", "read_uncommitted"]);
    // Behind the third committed record of the second transaction: 11 + 6 + 3 offsets, 15 + 3 records on the target.
    stands(&case, &topic, 20, 18, &exact(18));
    stands(&case, &topic, 20, 16, &replay(18, 2));
    stands(&case, &topic, 20, 19, &skip(18, 1));
    // Between the first and the second transaction any place beside the aborted records is the same one.
    for committed in [10, 11, 16, 17] {
        stands(&case, &topic, committed, 10, &exact(15));
        stands(&case, &topic, committed, 15, &exact(15));
    }
    // The marker at the end is no lag: before it and behind it is the same position.
    stands(&case, &topic, 46, 42, &exact(42));
    stands(&case, &topic, 47, 42, &exact(42));
    stands(&case, &topic, 47, 41, &replay(42, 1));
    case.await_committed(&drained, &topic, &[(0, 42)].into(), AT_MOST).unwrap();
    synced(&case, &drained, &exact(42));
}

fn a_replicator_that_reads_committed_records_copies_exactly_them() {
    let case = lab().case("clean-aborted");
    let topic = topic(&case, "orders");
    mixed(&case, &topic);
    let drained = drained(&case, &topic, 47);
    await_end(&case, &topic, 30);
    compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(30) });
    for committed in [10, 11, 16, 17] {
        stands(&case, &topic, committed, 10, &exact(10));
    }
    stands(&case, &topic, 20, 13, &exact(13));
    stands(&case, &topic, 20, 12, &replay(13, 1));
    stands(&case, &topic, 20, 15, &skip(13, 2));
    stands(&case, &topic, 46, 30, &exact(30));
    stands(&case, &topic, 47, 29, &replay(30, 1));
    case.await_committed(&drained, &topic, &[(0, 30)].into(), AT_MOST).unwrap();
    synced(&case, &drained, &exact(30));
}

/// Twenty plain records, five of an open transaction, ten plain ones behind it.
fn open_transaction(case: &Case<'_>, topic: &str) -> lab::Transaction {
    let all = records(35);
    write(case.source(), topic, all[..20].to_vec());
    let patient =
        Produce { options: vec![("transaction.timeout.ms".into(), "600000".into())], ..Produce::default() };
    let open = case.source().transactions(topic, &patient).unwrap();
    open.begin().unwrap();
    open.send(topic, all[20..25].to_vec()).unwrap();
    write(case.source(), topic, all[25..].to_vec());
    open
}

fn a_transaction_left_open_holds_back_what_is_behind_it_until_it_commits() {
    let case = lab().case("clean-open");
    let topic = topic(&case, "orders");
    let open = open_transaction(&case, &topic);
    await_end(&case, &topic, 20);
    // Nobody who reads committed records has seen more: the last stable offset is 20.
    compare(&case, &topic, &Ledger::matched(20));
    stands(&case, &topic, 12, 12, &exact(12));
    stands(&case, &topic, 20, 20, &exact(20));
    let above = stands(&case, &topic, 25, 20, &ask::unprovable());
    let why = above["why"].as_str().unwrap();
    assert!(why.contains("25") && why.contains("20") && why.contains("35"), "{why}");
    open.commit().unwrap();
    await_end(&case, &topic, 35);
    compare(&case, &topic, &Ledger::matched(35));
    stands(&case, &topic, 25, 25, &exact(25));
    stands(&case, &topic, 36, 35, &exact(35));
}

fn records_of_an_open_transaction_that_were_copied_are_not_judged_yet() {
    let case = lab().case("dirty-open");
    let topic = topic(&case, "orders");
    let open = open_transaction(&case, &topic);
    await_end(&case, &topic, 35);
    // They may commit, so they are no more foreign than equal: what is stable is compared.
    compare(&case, &topic, &Ledger::matched(20));
    stands(&case, &topic, 12, 12, &exact(12));
    open.commit().unwrap();
    compare(&case, &topic, &Ledger::matched(35));
    stands(&case, &topic, 25, 25, &exact(25));
    stands(&case, &topic, 36, 35, &exact(35));
}

fn an_exactly_once_replicator_leaves_markers_on_the_target() {
    let case = lab().case("once-markers");
    let topic = topic(&case, "orders");
    mixed(&case, &topic);
    let drained = drained(&case, &topic, 47);
    // At least one marker of its own behind the records.
    await_end(&case, &topic, 31);
    compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(30) });
    // Where the markers lie is its affair: the last record says where everything is.
    let end = case.target().watermarks(&topic).unwrap()[&0].1;
    let name = format!("hand.{}", case.name("middle"));
    case.source().commit(&name, &[Position::new(&topic, 0, 20)]).unwrap();
    case.target().commit(&name, &[Position::new(&topic, 0, 0)]).unwrap();
    let stand = &group(&case, &name, 1)[0];
    assert_eq!((&stand["outcome"], &stand["records"]), (&"replay".into(), &13.into()), "{stand:#}");
    let at = stand["exact_target"].as_i64().unwrap();
    stands(&case, &topic, 20, at, &exact(at));
    stands(&case, &topic, 20, at + 1, &skip(at, 1));
    // Behind the trailing marker and before it.
    stands(&case, &topic, 47, end, &exact(end));
    stands(&case, &topic, 47, end - 1, &exact(end));
    stands(&case, &topic, 47, end - 2, &replay(end, 1));
    case.await_group(&drained, &topic, AT_MOST).unwrap();
    synced(&case, &drained, &exact(end));
}

fn an_exactly_once_replicator_that_is_killed_copies_nothing_twice() {
    let case = lab().case("once-killed");
    let topic = topic(&case, "orders");
    let generate = Generate {
        partitions: Some(1),
        timestamp: Some(crate::labs::now() - 86_400_000),
        ..Generate::records(30_000)
    };
    case.source().produce(&topic, generate, &Produce::default()).unwrap();
    await_end(&case, &topic, 1);
    case.kill("connect-once").unwrap();
    case.start("connect-once").unwrap();
    await_end(&case, &topic, 30_000);
    compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(30_000) });
}

fn an_open_transaction_of_the_replicator_is_pending() {
    let case = lab().case("replicating");
    let topic = topic_on_both(&case, "orders", 1);
    let mut replica = Replica::new(0);
    replica.copy(60);
    replica.write(case.source(), case.target(), &topic, &Produce::default(), "none");
    let more = records(40);
    write(case.source(), &topic, more.clone());
    let open = case.target().transactions(&topic, &Produce::default()).unwrap();
    open.begin().unwrap();
    open.send(&topic, more).unwrap();
    compare(&case, &topic, &Ledger { pending: 40, ..Ledger::matched(60) });
    stands(&case, &topic, 30, 30, &exact(30));
    // Finished on the source and not yet visible on the target.
    stands(&case, &topic, 80, 60, &ask::unprovable());
    open.commit().unwrap();
    compare(&case, &topic, &Ledger::matched(100));
    stands(&case, &topic, 80, 80, &exact(80));
    stands(&case, &topic, 100, 101, &exact(101));
}
