use crate::model::{
    Amount, Commits, GroupDef, IsolationWord, Marker, OnRefusal, ProducerDef, RecoveryDef, ReplayPolicy,
    Reset, ToleratesDef, TopicName, TruthDef,
};
use crate::outline::{Outline, UnitParts};
use crate::syntax::{List, Optional, Spanned};
use crate::unit::{Group, PositionSource, Producer, Recovery, StaysBehind, Tolerances, Truth, Unit};
use crate::world::{BornSpan, Isolation};

pub(super) fn units(outline: &Outline<'_>) -> Option<Vec<Unit>> {
    outline.units.iter().map(unit).collect()
}

fn unit(parts: &UnitParts<'_>) -> Option<Unit> {
    let topics = |list: &Optional<List<TopicName>>| texts(list.get().into_iter().flatten());
    Some(Unit {
        name: parts.name.to_owned(),
        owner: parts.owner?.value.to_owned(),
        topics: texts(parts.topics.get()?.iter()),
        retry: topics(parts.retry),
        dead_letter: topics(parts.dead_letter),
        groups: parts
            .groups()
            .map(|(name, def)| (name.value.as_str().to_owned(), group(parts, &def.value)))
            .collect(),
        producers: parts
            .producers()
            .map(|(name, def)| (name.value.as_str().to_owned(), producer(&def.value)))
            .collect(),
        principals: texts(parts.principals.get().into_iter().flatten()),
        stays_behind: parts
            .stays_behind
            .get()
            .into_iter()
            .flatten()
            .filter_map(|reader| {
                Some(StaysBehind {
                    group: reader.value.group.get()?.as_str().to_owned(),
                    until: reader.value.until.get().map(|until| until.as_str().to_owned()),
                    accepted_by: reader.value.accepted_by.get().map(|person| person.as_str().to_owned()),
                })
            })
            .collect(),
        external_positions: parts
            .external_positions
            .get()
            .into_iter()
            .flatten()
            .filter_map(|(name, marker)| Some((name.value.as_str().to_owned(), source(&marker.value)?)))
            .collect(),
        tolerates: tolerances(parts.tolerates.get(), None),
        business_key: parts.business_key.get().map(|key| key.as_str().to_owned()),
        recovery: parts.recovery.get().map(recovery),
        target_born: target_born(parts),
    })
}

/// Spans that touch are one: the same declaration, however it is cut up, is the same plan.
fn target_born(parts: &UnitParts<'_>) -> Vec<BornSpan> {
    let spans = parts.target_born.get().into_iter().flatten().filter_map(|span| {
        let span = &span.value;
        Some(BornSpan {
            topic: span.topic.get()?.as_str().to_owned(),
            partition: i32::try_from(*span.partition.get()?).ok()?,
            from: i64::try_from(*span.from.get()?).ok()?,
            to: i64::try_from(*span.to.get()?).ok()?,
        })
    });
    BornSpan::joined(spans.collect())
}

fn texts<'a, T: AsRef<str> + 'a>(items: impl Iterator<Item = &'a Spanned<T>>) -> Vec<String> {
    items.map(|item| item.value.as_ref().to_owned()).collect()
}

/// What is set on the group wins over the unit's.
fn group(unit: &UnitParts<'_>, def: &GroupDef) -> Group {
    Group {
        app: def.app.get().map(|app| app.as_str().to_owned()),
        source_app: def.source_app.get().map(|app| app.as_str().to_owned()),
        replicas: def.replicas.get().copied(),
        isolation: match def.isolation.get() {
            Some(IsolationWord::ReadUncommitted) => Isolation::ReadUncommitted,
            Some(IsolationWord::ReadCommitted) | None => Isolation::ReadCommitted,
        },
        reset: def.reset.get().map(|reset| {
            match reset {
                Reset::Earliest => "earliest",
                Reset::Latest => "latest",
                Reset::None => "none",
            }
            .to_owned()
        }),
        session_timeout_ms: def.session_timeout.get().map(|timeout| timeout.0),
        commits: def.commits.get().map(|commits| {
            match commits {
                Commits::Manual => "manual",
                Commits::Auto => "auto",
                Commits::Transactional => "transactional",
                Commits::External => "external",
            }
            .to_owned()
        }),
        truth: match def.truth.get() {
            Some(TruthDef::Checkpoint) => Truth::Checkpoint,
            Some(TruthDef::Timestamp(_)) => Truth::Timestamp,
            Some(TruthDef::Marker(_)) => Truth::Marker,
            Some(TruthDef::Committed) | None => Truth::Committed,
        },
        tolerates: tolerances(def.tolerates.get(), unit.tolerates.get()),
        business_key: def.business_key.get().or(unit.business_key.get()).map(|key| key.as_str().to_owned()),
        horizon_ms: def.truth.get().and_then(deduplicated_for),
    }
}

/// What comes again is no harm at any age where the application is idempotent or accepts it.
fn deduplicated_for(truth: &TruthDef) -> Option<u64> {
    match truth {
        TruthDef::Timestamp(truth) if matches!(truth.policy.get(), Some(ReplayPolicy::Deduplicate)) => {
            truth.horizon.get().map(|horizon| horizon.0)
        }
        _ => None,
    }
}

/// Event time and business keys are not judged by this version: lint says so, and nothing is tolerated in their place.
fn tolerances(own: Option<&ToleratesDef>, unit: Option<&ToleratesDef>) -> Tolerances {
    let records =
        |amount: fn(&ToleratesDef) -> Option<&Amount>| match own.and_then(amount).or(unit.and_then(amount)) {
            Some(Amount::Records(records)) => i64::try_from(*records).ok(),
            _ => None,
        };
    let ms = |duration: fn(&ToleratesDef) -> Option<&crate::model::Duration>| {
        own.and_then(duration).or(unit.and_then(duration)).and_then(|duration| i64::try_from(duration.0).ok())
    };
    let lag_records = |def: Option<&ToleratesDef>| def.and_then(|def| def.lag_records.get()).copied();
    Tolerances {
        replayed: records(|def| def.replayed.get()),
        skipped: records(|def| def.skipped.get()),
        lag_ms: ms(|def| def.lag.get()),
        lag_records: lag_records(own).or(lag_records(unit)).and_then(|records| i64::try_from(records).ok()),
        stall_ms: ms(|def| def.stall.get()),
    }
}

/// Lint has seen to it that exactly one is written.
fn source(marker: &Marker) -> Option<PositionSource> {
    let exec = marker.exec.get().map(|argv| PositionSource::Exec(texts(argv.iter())));
    let http = || Some(PositionSource::Http(marker.http.get()?.as_str().to_owned()));
    let file = || Some(PositionSource::File(marker.file.get()?.as_str().to_owned()));
    exec.or_else(http).or_else(file)
}

fn producer(def: &ProducerDef) -> Producer {
    Producer {
        app: def.app.get().map(|app| app.as_str().to_owned()),
        source_app: def.source_app.get().map(|app| app.as_str().to_owned()),
        replicas: def.replicas.get().copied(),
        principal: def.principal.get().map(|principal| principal.as_str().to_owned()),
        on_refusal: def.on_refusal.get().map(|refusal| {
            match refusal {
                OnRefusal::Buffers => "buffers",
                OnRefusal::Retries => "retries",
                OnRefusal::Fails => "fails",
            }
            .to_owned()
        }),
    }
}

fn recovery(def: &RecoveryDef) -> Recovery {
    Recovery {
        switch_back_within_ms: def.switch_back_within.get().map(|within| within.0),
        authority_after: def.authority_after.get().map(|side| side.word().to_owned()),
    }
}
