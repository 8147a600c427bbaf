//! Records that look alike (case 12).

use lab::Record;

use crate::ask::{compare, exact, group, replay, skip, stands};
use crate::labs::{await_end, lab, now, records_from, topic, topic_on_both, write};
use crate::ledger::Ledger;

crate::cases!(
    copied:
        in_a_burst_of_identical_records_the_number_counts,
        a_topic_of_nothing_but_identical_records_is_counted_from_its_beginning;
    by_hand:
        identical_records_without_a_beginning_are_ambiguous
);

fn heartbeat(at: i64) -> Record {
    Record::keyed("heart", "beat").to(0).at(at)
}

/// A hundred records, two hundred identical ones of one millisecond, a hundred records.
fn burst() -> Vec<Record> {
    let begin = now() - 86_400_000;
    let mut all = records_from(begin, 100);
    all.extend(std::iter::repeat_n(heartbeat(begin + 200_000), 200));
    all.extend(records_from(begin + 300_000, 100));
    all
}

fn in_a_burst_of_identical_records_the_number_counts() {
    let case = lab().case("dirty-burst");
    let topic = topic(&case, "beats");
    let all = burst();
    write(case.source(), &topic, all.clone());
    let lacking = topic_on_both(&lab().case("burst"), "beats", 1);
    let mut short = all.clone();
    short.remove(150);
    write(case.source(), &lacking, all);
    write(case.target(), &lacking, short);
    await_end(&case, &topic, 400);
    compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(400) });
    for at in [100, 101, 200, 299, 300] {
        stands(&case, &topic, at, at, &exact(at));
    }
    stands(&case, &topic, 200, 190, &replay(200, 10));
    stands(&case, &topic, 200, 203, &skip(200, 3));
    // Which of them is lost cannot be told; that one is, can.
    compare(&case, &lacking, &Ledger { missing: 1, ..Ledger::matched(399) });
    // Whether a finished one or one still to come: behind 200 there is one fewer than is to come.
    stands(&case, &lacking, 200, 200, &skip(200, 1));
    stands(&case, &lacking, 50, 50, &skip(50, 1));
    stands(&case, &lacking, 350, 349, &exact(349));
}

fn a_topic_of_nothing_but_identical_records_is_counted_from_its_beginning() {
    let case = lab().case("clean-beats");
    let topic = topic(&case, "beats");
    let at = now() - 86_400_000;
    write(case.source(), &topic, std::iter::repeat_n(heartbeat(at), 500));
    await_end(&case, &topic, 500);
    compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(500) });
    stands(&case, &topic, 250, 250, &exact(250));
    stands(&case, &topic, 250, 240, &replay(250, 10));
    stands(&case, &topic, 500, 500, &exact(500));
}

fn identical_records_without_a_beginning_are_ambiguous() {
    let case = lab().case("beats");
    let topic = topic_on_both(&case, "beats", 1);
    let at = now() - 86_400_000;
    write(case.source(), &topic, std::iter::repeat_n(heartbeat(at), 100));
    write(case.target(), &topic, std::iter::repeat_n(heartbeat(at), 90));
    case.source().delete_records(&topic, 0, 20).unwrap();
    case.target().delete_records(&topic, 0, 10).unwrap();
    let name = case.name("hand");
    case.source().commit(&name, &[lab::Position::new(&topic, 0, 50)]).unwrap();
    case.target().commit(&name, &[lab::Position::new(&topic, 0, 50)]).unwrap();
    assert_eq!(group(&case, &name, 4)[0]["outcome"], "ambiguous");
}
