//! One record dropped, altered, swapped or added among many (case 6).

use lab::Produce;

use crate::ask::{self, compare};
use crate::labs::{await_end, lab, records, topic, topic_on_both, write};
use crate::ledger::{Finding, Ledger};
use crate::replica::{Change, Replica};

crate::cases!(
    copied:
        what_a_transformation_of_the_replicator_loses_and_changes_is_found;
    by_hand:
        each_mistake_among_a_hundred_thousand_records_is_found_where_it_is
);

/// One mistake in the middle of each partition, and none in the last one.
fn each_mistake_among_a_hundred_thousand_records_is_found_where_it_is() {
    let case = lab().case("changed");
    let mistakes: [fn(&mut Replica); 9] = [
        |replica| replica.lose(1),
        |replica| replica.alter(Change::Key),
        |replica| replica.alter(Change::Value),
        |replica| replica.alter(Change::NullToEmpty),
        |replica| replica.alter(Change::Header),
        |replica| replica.alter(Change::Timestamp),
        Replica::swap,
        |replica| replica.foreign(1),
        |_| (),
    ];
    let topic = topic_on_both(&case, "orders", i32::try_from(mistakes.len()).unwrap());
    let mut ledger = Ledger::default();
    for (partition, mistake) in (0..).zip(&mistakes) {
        let mut replica = Replica::new(partition);
        replica.copy(6_000);
        mistake(&mut replica);
        replica.copy(5_500);
        replica.write(case.source(), case.target(), &topic, &Produce::default(), "none");
        ledger = ledger.with(replica.ledger());
    }
    assert!(ledger.matched > 100_000);
    compare(&case, &topic, &ledger);
}

/// MirrorMaker itself makes the mistakes: a filter, and a transformation of headers.
fn what_a_transformation_of_the_replicator_loses_and_changes_is_found() {
    let case = lab().case("bent");
    let topic = topic(&case, "orders");
    let mut all = records(1_000);
    for lost in [300, 301, 302, 700] {
        all[lost] = all[lost].clone().header("lose", "me");
    }
    all[500] = all[500].clone().header("bend", "me");
    write(case.source(), &topic, all);
    await_end(&case, &topic, 996);
    let finding = |kind: &str, source: (i64, i64), target, field: Option<&str>| Finding {
        partition: 0,
        kind: kind.to_owned(),
        count: u64::try_from(source.1 - source.0 + 1).unwrap(),
        source: Some(source),
        target,
        field: field.map(str::to_owned),
    };
    let findings = [
        finding("missing", (300, 302), None, None),
        finding("altered", (500, 500), Some((497, 497)), Some("headers")),
        finding("missing", (700, 700), None, None),
    ];
    let ledger = Ledger { missing: 4, altered: 1, findings: Some(findings.into()), ..Ledger::matched(995) };
    compare(&case, &topic, &ledger);
    // Whoever has finished the lost ones goes on behind them; whoever has not never gets them.
    ask::stands(&case, &topic, 303, 300, &ask::skip(300, 2));
    ask::stands(&case, &topic, 800, 796, &ask::exact(796));
}
