use super::*;
use crate::check::Facts;
use crate::verdict::{Item, ItemVerdict, Level};

const DAY: i64 = 86_400_000;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_796_000_000 + hours * 3_600).unwrap()
}

fn facts(left: i64, cause: &str, lost: i64) -> Facts {
    Facts::new().with("time_left", left).with("cause", cause).with("needed", 1_000).with("lost", lost)
}

fn point(left: i64, cause: &str, point: i64) -> Item {
    Item::new("topic orders, partition 0", facts(left, cause, 0).with("recovery_point", point))
}

fn commits(left: i64) -> Item {
    Item::new("commits of the unit's groups, on source", facts(left, "offset expiry", 0))
}

fn judged(items: Vec<Item>, measured: Timestamp) -> Judgement {
    let items = items.into_iter().map(|item| ItemVerdict { item, level: Level::Green }).collect();
    Judgement {
        level: Level::Green,
        why: None,
        findings: Vec::new(),
        items,
        evidence: Vec::new(),
        measured_at: Some(measured),
        incomplete: false,
    }
}

fn unit() -> Unit {
    Unit { name: "u".to_owned(), ..Unit::default() }
}

fn check() -> PlannedCheck {
    PlannedCheck {
        id: "anchor".to_owned(),
        kind: KIND.to_owned(),
        built: true,
        title: None,
        help: None,
        dimension: crate::Dimension::Rollback,
        proof: crate::Proof::Anchor,
        covers: Vec::new(),
        severity: crate::Severity::Blocker,
        on: None,
        units: vec!["u".to_owned()],
        with: serde_json::Value::Null,
        green: None,
        yellow: None,
        no_data: None,
        settle: None,
        sample: None,
        budget: None,
        max_age_ms: None,
        due: None,
        from_rehearsal: false,
        owner: None,
        rule_digest: String::new(),
    }
}

/// The clock of the only unit, `now` hours after the first look.
#[derive(Clone, Copy, Default)]
struct Case<'a> {
    latest: Option<&'a Judgement>,
    at_switch: Option<&'a Judgement>,
    stopped: Option<Timestamp>,
    switched: Option<Timestamp>,
    horizon_ms: Option<u64>,
    without_members: Option<&'a str>,
    without_check: bool,
}

impl Case<'_> {
    fn clock(&self, now: i64) -> ReturnClock {
        let mut unit = unit();
        let group = crate::unit::Group { horizon_ms: self.horizon_ms, ..Default::default() };
        unit.groups.insert("g".to_owned(), group);
        fn looks(judgement: Option<&Judgement>) -> BTreeMap<(&'static str, &'static str), Look<'_>> {
            let look = judgement.map(|judgement| (("u", "anchor"), Look { judgement, at: at(1) }));
            look.into_iter().collect()
        }
        let checks = if self.without_check { Vec::new() } else { vec![check()] };
        let clocks = clocks(&Input {
            units: &[unit],
            checks: &checks,
            latest: looks(self.latest),
            at_switch: looks(self.at_switch),
            stopped: self.stopped.map(|stopped| ("u", stopped)).into_iter().collect(),
            without_members: self.without_members.map(|groups| ("u", groups)).into_iter().collect(),
            switched: self.switched,
            now: at(now),
        });
        clocks.into_iter().next().unwrap()
    }
}

#[test]
fn the_earliest_end_counts_with_its_cause() {
    let look = judged(vec![point(2 * DAY, "retention.ms", 5), commits(7 * DAY)], at(0));
    let clock = Case { latest: Some(&look), ..Case::default() }.clock(2);
    // Counted from the moment of judging, an hour after the look.
    assert_eq!((clock.state, clock.until), (ReturnState::Open, Some(at(49))));
    assert_eq!(clock.cause.as_deref(), Some("retention.ms"));
    assert_eq!(clock.subject.as_deref(), Some("topic orders, partition 0"));
    assert_eq!(clock.measured_at, Some(at(0)));
    let told = clock.told(at(2));
    assert!(
        told.starts_with("u: yes, until 2026-12-02 01:53:20 UTC, ") && told.contains("1d23h left"),
        "{told}"
    );
}

#[test]
fn its_time_runs_out() {
    let look = judged(vec![point(DAY, "retention.bytes", 5)], at(0));
    let case = Case { latest: Some(&look), ..Case::default() };
    assert_eq!(case.clock(23).state, ReturnState::Open);
    let clock = case.clock(24);
    assert_eq!(clock.state, ReturnState::Gone);
    assert!(clock.told(at(24)).contains("NOT WITHOUT LOSS: its time is over by retention.bytes"));
}

#[test]
fn what_is_deleted_is_gone_whatever_else_is_left() {
    let lost = Item::new("topic orders, partition 1", facts(9 * DAY, "retention.ms", 12));
    let look = judged(vec![point(DAY, "retention.ms", 5), lost], at(0));
    let clock = Case { latest: Some(&look), ..Case::default() }.clock(2);
    assert_eq!(clock.state, ReturnState::Gone);
    assert_eq!(clock.why, "12 offsets after the recovery point of topic orders, partition 1 are deleted");
}

#[test]
fn unknown_is_never_plenty() {
    let none = Case { without_check: true, ..Case::default() }.clock(2);
    assert_eq!((none.state, none.until), (ReturnState::Unknown, None));
    assert!(none.why.contains("no check of the plan"));

    let unmeasured = Case::default().clock(2);
    assert_eq!(unmeasured.state, ReturnState::Unknown);
    assert!(unmeasured.why.contains("was not measured"));

    let refused = Judgement::unknown("the source did not answer");
    let clock = Case { latest: Some(&refused), ..Case::default() }.clock(2);
    assert_eq!((clock.state, clock.until), (ReturnState::Unknown, None));
    assert!(clock.why.contains("the source did not answer"));

    // What is known ends it at the latest.
    let size = Item::unknown("topic orders, partition 0, retention.bytes", "its size was not told");
    let look = judged(vec![point(DAY, "retention.ms", 5), size], at(0));
    let clock = Case { latest: Some(&look), ..Case::default() }.clock(2);
    assert_eq!((clock.state, clock.until), (ReturnState::Unknown, Some(at(25))));
    assert!(clock.told(at(2)).contains("its size was not told; at the latest until"));

    // Facts that are not there are no end, and no lack of one.
    let bare = judged(vec![Item::new("topic orders, partition 0", Facts::new())], at(0));
    assert_eq!(Case { latest: Some(&bare), ..Case::default() }.clock(2).state, ReturnState::Unknown);
}

#[test]
fn without_limits_there_is_no_end() {
    let look = judged(vec![point(i64::MAX, "none", 5)], at(0));
    let clock = Case { latest: Some(&look), ..Case::default() }.clock(2);
    assert_eq!((clock.state, clock.until), (ReturnState::Open, None));
}

#[test]
fn commits_expire_from_the_stop() {
    let look = judged(vec![commits(DAY)], at(0));
    let running = Case { latest: Some(&look), ..Case::default() };
    assert_eq!(running.clock(2).until, Some(at(24)));
    let stopped = Case { latest: Some(&look), stopped: Some(at(-4)), ..Case::default() };
    assert_eq!(stopped.clock(2).until, Some(at(20)));
}

#[test]
fn commits_of_a_group_that_had_no_members_expire_nobody_knows_when() {
    let look = judged(vec![commits(DAY)], at(0));
    let case = Case { latest: Some(&look), without_members: Some("g"), ..Case::default() };
    for stopped in [None, Some(at(1))] {
        let clock = Case { stopped, ..case }.clock(2);
        assert_eq!((clock.state, clock.until), (ReturnState::Unknown, Some(at(24))));
        assert!(
            clock.why.starts_with("g had no members before the run stopped any application"),
            "{}",
            clock.why
        );
    }
}

#[test]
fn a_return_goes_to_the_recovery_point_of_the_switch() {
    let then = judged(vec![point(DAY, "retention.ms", 5)], at(0));
    // Somebody read on at the source: its own commit would be kept longer.
    let later = judged(vec![point(3 * DAY, "retention.ms", 80)], at(0));
    let clock = Case { latest: Some(&later), at_switch: Some(&then), ..Case::default() }.clock(2);
    assert_eq!(clock.until, Some(at(25)));
    // Retention was raised since: the same recovery point is kept longer.
    let raised = judged(vec![point(3 * DAY, "retention.ms", 5)], at(0));
    let clock = Case { latest: Some(&raised), at_switch: Some(&then), ..Case::default() }.clock(2);
    assert_eq!(clock.until, Some(at(73)));
    // The source does not know the group any more: the run does.
    let forgotten = Judgement::unknown("no group of the unit has a commit on the source");
    let clock = Case { latest: Some(&forgotten), at_switch: Some(&then), ..Case::default() }.clock(2);
    assert_eq!((clock.state, clock.until), (ReturnState::Open, Some(at(25))));
    assert!(clock.why.contains("as measured before the switch, the latest look: no group"), "{}", clock.why);
}

#[test]
fn a_recovery_point_deleted_since_the_switch_is_gone_wherever_the_commit_is_now() {
    let then = judged(vec![point(DAY, "retention.ms", 5)], at(0));
    let later = |log_start: &str| {
        judged(vec![point(3 * DAY, "retention.ms", 80).showing("log start", log_start.to_owned())], at(0))
    };
    let clock =
        |later: &Judgement| Case { latest: Some(later), at_switch: Some(&then), ..Case::default() }.clock(2);
    assert_eq!(clock(&later("5")).state, ReturnState::Open);
    let gone = clock(&later("30"));
    assert_eq!((gone.state, gone.until), (ReturnState::Gone, None));
    assert_eq!(gone.why, "25 offsets after the recovery point of topic orders, partition 0 are deleted");

    // A log start behind the commit of now as well.
    let lost = facts(DAY, "retention.ms", 10).with("recovery_point", 80);
    let lost = judged(vec![Item::new("topic orders, partition 0", lost)], at(0));
    assert_eq!(
        clock(&lost).why,
        "85 offsets after the recovery point of topic orders, partition 0 are deleted"
    );
}

#[test]
fn a_horizon_counts_from_the_switch() {
    let look = judged(vec![point(9 * DAY, "retention.ms", 5)], at(0));
    let before = Case { latest: Some(&look), horizon_ms: Some(3_600_000), ..Case::default() };
    assert_eq!(before.clock(2).cause.as_deref(), Some("retention.ms"));
    let after = Case { switched: Some(at(2)), ..before };
    let clock = after.clock(2);
    assert_eq!((clock.until, clock.cause.as_deref()), (Some(at(3)), Some("deduplication horizon")));
    assert_eq!(clock.subject.as_deref(), Some("group g"));
    assert_eq!(after.clock(3).state, ReturnState::Gone);
}

#[test]
fn the_worst_is_the_first() {
    let clock = |state, until| ReturnClock {
        unit: "u".to_owned(),
        state,
        until,
        cause: None,
        subject: None,
        why: String::new(),
        measured_at: None,
    };
    let open = clock(ReturnState::Open, Some(at(9)));
    let endless = clock(ReturnState::Open, None);
    let unknown = clock(ReturnState::Unknown, None);
    let all = [endless, open.clone(), unknown.clone()];
    assert_eq!(ReturnClock::first(&all), Some(&unknown));
    assert_eq!(ReturnClock::first(&all[..2]), Some(&open));
    assert_eq!(ReturnClock::first(&[]), None);
}
