use runbook::Side;
use runbook::action::Settled;
use runbook::actions::{CapturePositions, capture_probes, captured};
use runbook::world::{Command, Found, GroupKind, Observations, Outcome, Probe};
use serde_json::json;

use crate::cases::{Carried, Setup, Told, refused};
use crate::world::{World, at, held, member};

fn land() -> Setup {
    Setup::new("commit-offsets", None, json!({ "groups": "unit" }))
}

/// With what `final-position` has seen in this world.
fn from_captured() -> Setup {
    let mut setup = Setup::new("commit-offsets", None, json!({ "groups": "unit", "from": "final-position" }));
    let seen = capture(&setup).1;
    let kept = seen.iter().filter_map(|(_, outcome)| outcome.clone().ok()).collect();
    setup.kept.insert("final-position".to_owned(), kept);
    setup
}

fn capture(setup: &Setup) -> (Carried, Observations, CapturePositions) {
    let mut carried = setup.carried_out();
    carried.step.kind = "capture-positions".to_owned();
    carried.step.with = json!({});
    let with = CapturePositions::of(&carried.step).unwrap();
    let probes = capture_probes(&carried.scope(), &with);
    let seen = probes.iter().map(|probe| carried.world.answer(probe)).collect();
    (carried, seen, with)
}

#[test]
fn where_a_group_is_landed() {
    let mut told = Told::default();
    told.case("every partition of the unit", land());
    told.case("as captured", from_captured());
    told.case(
        "the same boundary is left as it is",
        land().bent(|s| {
            s.world.group(Side::Target).commits.insert(at("orders", 0), held(88));
            s.world.positions.insert(at("orders", 0), |position| position.outcome = Outcome::Exact);
        }),
    );
    told.case(
        "the text beside a commit is carried, and put back",
        land().bent(|s| {
            s.world.group(Side::Source).commits.get_mut(&at("orders", 0)).unwrap().metadata =
                "batch 7".to_owned();
            s.world.group(Side::Target).commits.get_mut(&at("orders", 0)).unwrap().metadata =
                "mirror".to_owned();
        }),
    );
    told.case(
        "a group the target does not know",
        land().bent(|s| {
            s.world.groups.remove(&(Side::Target, "settlement".to_owned()));
        }),
    );
    let uncommitted = |reset: &'static str| {
        land().bent(move |s| {
            s.unit("/groups/settlement/reset", json!(reset));
            s.world.group(Side::Source).commits.remove(&at("accounts", 0));
        })
    };
    told.case("no commit, reset none", uncommitted("none"));
    told.case(
        "no commit, reset none, and one on the target",
        uncommitted("none")
            .bent(|s| drop(s.world.group(Side::Target).commits.insert(at("accounts", 0), held(20)))),
    );
    told.case("no commit, reset earliest", uncommitted("earliest"));
    told.case("no commit, reset latest", uncommitted("latest"));
    told.case(
        "no commit, nothing left on the source, reset earliest",
        uncommitted("earliest").bent(|s| s.world.partition(Side::Source, "accounts", 0).start = 80),
    );
    told.case("no commit, the twin is not proved", uncommitted("earliest").bent(|s| s.world.no_twin = true));
    told.case("no commit, twins not seen", uncommitted("latest").bent(|s| s.world.silent.push("places")));
    told.case("no commit, an unknown policy", uncommitted("by_duration:PT1H"));
    told.case(
        "no commit, no policy",
        uncommitted("none").bent(|s| s.unit("/groups/settlement/reset", json!(null))),
    );
    insta::assert_snapshot!(told.0);
}

/// The flow that copies and syncs is a second writer until it leaves out what is landed.
#[test]
fn what_the_flow_goes_on_writing_is_not_landed_over() {
    let syncs = |more: &[(&str, &str)]| {
        let mut settings = vec![("sync.group.offsets.enabled", "true")];
        settings.extend(more);
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        land().bent(move |s| s.world.connector("mirror-checkpoint").settings.extend(settings))
    };
    let state = |setup: Setup, connector: &'static str, state: &'static str| {
        setup.bent(move |s| {
            let connector = s.world.connector(connector);
            connector.state = state.to_owned();
            connector.tasks.values_mut().for_each(|task| *task = state.to_owned());
        })
    };
    let fenced = |before: bool| {
        land().bent(move |s| {
            let fence = crate::plans::step("fence-writes", None, json!({ "topics": "unit" }));
            s.step["needs"] = if before { json!(["fence-writes"]) } else { json!([]) };
            s.plan["steps"] = json!([fence, s.step]);
        })
    };
    let leaves_out = |setup: Setup, topics: &'static str| {
        setup.bent(move |s| {
            let settings = &mut s.world.connector("mirror-source").settings;
            settings.insert("topics.exclude".to_owned(), topics.to_owned());
        })
    };
    let mut told = Told::default();
    let mut first = |title: &str, setup: Setup| {
        let text = setup.told();
        let lines = text.lines().take(if text.contains("refused") { 3 } else { 1 });
        told.0.push_str(&format!("{title}\n{}\n\n", lines.collect::<Vec<_>>().join("\n")));
    };
    first("commits are synced", syncs(&[]));
    first("commits are synced, this group left out", syncs(&[("groups.exclude", "ledger,settlement")]));
    first("commits are synced, of other groups", syncs(&[("groups", "ledger, billing")]));
    first(
        "commits are synced, by a filter of their own",
        syncs(&[("groups.exclude", "settlement"), ("group.filter.class", "com.example.TeamFilter")]),
    );
    first("commits are synced, without checkpoints", syncs(&[("emit.checkpoints.enabled", "false")]));
    first("commits are synced, paused", state(syncs(&[]), "mirror-checkpoint", "PAUSED"));
    first("commits are synced, stopped", state(syncs(&[]), "mirror-checkpoint", "STOPPED"));
    first("topics are copied, and no fence before", fenced(false));
    first("topics are copied behind a fence", fenced(true));
    first("one topic is copied behind a fence", leaves_out(fenced(true), "orders,orders.retry"));
    first("no topic is copied behind a fence", leaves_out(fenced(true), "orders,accounts,orders.retry"));
    first("paused behind a fence", state(fenced(true), "mirror-source", "PAUSED"));
    first("connectors not seen", land().bent(|s| s.world.silent.push("connectors")));
    let left_out = |s: &mut Setup| s.world.connectors.retain(|c| c.role.as_deref() != Some("source"));
    first("no connector that copies is told of, behind a fence", fenced(true).bent(left_out));
    first("no connector that copies is told of, and no fence before", fenced(false).bent(left_out));
    first("dedicated mode", syncs(&[]).bent(|s| s.plan["replicator"]["connect"] = json!(null)));
    insta::assert_snapshot!(told.0);
}

/// Kafka's own tool writes no text and takes away what stood there; who lands by hand has landed all the same.
#[test]
fn what_is_landed_by_hand_loses_its_text_and_no_more() {
    let setup = land().bent(|s| {
        let text = |side: Side, text: &str, s: &mut Setup| {
            let commit = s.world.group(side).commits.get_mut(&at("orders", 0)).unwrap();
            commit.metadata = text.to_owned();
        };
        text(Side::Source, "batch 7", s);
        text(Side::Target, "mirror", s);
    });
    let mut carried = setup.carried_out();
    let applied = carried.proposed().unwrap();
    let printed = applied.clone().by_hand();
    let lost =
        "the text beside 1 commit of group settlement on target is lost: kafka-consumer-groups writes none";
    assert!(printed.notes.contains(&lost.to_owned()), "{:?}", printed.notes);
    // What the tool does: offsets, without a look at what stood there.
    let by_hand = |carried: &mut Carried, back: bool| {
        for change in &printed.changes {
            let Command::SetCommits { commits, .. } = &change.command else { panic!() };
            for commit in commits {
                let wanted = if back { &commit.from } else { &commit.to };
                let now = &mut carried.world.group(Side::Target).commits;
                match wanted {
                    Some(wanted) => {
                        now.insert(at(&commit.topic, commit.partition), held(wanted.offset));
                    }
                    None => drop(now.remove(&at(&commit.topic, commit.partition))),
                }
            }
        }
    };

    by_hand(&mut carried, false);
    assert_eq!(carried.settled(&printed), Settled::Yes);
    assert!(
        matches!(carried.settled(&applied), Settled::Cannot { .. }),
        "a run that applies writes the text"
    );

    by_hand(&mut carried, true);
    assert_eq!(carried.undone(&printed), Settled::Yes);

    by_hand(&mut carried, false);
    carried.world.group(Side::Target).commits.get_mut(&at("orders", 0)).unwrap().offset += 1;
    let Settled::Cannot { why } = carried.settled(&printed) else { panic!() };
    assert!(why.contains("somebody else has set it"), "{why}");
}

#[test]
fn what_is_not_landed() {
    let mut told = Told::default();
    let bent = |title: &str, told: &mut Told, bend: fn(&mut World)| {
        told.case(title, land().bent(|s| bend(&mut s.world)));
    };
    bent("members on the target", &mut told, |w| w.run(Side::Target, 2, false));
    bent("members on the source", &mut told, |w| {
        let group = w.group(Side::Source);
        (group.state, group.members) = ("Stable", vec![member("settlement-0", Some("node-1"))]);
    });
    bent("between two generations", &mut told, |w| w.group(Side::Target).state = "CompletingRebalance");
    bent("commits move on the target", &mut told, |w| {
        w.group(Side::Target).moving = [at("orders", 0)].into()
    });
    bent("commits move on the source", &mut told, |w| {
        w.group(Side::Source).moving = [at("orders", 1)].into()
    });
    bent("the source does not know the group", &mut told, |w| {
        w.groups.remove(&(Side::Source, "settlement".to_owned()));
    });
    bent("a streams group", &mut told, |w| w.group(Side::Target).kind = GroupKind::Streams);
    bent("commits not readable", &mut told, |w| {
        w.group(Side::Source).unread = Some("the commit on orders-0: not authorised".to_owned());
    });
    bent("several places", &mut told, |w| {
        w.positions.insert(at("orders", 0), |position| {
            position.exact_proved = false;
            position.outcome = Outcome::Ambiguous;
            position.why = Some("3 places look the same".to_owned());
        });
    });
    bent("nobody could read it", &mut told, |w| {
        w.positions.insert(at("orders", 0), |position| {
            position.exact_proved = false;
            position.exact_target = None;
            position.outcome = Outcome::Unprovable;
            position.why = Some("the read budget of 256 MiB was used up".to_owned());
        });
    });
    bent("records born on the target behind it", &mut told, |w| {
        w.positions.insert(at("orders", 0), |position| {
            position.exact_proved = false;
            position.proof = None;
            position.outcome = Outcome::Unprovable;
            position.target_born_at_exact = Some(150);
            position.why = Some("150 records born on the target lie behind the exact position".to_owned());
        });
    });
    bent("an earliest safe candidate that looks exact", &mut told, |w| {
        w.positions.insert(at("orders", 1), |position| position.exact_proved = false);
    });
    bent("exact, but how is not told", &mut told, |w| {
        w.positions.insert(at("orders", 0), |position| position.proof = None);
    });
    bent("beyond the target's log", &mut told, |w| w.partition(Side::Target, "orders", 0).end = 40);
    bent("before the target's log", &mut told, |w| w.partition(Side::Target, "orders", 0).start = 95);
    bent("a position proved for another commit", &mut told, |w| {
        w.positions.insert(at("orders", 0), |position| position.source_committed = Some(70));
    });
    bent("a partition on the source alone", &mut told, |w| {
        drop(w.topics.get_mut(&(Side::Target, "orders".to_owned())).unwrap().partitions.pop());
    });
    bent("a partition on the target alone", &mut told, |w| {
        drop(w.topics.get_mut(&(Side::Source, "orders".to_owned())).unwrap().partitions.pop());
    });
    bent("a topic on the source alone", &mut told, |w| {
        w.topics.get_mut(&(Side::Target, "accounts".to_owned())).unwrap().found = Found::Absent;
    });
    bent("a topic nobody may see", &mut told, |w| {
        w.topics.get_mut(&(Side::Target, "accounts".to_owned())).unwrap().found = Found::Unauthorised;
    });
    bent("positions in part", &mut told, |w| w.partial.push("exact positions of group"));
    bent("ends not seen", &mut told, |w| w.silent.push("log ends"));
    bent("topics not seen", &mut told, |w| w.silent.push("topics on target"));
    bent("activity on the source not seen", &mut told, |w| w.silent.push("on source"));
    told.case("on the source", Setup::new("commit-offsets", Some("source"), json!({ "groups": "unit" })));
    told.case("a group of nobody", Setup::new("commit-offsets", None, json!({ "groups": ["others"] })));
    told.case("another truth", land().bent(|s| s.unit("/groups/settlement/truth", json!("checkpoint"))));
    insta::assert_snapshot!(told.0);
}

#[test]
fn what_was_captured_must_still_hold() {
    let mut told = Told::default();
    told.case(
        "the group moved on",
        from_captured().bent(|s| {
            s.world.group(Side::Source).commits.insert(at("orders", 0), held(95));
            s.world.group(Side::Source).commits.remove(&at("accounts", 0));
        }),
    );
    told.case(
        "the source went on",
        from_captured().bent(|s| {
            let partition = s.world.partition(Side::Source, "orders", 1);
            (partition.lso, partition.end) = (52, 53);
        }),
    );
    told.case(
        "the target went on",
        from_captured().bent(|s| {
            let partition = s.world.partition(Side::Target, "orders.retry", 0);
            (partition.lso, partition.end) = (1, 1);
        }),
    );
    told.case("nothing captured", from_captured().bent(|s| s.kept.clear()));
    told.case(
        "another group captured",
        from_captured().bent(|s| {
            s.kept
                .get_mut("final-position")
                .unwrap()
                .retain(|seen| !matches!(seen.probe, Probe::Groups { .. }))
        }),
    );
    told.case(
        "ends not captured",
        from_captured().bent(|s| {
            s.kept.get_mut("final-position").unwrap().retain(|seen| !matches!(seen.probe, Probe::Ends { .. }))
        }),
    );
    told.case(
        "captured in part",
        from_captured().bent(|s| {
            for seen in s.kept.get_mut("final-position").unwrap() {
                seen.partial = Some("half".to_owned());
            }
        }),
    );
    insta::assert_snapshot!(told.0);
}

#[test]
fn when_a_landing_is_believed() {
    let mut told = Told::default();
    told.case("the commands had no effect", land().bent(|s| s.world.frozen = true));
    told.case_with("a member came", land(), |w| w.run(Side::Target, 1, false));
    told.case_with("commits move", land(), |w| w.group(Side::Target).moving = [at("orders", 0)].into());
    told.case_with("landed in the midst of the look", land(), |w| {
        w.group(Side::Target).came = [(at("orders", 0), Some(1)), (at("accounts", 0), None)].into();
    });
    told.case_with("one landed, another moves", land(), |w| {
        w.group(Side::Target).came = [(at("accounts", 0), None)].into();
        w.group(Side::Target).moving = [at("orders", 0)].into();
    });
    told.case_with("not seen", land(), |w| w.silent.push("activity"));
    // What was set by somebody else is not taken back: the world would refuse the command.
    let mut carried = land().carried_out();
    let changes = carried.proposed().unwrap();
    carried.apply(&changes);
    carried.world.group(Side::Target).commits.insert(at("orders", 0), held(33));
    told.0.push_str("somebody else wrote over it\n");
    told.0.push_str(&format!("  settled: {}\n", crate::cases::settled(&carried.settled(&changes))));
    told.0.push_str(&format!("  undone: {}\n", crate::cases::settled(&carried.undone(&changes))));
    insta::assert_snapshot!(told.0);
}

#[test]
fn what_is_fit_to_be_kept() {
    let mut text = String::new();
    let mut case = |title: &str, bend: fn(&mut World)| {
        let (carried, seen, with) = capture(&land().bent(|s| bend(&mut s.world)));
        let said = match captured(&carried.scope(), &with, &seen) {
            Ok(()) => "  kept\n".to_owned(),
            Err(refusal) => refused(&refusal),
        };
        text.push_str(&format!("{title}\n{said}\n"));
    };
    case("quiet", |_| {});
    case("a member", |w| w.run(Side::Source, 1, false));
    case("between two generations", |w| w.group(Side::Source).state = "PreparingRebalance");
    case("commits move", |w| w.group(Side::Source).moving = [at("orders", 0)].into());
    case("a group nobody knows", |w| drop(w.groups.remove(&(Side::Source, "settlement".to_owned()))));
    case("the source grows", |w| w.partition(Side::Source, "orders", 0).grows = 2);
    case("the target grows", |w| w.partition(Side::Target, "orders", 0).grows = 2);
    case("a transaction is open", |w| w.partition(Side::Source, "orders", 0).lso = 99);
    case("a transaction of the replicator is open", |w| w.partition(Side::Target, "orders", 0).lso = 99);
    case("the last record was not copied", |w| w.left_behind = [at("orders", 0)].into());
    case("the copy not seen", |w| w.silent.push("last source records"));
    case("groups not seen", |w| w.silent.push("activity"));
    case("ends in part", |w| w.partial.push("log ends"));
    case("a topic not told", |w| drop(w.topics.remove(&(Side::Target, "orders".to_owned()))));
    insta::assert_snapshot!(text);

    let (carried, seen, _) = capture(&land());
    let nothing = Observations::default();
    assert!(captured(&carried.scope(), &CapturePositions::default(), &nothing).unwrap_err().unmeasured);
    let mut one_missing = seen.iter().map(|(_, outcome)| outcome.clone()).collect::<Vec<_>>();
    one_missing.pop();
    let partly: Observations = one_missing.into_iter().collect();
    assert!(captured(&carried.scope(), &CapturePositions::default(), &partly).unwrap_err().unmeasured);
}
