//! Units that were handed over and taken back: their target is no copy of the source any more, but for the records that
//! are declared to be left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use journal::{RunFolder, RunState, Runs, StepOutcome, StepPhase};
use runbook::Side;
use runbook::actions::TargetBorn;
use runbook::plan::Plan;
use runbook::unit::Unit;
use runbook::world::{BornSpan, Measured, Probe};

use super::check::journal_error;
use super::earlier;
use crate::exit::Failure;
use crate::world::PlannedSides;

/// What an earlier run left of a unit on the target, on topics that are still those of then.
struct Left {
    run: String,
    topics: Vec<String>,
    /// How many records were born there, in words.
    born: String,
    /// Where they lie, or why that is not known for certain.
    spans: Result<Vec<BornSpan>, String>,
}

/// Refuses a run of a unit that an earlier run, of the same folder of runs, has handed over and taken back, as long as
/// the topics on the target are still those of then and hold records that the source does not; unless the unit declares
/// exactly those. A declaration of others is refused as well: what no ledger has counted may be a defect of the copy.
pub fn refuse(runs: &Runs, plan: &Plan, sides: &PlannedSides) -> Result<(), Failure> {
    let mut left: BTreeMap<&str, Vec<Left>> = BTreeMap::new();
    for id in runs.list().map_err(journal_error)? {
        let (folder, reading) = earlier::read(runs, &id)?;
        let header = reading.state.header();
        let clusters =
            [header.clusters.get(&Side::Target), sides.ids().get(&Side::Target)].map(|id| id.cloned());
        let elsewhere = matches!(clusters, [Some(then), Some(now)] if then != now);
        let dirty = reading.state.execution().dirty.iter().filter_map(|name| header.plan.unit(name));
        for then in dirty {
            for unit in plan.units.iter().filter(|unit| is_it(then, unit, elsewhere)) {
                let left = left.entry(&unit.name).or_default();
                left.extend(of_run(&folder, &reading.state, then, unit, sides)?);
            }
        }
    }
    plan.units.iter().try_for_each(|unit| one(unit, left.get(unit.name.as_str()).map_or(&[], Vec::as_slice)))
}

/// Refuses what compares without such a declaration being the truth; a unit that declares nothing is compared as it is.
pub fn refuse_undue(runs: &Runs, plan: &Plan, sides: &PlannedSides) -> Result<(), Failure> {
    if plan.units.iter().all(|unit| unit.target_born.is_empty()) { Ok(()) } else { refuse(runs, plan, sides) }
}

fn one(unit: &Unit, left: &[Left]) -> Result<(), Failure> {
    let Some(first) = left.first() else {
        return match unit.target_born.first() {
            None => Ok(()),
            Some(span) => Err(Failure::refused(format!(
                "unit {} declares {span} as born on the target, and no run here has left anything there",
                unit.name
            ))
            .hint("take `target_born` out, or bring the run back whose ledger it is from")),
        };
    };
    let ledgers: Result<Vec<Vec<BornSpan>>, &String> =
        left.iter().map(|left| left.spans.as_ref().cloned()).collect();
    let afresh = format!(
        "keep what is wanted of them (cutover report {} --target-born), delete the topics on the target, and have them copied afresh",
        first.run
    );
    let dirty = format!(
        "unit {} is dirty: run {} handed it over and took it back, {}, and on the target these topics are still those of then: {}",
        unit.name,
        first.run,
        first.born,
        first.topics.join(", ")
    );
    let spans = match ledgers {
        Ok(spans) => BornSpan::joined(spans.concat()),
        Err(_) if unit.target_born.is_empty() => return Err(Failure::refused(dirty).hint(afresh)),
        Err(why) => return Err(Failure::refused(format!("{dirty}; {why}")).hint(afresh)),
    };
    if unit.target_born.is_empty() {
        let hint = format!(
            "{afresh}; or declare them in unit {}, and they are left out of every comparison:\n{}",
            unit.name,
            written(&spans)
        );
        return Err(Failure::refused(dirty).hint(hint));
    }
    match first_difference(&unit.target_born, &spans) {
        None => Ok(()),
        Some(differs) => Err(Failure::refused(format!("{dirty}; {differs}")).hint(format!(
            "declare exactly what was counted, or have the topics copied afresh:\n{}",
            written(&spans)
        ))),
    }
}

/// As it is written in a runbook.
fn written(spans: &[BornSpan]) -> String {
    spans.iter().fold("target_born:".to_owned(), |mut text, span| {
        let BornSpan { topic, partition, from, to } = span;
        write!(text, "\n  - {{ topic: {topic}, partition: {partition}, from: {from}, to: {to} }}")
            .expect("writing to a string");
        text
    })
}

/// The first partition for which something else is declared than was counted.
fn first_difference(declared: &[BornSpan], counted: &[BornSpan]) -> Option<String> {
    let places: BTreeSet<(&str, i32)> =
        declared.iter().chain(counted).map(|span| (span.topic.as_str(), span.partition)).collect();
    places.into_iter().find_map(|(topic, partition)| {
        let of = |spans: &[BornSpan]| -> Vec<String> {
            let own = spans.iter().filter(|span| span.topic == topic && span.partition == partition);
            own.map(|span| format!("{}..{}", span.from, span.to)).collect()
        };
        let said = |spans: &[String]| if spans.is_empty() { "nothing".to_owned() } else { spans.join(", ") };
        let (declared, counted) = (of(declared), of(counted));
        (declared != counted).then(|| {
            format!(
                "of {topic}-{partition} target_born says {}, and what was counted is {}",
                said(&declared),
                said(&counted)
            )
        })
    })
}

/// Whether what was left of a unit is about another: under its own name, or under any that has a topic of it on the same
/// cluster. What is dirty are topics, so one that shares groups alone stands on nothing that was left.
fn is_it(then: &Unit, now: &Unit, elsewhere: bool) -> bool {
    then.name == now.name || (!elsewhere && !topics_of(then, now).is_empty())
}

/// The topics by which a unit can be what was left of another: under its own name all of its topics.
fn topics_of(then: &Unit, now: &Unit) -> Vec<String> {
    let mut topics = now.all_topics();
    if then.name != now.name {
        let known = then.all_topics();
        topics.retain(|topic| known.contains(topic));
    }
    topics
}

/// `left`: the unit as the earlier run had it.
fn of_run(
    folder: &RunFolder,
    state: &RunState,
    left: &Unit,
    unit: &Unit,
    sides: &PlannedSides,
) -> Result<Option<Left>, Failure> {
    if is_proved_clean(state, left) {
        return Ok(None);
    }
    let topics = topics_of(left, unit);
    let now = sides.topic_ids(Side::Target, &topics)?;
    let then = ids_then(folder, state, left);
    let topics: Vec<String> = topics
        .into_iter()
        .filter(|topic| match (then.get(topic), now.get(topic)) {
            (Some(then), Some(now)) => then == now,
            // Gone is not the same; whose id is not known may be.
            (_, None) => false,
            (None, Some(_)) => true,
        })
        .collect();
    if topics.is_empty() {
        return Ok(None);
    }
    let ledger = state.execution().ledgers.get(&left.name);
    let born = match ledger {
        Some(ledger) if ledger.at_most => {
            format!("at most {} records born on the target are not on the source", ledger.records())
        }
        Some(ledger) => format!("{} records born on the target are not on the source", ledger.records()),
        None => "what was born on the target was not counted".to_owned(),
    };
    let spans = spans_of(ledger, &topics);
    Ok(Some(Left { run: state.header().run.to_string(), topics, born, spans }))
}

/// Where the records of a ledger lie, on these topics.
fn spans_of(ledger: Option<&TargetBorn>, topics: &[String]) -> Result<Vec<BornSpan>, String> {
    let ledger = ledger.ok_or("what was not counted cannot be declared")?;
    if ledger.at_most {
        return Err("copies may be among what was counted, and they must not be left out".to_owned());
    }
    if let Some(topic) = topics.iter().find(|topic| ledger.topic_ids.get(*topic).is_none_or(String::is_empty))
    {
        return Err(format!("whether topic {topic} is still that of then is not known: its id was not told"));
    }
    let own = ledger.partitions.iter().filter(|partition| topics.contains(&partition.topic));
    let spans = own.filter_map(|partition| {
        let [first, last] = partition.span?;
        Some(BornSpan {
            topic: partition.topic.clone(),
            partition: partition.partition,
            from: first,
            to: last + 1,
        })
    });
    Ok(spans.collect())
}

/// The ledger was cut and is empty, or nothing but the replicator ever wrote there.
fn is_proved_clean(state: &RunState, unit: &Unit) -> bool {
    let execution = state.execution();
    if let Some(ledger) = execution.ledgers.get(&unit.name) {
        return ledger.records() == 0;
    }
    let back = state.back_plan().into_iter().flat_map(|back| &back.between);
    let mut cuts =
        back.filter(|step| step.kind == "target-born-ledger" && step.unit.as_ref() == Some(&unit.name));
    cuts.any(|step| {
        let phase = execution.step(&step.id).map(|step| &step.phase);
        matches!(phase, Some(StepPhase::Ended(StepOutcome::Skipped { .. })))
    })
}

/// Ids of the unit's topics on the target, as the run saw them.
fn ids_then(folder: &RunFolder, state: &RunState, unit: &Unit) -> BTreeMap<String, String> {
    let execution = state.execution();
    if let Some(ledger) = execution.ledgers.get(&unit.name) {
        return ledger.topic_ids.clone();
    }
    let followed = execution.followed.get(&unit.name).map_or(&[][..], |followed| &followed.evidence);
    let mut ids = BTreeMap::new();
    for observation in followed.iter().filter_map(|digest| folder.evidence(digest).ok()) {
        if let (Probe::Topics { side: Side::Target, .. }, Measured::Topics(seen)) =
            (&observation.probe, &observation.measured)
        {
            ids.extend(seen.topics.iter().filter_map(|topic| Some((topic.topic.clone(), topic.id.clone()?))));
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use runbook::world::PartitionBorn;

    fn span(partition: i32, from: i64, to: i64) -> BornSpan {
        BornSpan { topic: "orders".to_owned(), partition, from, to }
    }

    fn ledger(spans: &[BornSpan], at_most: bool) -> TargetBorn {
        let partitions = spans.iter().map(|span| PartitionBorn {
            topic: span.topic.clone(),
            partition: span.partition,
            from: span.from,
            end: span.to,
            records: 1,
            bytes: 1,
            span: Some([span.from, span.to - 1]),
            timestamps: None,
        });
        let topic_ids = BTreeMap::from([("orders".to_owned(), "id".to_owned())]);
        TargetBorn { partitions: partitions.collect(), topic_ids, at_most }
    }

    fn unit(target_born: Vec<BornSpan>) -> Unit {
        Unit { name: "u".to_owned(), topics: vec!["orders".to_owned()], target_born, ..Unit::default() }
    }

    fn left(ledger: Option<&TargetBorn>) -> Left {
        let topics = vec!["orders".to_owned()];
        let spans = spans_of(ledger, &topics);
        Left { run: "r1".to_owned(), topics, born: "2 records".to_owned(), spans }
    }

    fn refusal(declared: Vec<BornSpan>, left: &[Left]) -> Option<(String, String)> {
        let failure = one(&unit(declared), left).err()?;
        Some((failure.message, failure.hint.unwrap_or_default()))
    }

    #[test]
    fn exactly_what_was_counted_is_let_through() {
        let counted = [span(0, 5, 9), span(1, 3, 4)];
        let ledger = ledger(&counted, false);
        assert_eq!(refusal(counted.to_vec(), &[left(Some(&ledger))]), None);
        let (message, hint) = refusal(Vec::new(), &[left(Some(&ledger))]).expect("nothing is declared");
        assert!(message.contains("is dirty: run r1"), "{message}");
        let lines = "target_born:\n  - { topic: orders, partition: 0, from: 5, to: 9 }\n  - { topic: orders, partition: 1, from: 3, to: 4 }";
        assert!(hint.ends_with(lines), "{hint}");
        let declared = vec![span(0, 5, 9), span(1, 3, 5)];
        let (message, _) = refusal(declared, &[left(Some(&ledger))]).expect("one too many");
        assert!(
            message.ends_with("of orders-1 target_born says 3..5, and what was counted is 3..4"),
            "{message}"
        );
        let (message, _) = refusal(vec![span(1, 3, 4)], &[left(Some(&ledger))]).expect("one is lacking");
        assert!(
            message.ends_with("of orders-0 target_born says nothing, and what was counted is 5..9"),
            "{message}"
        );
    }

    #[test]
    fn a_unit_of_another_name_is_dirty_where_it_has_a_topic_of_one_that_is() {
        let named = |name: &str, topics: &[&str]| Unit {
            name: name.to_owned(),
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            groups: [("g".to_owned(), runbook::unit::Group::default())].into(),
            ..Unit::default()
        };
        let then = named("orders", &["orders", "accounts"]);
        let renamed = named("settlement", &["accounts", "invoices"]);
        assert!(is_it(&then, &renamed, false));
        assert_eq!(topics_of(&then, &renamed), ["accounts"], "of the others nothing was left");
        assert!(!is_it(&then, &renamed, true), "topics of these names on another cluster");
        assert!(!is_it(&then, &named("settlement", &["invoices"]), false), "the same group, other topics");
        // Under its own name ids of topics alone tell, also where the cluster's own id was not known.
        let own = named("orders", &["invoices"]);
        assert!(is_it(&then, &own, true));
        assert_eq!(topics_of(&then, &own), ["invoices"]);
    }

    #[test]
    fn what_two_runs_left_is_declared_together() {
        let (first, second) = (ledger(&[span(0, 5, 9)], false), ledger(&[span(0, 20, 30)], false));
        let both = [left(Some(&first)), left(Some(&second))];
        assert!(refusal(vec![span(0, 5, 9)], &both).is_some());
        assert_eq!(refusal(vec![span(0, 5, 9), span(0, 20, 30)], &both), None);
    }

    #[test]
    fn what_was_not_counted_exactly_cannot_be_declared() {
        let counted = [span(0, 5, 9)];
        let at_most = ledger(&counted, true);
        let unknown = TargetBorn { topic_ids: BTreeMap::new(), ..ledger(&counted, false) };
        for ledger in [None, Some(&at_most), Some(&unknown)] {
            assert!(refusal(counted.to_vec(), &[left(ledger)]).is_some());
            let (_, hint) = refusal(Vec::new(), &[left(ledger)]).expect("it is dirty");
            assert!(!hint.contains("target_born:"), "{hint}");
        }
        let (message, _) = refusal(counted.to_vec(), &[]).expect("nobody left anything");
        assert!(message.contains("declares orders-0 5..9"), "{message}");
    }
}
