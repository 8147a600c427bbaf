//! Faults of the environment. The lab on this machine gives some; what nothing gives is not covered.

use std::path::Path;

use ::lab::{Lab, Side};
use journal::Event;
use runbook::plan::Plan;

use super::made::{Made, Place, wants};
use crate::output;

/// Where faults can be made.
pub(super) struct Ground {
    /// The lab, when its clusters are those of the plan.
    lab: Option<Lab>,
}

/// Faults of the lab, the kind of step in whose beginning each is made, and the side.
const OF_THE_LAB: [(&str, &str, Option<Side>); 3] = [
    ("kill-replicator", "stop-app", None),
    ("restart-broker", "fence-writes", Some(Side::Source)),
    ("restart-broker", "commit-offsets", Some(Side::Target)),
];

impl Ground {
    pub fn of(plan: &Plan, dir: &Path) -> Ground {
        let absolute = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        let lab = Lab::load(&absolute).ok().filter(|lab| {
            let described = lab.describe();
            let same = |side: runbook::Side, id: &str| plan.cluster(side).cluster_id.as_deref() == Some(id);
            same(runbook::Side::Source, &described.source.cluster_id)
                && same(runbook::Side::Target, &described.target.cluster_id)
        });
        Ground { lab }
    }

    /// Makes the faults whose moment this event is: each once, in the first run that comes to it, which is one that goes
    /// back before the commit point where there is one.
    pub fn hear(&mut self, plan: &Plan, point: &str, event: &Event, made: &mut Made) {
        let Event::StepStarted { step, .. } = event else { return };
        let Some(kind) = plan.steps.iter().find(|planned| planned.id == *step).map(|step| step.kind.as_str())
        else {
            return;
        };
        let Some(lab) = &self.lab else { return };
        for (fault, at, side) in OF_THE_LAB.iter().filter(|(fault, at, _)| *at == kind && wants(plan, fault))
        {
            let name = side.map_or((*fault).to_owned(), |side| format!("{fault} ({side})"));
            if made.others.iter().any(|(known, _, _)| *known == name) {
                continue;
            }
            let place = Place { point: point.to_owned(), step: step.clone(), way: "forward" };
            output::talk(&format!("rehearsal  {name} in {at}"));
            made.others.push((name, place, make(lab, *side).err()));
        }
    }
}

/// Why it could not be made.
fn make(lab: &Lab, side: Option<Side>) -> Result<(), String> {
    let done = match side {
        Some(side) => {
            let broker = lab.cluster(side).brokers.first().ok_or("the cluster has no broker")?;
            lab.restart(&broker.server)
        }
        None => {
            const CONNECT: &str = "connect";
            lab.kill(CONNECT).and_then(|()| lab.start(CONNECT))
        }
    };
    done.map_err(|error| error.to_string())
}

/// Why a fault was not made.
pub(super) fn why_not(fault: &str) -> String {
    match fault {
        "kill-engine" => "no run came to a step that changes something".to_owned(),
        "kill-replicator" | "restart-broker" => {
            "the environment is no lab of this machine (--lab), or no run came to its step".to_owned()
        }
        other => format!("this version cannot make {other}"),
    }
}
