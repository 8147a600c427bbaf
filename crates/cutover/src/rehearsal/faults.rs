//! Faults of the environment. The lab on this machine gives some; what nothing gives is not covered.

use std::path::Path;
use std::time::{Duration, Instant};

use ::lab::{CONNECT, Cluster, Lab, MIRRORMAKER, Produce, Record, Side};
use journal::Event;
use runbook::plan::Plan;

use super::made::{Made, Place, wants};
use crate::output;

/// Where faults can be made.
pub(super) struct Ground {
    /// The lab, when its clusters are those of the plan.
    lab: Option<Lab>,
}

/// Faults of the lab, the kind of step in whose beginning each is made, and how.
const OF_THE_LAB: [(&str, &str, Make); 5] = [
    ("kill-replicator", "stop-app", Make::KillReplicator),
    ("restart-broker", "fence-writes", Make::RestartBroker(Side::Source)),
    ("hung-transaction", "fence-writes", Make::HangTransaction),
    ("rogue-producer", "fence-writes", Make::WriteOn),
    ("restart-broker", "commit-offsets", Make::RestartBroker(Side::Target)),
];

#[derive(Clone, Copy)]
enum Make {
    KillReplicator,
    RestartBroker(Side),
    /// A transaction stays open behind the fence, and is aborted.
    HangTransaction,
    /// Somebody nobody named goes on writing behind the fence, and stops.
    WriteOn,
}

/// So long a transaction is open, and so long somebody writes on: longer than two looks at a fence are apart.
const BEHIND_THE_FENCE: Duration = Duration::from_secs(5);
const BETWEEN_RECORDS: Duration = Duration::from_millis(200);

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
        for (fault, at, make) in OF_THE_LAB.iter().filter(|(fault, at, _)| *at == kind && wants(plan, fault))
        {
            let name = match make {
                Make::RestartBroker(side) => format!("{fault} ({side})"),
                _ => (*fault).to_owned(),
            };
            if made.others.iter().any(|(known, _, _)| *known == name) {
                continue;
            }
            let place = Place { point: point.to_owned(), step: step.clone(), way: "forward" };
            output::talk(&format!("rehearsal  {name} in {at}"));
            made.others.push((name, place, make.make(lab, plan).err()));
        }
    }
}

impl Make {
    /// Or why it could not be made.
    fn make(self, lab: &Lab, plan: &Plan) -> Result<(), String> {
        let topic = plan.units.iter().flat_map(|unit| unit.all_topics()).next();
        let topic = || topic.clone().ok_or_else(|| "the plan has no topic".to_owned());
        let done = match self {
            Make::KillReplicator if lab.describe().connect.is_some() => lab.kill_and_start(CONNECT),
            Make::KillReplicator => lab.kill_and_start(MIRRORMAKER),
            Make::RestartBroker(side) => {
                let broker = lab.cluster(side).brokers.first().ok_or("the cluster has no broker")?;
                lab.restart(&broker.server)
            }
            Make::HangTransaction => hang(lab.source(), topic()?),
            Make::WriteOn => write_on(lab.source(), topic()?),
        };
        done.map_err(|error| error.to_string())
    }
}

/// Made by nobody's application, as its key says.
fn record(fault: &str) -> Record {
    Record::keyed(fault, "written by cutover rehearse").to(0)
}

/// Leaves a transaction open, to be aborted from a thread of its own: the run is watched meanwhile.
fn hang(source: &Cluster, topic: String) -> ::lab::Result<()> {
    let open = source.transactions("cutover-rehearse", &Produce::default())?;
    open.begin()?;
    open.send(&topic, [record("hung-transaction")])?;
    std::thread::spawn(move || {
        std::thread::sleep(BEHIND_THE_FENCE);
        if let Err(error) = open.abort() {
            output::talk(&format!("rehearsal  hung-transaction: {error}"));
        }
    });
    Ok(())
}

/// Writes one record, and goes on with more from a thread of its own.
fn write_on(source: &Cluster, topic: String) -> ::lab::Result<()> {
    let write = |source: &Cluster, topic: &str| {
        source.produce(topic, [record("rogue-producer")], &Produce::default()).map(drop)
    };
    write(source, &topic)?;
    let source = source.clone();
    std::thread::spawn(move || {
        let end = Instant::now() + BEHIND_THE_FENCE;
        // A record that is refused is what a fence is for.
        while Instant::now() < end && write(&source, &topic).is_ok() {
            std::thread::sleep(BETWEEN_RECORDS);
        }
    });
    Ok(())
}

/// Why a fault was not made.
pub(super) fn why_not(fault: &str) -> String {
    match fault {
        "kill-engine" => "no run came to a step that changes something".to_owned(),
        "kill-replicator" | "restart-broker" | "hung-transaction" | "rogue-producer" => {
            "the environment is no lab of this machine (--lab), or no run came to its step".to_owned()
        }
        other => format!("this version cannot make {other}"),
    }
}
