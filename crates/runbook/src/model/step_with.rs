//! What the kinds of steps take under `with`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Duration, Id, Mirrored, Opaque, Principal, Raw, SecretRef, Text, Url};
use crate::syntax::{Code, List, Optional, Refusal, Required, Span, Table, quoted};

/// `unit` (all of the step's unit), or a list of names.
#[derive(Clone, Debug)]
pub enum Names {
    Unit,
    Listed(List<Opaque>),
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`unit` or a list of names")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Names, E> {
                match text {
                    "unit" => Ok(Names::Unit),
                    other => Err(E::custom(
                        Refusal::new(
                            Code::UnknownWord,
                            format!("{} is not `unit` or a list of names", quoted(other)),
                        )
                        .help(format!("write unit, or [{}]", crate::syntax::shortened(other))),
                    )),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Names, A::Error> {
                List::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(Names::Listed)
            }
        }

        deserializer.deserialize_any(Read)
    }
}

impl JsonSchema for Names {
    fn schema_name() -> Cow<'static, str> {
        "Names".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": "unit" }, { "type": "array", "items": { "type": "string" } }] })
    }
}

macro_rules! with {
    ($($(#[$doc:meta])* $type:ident { $($(#[$field_doc:meta])* $field:ident: $field_type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $type {
            #[serde(rename = "$span")]
            #[schemars(skip)]
            pub span: Span,
            $($(#[$field_doc])* pub $field: $field_type,)*
        }
    )*};
}

with! {
    /// stop-app, start-app: applications of groups, producers, or both.
    StartStop {
        groups: Optional<Names>,
        producers: Optional<Names>,
    }
    /// fence-writes
    Fence {
        topics: Required<Names>,
        /// Whether producers are stopped (default) or refused by ACL.
        by: Optional<FenceBy>,
        /// ACL that stops who is not known (default).
        backstop: Optional<Backstop>,
        super_users: Optional<SuperUsers>,
        allow_everyone: Optional<AllowEveryone>,
    }
    /// Super users of a cluster that does not tell them.
    SuperUsers {
        source: Optional<List<Principal>>,
        target: Optional<List<Principal>>,
    }
    /// `allow.everyone.if.no.acl.found` of a cluster that does not tell it.
    AllowEveryone {
        source: Optional<bool>,
        target: Optional<bool>,
    }
    /// pause-replication
    PauseReplication {
        topics: Required<Names>,
        groups: Optional<Names>,
        /// Stopping a shared connector stops others.
        affects_others: Optional<Affects>,
    }
    /// pause-group-sync
    PauseGroupSync {
        groups: Required<Names>,
        affects_others: Optional<Affects>,
    }
    /// capture-positions
    CapturePositions {
        groups: Optional<Names>,
        topics: Optional<Names>,
    }
    /// commit-offsets
    CommitOffsets {
        groups: Required<Names>,
        /// The `capture-positions` step.
        from: Optional<Id>,
    }
    /// commit-offsets-back
    CommitOffsetsBack {
        groups: Required<Names>,
        /// The `capture-positions` step.
        from: Optional<Id>,
        /// Progress inside mirrored records.
        mirrored: Optional<Mirrored>,
        /// Progress in records the source never had.
        target_born: Optional<BornWord>,
    }
    /// target-born-ledger
    Ledger {
        topics: Optional<Names>,
        /// The `capture-positions` step.
        from: Optional<Id>,
        /// Refuse where the target has records of its own.
        none: Optional<bool>,
    }
    /// sync-acls
    SyncAcls {
        principals: Required<Names>,
        super_users: Optional<SuperUsers>,
        allow_everyone: Optional<AllowEveryone>,
    }
    /// topic-config
    TopicConfig {
        topics: Required<Names>,
        /// Topic settings; the keys must be excluded from the replicator's config sync.
        set: Required<Table<Opaque, Raw>>,
    }
    /// retire
    Retire {
        /// Leave the source closed for writing.
        keep_fence: Optional<bool>,
    }
    /// manual
    ManualWith {
        /// What a person is asked to do.
        ask: Required<Text>,
        /// Facts the person gives with `--set`, and their types.
        facts: Optional<Table<Id, Raw>>,
    }
    /// notify
    NotifyWith {
        message: Required<Text>,
        /// Where to; the log alone when not written.
        post: Optional<Url>,
        bearer: Optional<SecretRef>,
    }
    /// exec
    ExecWith {
        /// Program and arguments; there is no shell.
        argv: Required<List<Text>>,
        env: Optional<Table<Opaque, Raw>>,
        /// Facts it prints as one JSON object, and their types.
        facts: Optional<Table<Id, Raw>>,
    }
    /// http
    HttpWith {
        get: Optional<Url>,
        put: Optional<Url>,
        post: Optional<Url>,
        patch: Optional<Url>,
        delete: Optional<Url>,
        json: Optional<Raw>,
        headers: Optional<Table<Opaque, Raw>>,
        bearer: Optional<SecretRef>,
        facts: Optional<Table<Id, Raw>>,
        timeout: Optional<Duration>,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FenceBy {
    Stop,
    Acl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Backstop {
    Acl,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Affects {
    Accepted,
}

/// What becomes of progress in records the source never had, where a step says so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BornWord {
    /// There are none.
    None,
    Carried,
    Replayed,
    Discarded,
    Reconcile,
}
