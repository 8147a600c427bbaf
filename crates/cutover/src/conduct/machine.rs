//! The lock of this machine: one conductor of a group, whatever its runs are kept in and its unit is called.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use journal::{Conductor, Header, Holder, MachineLock, NotTaken, Thing};
use report::inert::visible;
use runbook::Side;
use runbook::plan::Plan;
use runbook::unit::Unit;
use runbook::verdict::scorecard::quoted;

use crate::exit::Failure;
use crate::output;

/// Names the one place to meet in: a folder that containers share, or one for users who trust each other.
const PLACE: &str = "CUTOVER_LOCKS";
/// Where every user of a machine may leave a file and none may remove another's. Both, since not everybody can write the
/// first everywhere.
const PLACES: [&str; 2] = ["/run/lock", "/tmp"];
/// Steps that change topics for all who use them.
const CHANGE_TOPICS: [&str; 4] = ["fence-writes", "pause-replication", "topic-config", "retire"];

/// Takes all that a run moves for this process, for as long as the answer lives; nothing for a dry run, which moves
/// nothing.
///
/// `folder` is the run's, `by` the person.
///
/// # Errors
/// Another process moves some of it. That nobody can tell stops a run that goes forward; one that goes back goes on, and
/// it is said.
pub fn take(header: &Header, folder: &Path, by: &str, back: bool) -> Result<Option<MachineLock>, Failure> {
    take_in(&places(std::env::var_os(PLACE))?, header, folder, by, back)
}

fn take_in(
    places: &[PathBuf],
    header: &Header,
    folder: &Path,
    by: &str,
    back: bool,
) -> Result<Option<MachineLock>, Failure> {
    if header.is_dry() {
        return Ok(None);
    }
    let conductor = Conductor {
        holder: Holder::this_process(Timestamp::now()),
        person: by.to_owned(),
        run: header.run.to_string(),
        folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
    };
    match MachineLock::take(places, &conductor, &things(&header.plan, &header.clusters)) {
        Ok(lock) => Ok(Some(lock)),
        Err(not_taken) if back && !matches!(not_taken, NotTaken::Conducted { .. }) => {
            let why = not_taken.to_string();
            output::talk(&format!(
                "warning: going back without the lock of this machine, so another conductor on it is not kept out: {}",
                visible(&why)
            ));
            Ok(None)
        }
        Err(not_taken) => Err(refusal(&not_taken)),
    }
}

fn places(named: Option<OsString>) -> Result<Vec<PathBuf>, Failure> {
    match named.filter(|place| !place.is_empty()).map(PathBuf::from) {
        Some(place) if place.is_absolute() => Ok(vec![place]),
        Some(place) => Err(Failure::usage(format!(
            "{PLACE} is {}, which is another folder wherever one stands",
            visible(&place.display().to_string())
        ))
        .hint("give its absolute path")),
        None => Ok(PLACES.map(PathBuf::from).into()),
    }
}

/// What a run moves: the groups of its units, on both clusters, and the topics of units whose writers move or whose topics
/// its steps change. Units that only read a topic may move side by side.
fn things(plan: &Plan, clusters: &BTreeMap<Side, String>) -> Vec<Thing> {
    let of_unit = |unit: &Unit| -> Vec<(&'static str, String)> {
        let groups = unit.groups.keys().map(|group| ("group", group.clone()));
        let mine = |step: &&str, of: Option<&str>| CHANGE_TOPICS.contains(step) && of == Some(&unit.name);
        let changed = plan.steps.iter().any(|step| mine(&step.kind.as_str(), step.unit.as_deref()));
        let topics = unit.all_topics().into_iter().map(|topic| ("topic", topic));
        let topics = topics.filter(|_| changed || !unit.producers.is_empty());
        let all: Vec<_> = groups.chain(topics).collect();
        if all.is_empty() { vec![("unit", unit.name.clone())] } else { all }
    };
    let all = plan.units.iter().flat_map(of_unit);
    let both = all.flat_map(|(kind, name)| {
        clusters.values().map(move |cluster| Thing { cluster: cluster.clone(), kind, name: name.clone() })
    });
    both.collect()
}

fn refusal(not_taken: &NotTaken) -> Failure {
    // What stands in an entry is another user's text.
    let message = visible(&not_taken.to_string()).into_owned();
    let hint = match not_taken {
        NotTaken::Conducted { by, entry, owner, .. } => {
            let runs = by.folder.parent().unwrap_or(Path::new("/")).display().to_string();
            let name = |word: &str| quoted(&visible(word));
            let again = format!("{} --runs-dir {}", name(&by.run), name(&runs));
            format!(
                "see how far it is: cutover status {again}; begin when it has ended, or have it taken back: cutover stand-down {again}\n       (said by {}, a file of user {owner} that is locked by a living process)",
                entry.display()
            )
        }
        NotTaken::Unreadable { entry, .. } => {
            format!("ask its owner; once no such process is left, remove {}", entry.display())
        }
        NotTaken::TooMany { place, .. } => format!(
            "remove those that no process holds (`lslocks` lists the others) from {}, or name another place with {PLACE}",
            place.display()
        ),
        NotTaken::TooLarge { .. } => "divide the runbook: what one run moves is too much".to_owned(),
        NotTaken::Unlisted { .. } | NotTaken::NoPlace { .. } => {
            format!("name a folder that all who conduct on this machine can write: {PLACE}=DIR")
        }
    };
    Failure::refused(message).hint(hint)
}

#[cfg(test)]
mod tests {
    use runbook::plan::PlannedStep;
    use runbook::unit::{Group, Producer};

    use super::*;
    use crate::exit::Exit;

    fn unit(name: &str, writes: bool) -> Unit {
        let producers = writes.then(|| ("checkout".to_owned(), Producer::default()));
        Unit {
            name: name.to_owned(),
            topics: vec!["orders".to_owned()],
            groups: BTreeMap::from([(format!("{name}-group"), Group::default())]),
            producers: producers.into_iter().collect(),
            ..Unit::default()
        }
    }

    fn demo() -> Plan {
        crate::fixture::demo_plan()
    }

    fn clusters() -> BTreeMap<Side, String> {
        BTreeMap::from([(Side::Source, "S".to_owned()), (Side::Target, "T".to_owned())])
    }

    fn of(units: Vec<Unit>, steps: Vec<PlannedStep>) -> Vec<String> {
        let plan = Plan { units, steps, ..demo() };
        things(&plan, &clusters()).iter().map(Thing::to_string).collect()
    }

    #[test]
    fn a_unit_is_its_groups_on_both_clusters_and_its_topics_where_it_changes_them() {
        let groups = ["group u-group of cluster S", "group u-group of cluster T"];
        let topics = ["topic orders of cluster S", "topic orders of cluster T"];
        let both = [groups, topics].concat();
        assert_eq!(of(vec![unit("u", false)], Vec::new()), groups);
        assert_eq!(of(vec![unit("u", true)], Vec::new()), both);
        let fences = |unit: &str| PlannedStep {
            kind: "fence-writes".to_owned(),
            unit: Some(unit.to_owned()),
            ..PlannedStep::default()
        };
        assert_eq!(of(vec![unit("u", false)], vec![fences("u")]), both);
        assert_eq!(of(vec![unit("u", false)], vec![fences("other")]), groups);
        let bare = Unit { name: "bare".to_owned(), ..Unit::default() };
        assert_eq!(of(vec![bare], Vec::new()), ["unit bare of cluster S", "unit bare of cluster T"]);
    }

    #[test]
    fn forward_nobody_goes_untold_and_the_way_back_only_heeds_the_living() {
        let top = tempfile::tempdir().unwrap();
        let there = [top.path().to_owned()];
        let nowhere = [top.path().join("not-there")];
        let mut header = Header { clusters: clusters(), ..Header::new(demo(), "run", Timestamp::now()) };
        let take = |places: &[PathBuf], header: &Header, back| {
            take_in(places, header, Path::new("/runs/one"), "ilse", back)
        };
        let refused = take(&nowhere, &header, false).unwrap_err();
        assert_eq!(refused.exit, Exit::Red);
        assert!(refused.message.contains("not-there") && refused.hint.unwrap().contains(PLACE));
        assert!(take(&nowhere, &header, true).unwrap().is_none(), "going back goes on without");

        let held = take(&there, &header, false).unwrap().unwrap();
        for back in [false, true] {
            let refused = take(&there, &header, back).unwrap_err();
            assert!(refused.message.contains("is being moved by run"), "{}", refused.message);
        }
        header.effects = journal::Effects::Dry;
        assert!(take(&there, &header, false).unwrap().is_none(), "a dry run moves nothing");
        drop(held);
        header.effects = journal::Effects::Print;
        assert!(take(&there, &header, false).unwrap().is_some(), "a person who is told what to do moves it");
    }

    #[test]
    fn a_place_is_the_same_for_whoever_names_it() {
        assert_eq!(places(None).unwrap().len(), PLACES.len());
        assert_eq!(places(Some("/srv/locks".into())).unwrap(), [PathBuf::from("/srv/locks")]);
        assert_eq!(places(Some("locks".into())).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn a_refusal_names_run_person_and_what_to_do_and_shows_what_another_user_wrote() {
        let conductor = Conductor {
            holder: Holder { pid: 7, host: "bastion".to_owned(), since: Timestamp::UNIX_EPOCH },
            person: "il\u{1b}[31mse".to_owned(),
            run: "20261130T020000Z-demo-abcde".to_owned(),
            folder: "/srv/my runs/20261130T020000Z-demo-abcde".into(),
        };
        let thing = Thing { cluster: "S".to_owned(), kind: "group", name: "settlement".to_owned() };
        let entry = PathBuf::from("/run/lock/cutover-conductor-00.lock");
        let failure = refusal(&NotTaken::Conducted {
            by: Box::new(conductor),
            thing: Box::new(thing),
            entry,
            owner: 1000,
        });
        assert_eq!(failure.exit, Exit::Red);
        assert_eq!(
            failure.message,
            "group settlement of cluster S is being moved by run 20261130T020000Z-demo-abcde in /srv/my runs/20261130T020000Z-demo-abcde (il\\u{1b}[31mse, process 7 on bastion since 1970-01-01T00:00:00Z)"
        );
        let hint = failure.hint.unwrap();
        let command = "cutover status 20261130T020000Z-demo-abcde --runs-dir '/srv/my runs'";
        assert!(hint.contains(command) && hint.contains("of user 1000"), "{hint}");
    }
}
