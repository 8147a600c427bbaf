use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;

use crate::check::{Check, FactSpec};
use crate::verdict::{Dimension, Proof};

/// What a built kind states about itself beside its rule.
pub trait Declared: Check + DeserializeOwned + JsonSchema {
    /// `None`: the check states its own.
    const DIMENSION: Option<Dimension>;
    const PROOF: Option<Proof>;
    /// What a `signal` covers when the check does not say: `source`, `target`, `replication`.
    const COVERS: &'static [&'static str] = &[];
    /// A live kind can be measured again and again within a gate's hold.
    const LIVE: bool = true;
    /// Its evidence counts at a gate for as long as `fresh` allows: it compares records, or makes a trial of its own.
    /// Everything else, metadata, ends, commits and signals, a gate measures anew.
    const LASTS: bool = false;
    /// It holds the target against the source as its copy, which it is until something is born there.
    const OF_THE_COPY: bool = false;
    /// Step kind before which a check of this kind is not due, unless the check says otherwise.
    const DUE: Option<&'static str> = None;

    /// The facts every item of this kind carries, whatever its parameters.
    fn facts() -> Vec<FactSpec>;
}

/// A line of the registry.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    /// False: named in the language, not measurable in this version.
    pub built: bool,
    pub dimension: Option<Dimension>,
    pub proof: Option<Proof>,
    pub covers: &'static [&'static str],
    pub live: bool,
    /// Its evidence counts at a gate for as long as `fresh` allows, instead of being measured anew.
    pub lasts: bool,
    /// It holds the target against the source as its copy, which it is until something is born there.
    pub of_the_copy: bool,
    /// Step kind before which a check of this kind is not due, unless the check says otherwise.
    pub due: Option<&'static str>,
    source: &'static str,
    parameters: Option<fn() -> Schema>,
    facts: Option<fn() -> Vec<FactSpec>>,
}

impl Kind {
    pub(super) const fn built<K: Declared>(name: &'static str, source: &'static str) -> Kind {
        Kind {
            name,
            built: true,
            dimension: K::DIMENSION,
            proof: K::PROOF,
            covers: K::COVERS,
            live: K::LIVE,
            lasts: K::LASTS,
            of_the_copy: K::OF_THE_COPY,
            due: K::DUE,
            source,
            parameters: Some(parameters_of::<K>),
            facts: Some(K::facts),
        }
    }

    /// The manual: the module comment of the kind's file, as Markdown. Empty for a kind that is only named.
    pub fn manual(&self) -> String {
        crate::manual::comment(self.source)
    }

    /// The codes of the findings it can make, sorted.
    pub fn codes(&self) -> Vec<String> {
        const LENGTH: usize = "CUT2000".len();
        let mut codes: Vec<String> = self
            .source
            .match_indices("CUT2")
            .filter_map(|(at, _)| self.source.get(at..at + LENGTH))
            .filter(|code| code.bytes().skip(3).all(|byte| byte.is_ascii_digit()))
            .map(str::to_owned)
            .collect();
        codes.sort();
        codes.dedup();
        codes
    }

    /// JSON Schema of `with:`.
    pub fn parameters(&self) -> Option<Schema> {
        self.parameters.map(|schema| schema())
    }

    /// The facts every item of this kind carries; none for a kind that is only named. `exec` and `http` checks add
    /// their own.
    pub fn facts(&self) -> Vec<FactSpec> {
        self.facts.map(|facts| facts()).unwrap_or_default()
    }
}

fn parameters_of<K: JsonSchema>() -> Schema {
    schemars::schema_for!(K)
}

/// A kind that parses, lints and plans, and answers `unknown: kind … not in this version`.
pub const fn named_only(name: &'static str, dimension: Option<Dimension>, proof: Option<Proof>) -> Kind {
    Kind {
        name,
        built: false,
        dimension,
        proof,
        covers: &[],
        live: false,
        lasts: false,
        of_the_copy: false,
        due: None,
        source: "",
        parameters: None,
        facts: None,
    }
}
