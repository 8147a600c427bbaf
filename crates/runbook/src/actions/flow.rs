//! The connectors that carry the runbook's flow.

use super::sight::Sight;
use crate::action::{Refusal, StepScope};
use crate::world::{ConnectorSeen, Observations, Probe};

/// MirrorMaker 2, the one replicator whose settings are understood here.
const MIRROR_MAKER: &str = "mirrormaker2";

/// What a connector does in the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Copies records, topic settings and ACLs.
    Source,
    /// Writes groups' commits on the target.
    Checkpoint,
}

impl Part {
    pub(super) fn word(self) -> &'static str {
        match self {
            Part::Source => "source",
            Part::Checkpoint => "checkpoint",
        }
    }
}

/// Whether MirrorMaker 2 carries the flow.
pub(super) fn is_mirrored(scope: &StepScope<'_>) -> bool {
    scope.plan.replicator.tool == MIRROR_MAKER
}

/// The probe for the flow's connectors; `None`: there is no Connect to ask.
pub(super) fn probe(scope: &StepScope<'_>) -> Option<Probe> {
    let replicator = &scope.plan.replicator;
    (is_mirrored(scope) && replicator.connect.is_some())
        .then(|| Probe::Connectors { replicator: replicator.clone() })
}

/// `a->b`.
pub(super) fn name(scope: &StepScope<'_>) -> String {
    format!("{}->{}", scope.plan.replicator.source_alias, scope.plan.replicator.target_alias)
}

/// The flow's connectors of that part, by name.
pub(super) fn connectors<'a>(
    scope: &StepScope<'_>,
    seen: &'a Observations,
    part: Part,
) -> Result<Vec<&'a ConnectorSeen>, String> {
    let probe =
        probe(scope).ok_or_else(|| format!("flow {} has no Connect that could be asked", name(scope)))?;
    let all = &Sight(seen).connectors(&probe)?.connectors;
    Ok(all.iter().filter(|connector| connector.role.as_deref() == Some(part.word())).collect())
}

/// The flow's connectors of every part, by name.
pub(super) fn all<'a>(
    scope: &StepScope<'_>,
    seen: &'a Observations,
) -> Result<Vec<&'a ConnectorSeen>, String> {
    let probe =
        probe(scope).ok_or_else(|| format!("flow {} has no Connect that could be asked", name(scope)))?;
    let all = &Sight(seen).connectors(&probe)?.connectors;
    Ok(all.iter().filter(|connector| connector.role.is_some()).collect())
}

/// Source connectors of the flow, and why they cannot be judged: no Connect, no answer, or no such connector.
pub(super) fn sources<'a>(
    scope: &StepScope<'_>,
    seen: &'a Observations,
    what: &str,
) -> Result<Vec<&'a ConnectorSeen>, Refusal> {
    if scope.plan.replicator.connect.is_none() {
        return Err(Refusal {
            why: format!(
                "{what} is not known: MirrorMaker 2 in dedicated mode (flow {}) tells its settings to nobody",
                name(scope)
            ),
            next: "look into its configuration file, and do this by an `exec` or `manual` step".to_owned(),
            unmeasured: true,
        });
    }
    let sources = connectors(scope, seen, Part::Source).map_err(Refusal::unmeasured)?;
    if sources.is_empty() {
        return Err(Refusal::unmeasured(format!(
            "{what} is not known: Connect at {} has no source connector of flow {}",
            scope.plan.replicator.connect.as_deref().unwrap_or_default(),
            name(scope)
        )));
    }
    Ok(sources)
}

/// A setting, by its name or, where that is not set, by the name older versions gave it.
pub(super) fn setting<'a>(connector: &'a ConnectorSeen, name: &str, older: &str) -> Option<&'a str> {
    let of = |name: &str| connector.settings.get(name).map(String::as_str);
    of(name).or_else(|| of(older))
}

/// A switch that is on unless it is set to `false`.
pub(super) fn is_on(connector: &ConnectorSeen, switch: &str) -> bool {
    !connector.settings.get(switch).is_some_and(|value| value.trim().eq_ignore_ascii_case("false"))
}

/// The class of a filter that is not MirrorMaker's own, and need not heed its settings.
pub(super) fn own_filter<'a>(connector: &'a ConnectorSeen, setting: &str, ours: &str) -> Option<&'a str> {
    let class = connector.settings.get(setting)?.trim();
    let ends = class == ours || class.strip_suffix(ours).is_some_and(|package| package.ends_with('.'));
    (!ends).then_some(class)
}
