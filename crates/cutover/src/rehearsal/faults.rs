//! Faults of the environment. The lab on this machine gives some; what nothing gives is not covered.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ::lab::{CONNECT, Cluster, Lab, LabError, MIRRORMAKER, Produce, Record, Side};
use journal::Event;
use runbook::plan::Plan;

use super::made::{Failed, Made, Other, Place, wants};
use crate::output;

/// A fault that goes on in a thread of its own, to what it comes.
type Lasting = JoinHandle<Result<(), Failed>>;

/// Where faults can be made.
pub(super) struct Ground {
    /// The lab, when its clusters are those of the plan.
    lab: Option<Arc<Lab>>,
    /// Faults that last, with their places.
    going_on: Vec<(String, Place, Lasting)>,
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
        Ground { lab: lab.map(Arc::new), going_on: Vec::new() }
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
            let is_made = made.others.iter().any(|other| other.name == name);
            if is_made || self.going_on.iter().any(|(known, _, _)| *known == name) {
                continue;
            }
            let place = Place { point: point.to_owned(), step: step.clone(), way: "forward" };
            output::talk(&format!("rehearsal  {name} in {at}"));
            match make.make(lab, plan) {
                Ok(Some(going_on)) => self.going_on.push((name, place, going_on)),
                Ok(None) => made.others.push(Other { name, place, came_to: Ok(()) }),
                Err(failed) => made.others.push(Other { name, place, came_to: Err(failed) }),
            }
        }
    }

    /// Waits for the end of what lasts, and writes down what came of it.
    pub fn settle(&mut self, made: &mut Made) {
        for (name, place, going_on) in self.going_on.drain(..) {
            let came_to = going_on.join().unwrap_or_else(|_| Err(Failed::Left(format!("{name} broke off"))));
            made.others.push(Other { name, place, came_to });
        }
    }
}

impl Make {
    /// Makes it; what lasts goes on in a thread, and the run is watched meanwhile.
    fn make(self, lab: &Arc<Lab>, plan: &Plan) -> Result<Option<Lasting>, Failed> {
        let not_made = |why: &str| Failed::NotMade(why.to_owned());
        let topic = plan.units.iter().flat_map(|unit| unit.all_topics()).next();
        let topic = || topic.clone().ok_or_else(|| not_made("the plan has no topic"));
        match self {
            Make::KillReplicator => {
                let server = if lab.describe().connect.is_some() { CONNECT } else { MIRRORMAKER };
                let lab = Arc::clone(lab);
                // It may be a minute until one that was killed copies again, and the run does not wait for that.
                Ok(Some(std::thread::spawn(move || again(&lab, server, Lab::kill_and_start).map(drop))))
            }
            Make::RestartBroker(side) => {
                let broker = lab.cluster(side).brokers.first();
                let broker = broker.ok_or_else(|| not_made("the cluster has no broker"))?;
                again(lab, &broker.server, Lab::restart)
            }
            Make::HangTransaction => hang(lab.source(), topic()?).map(Some),
            Make::WriteOn => write_on(lab.source(), topic()?).map(Some),
        }
    }
}

/// Ends a server and starts it again.
fn again(
    lab: &Lab,
    server: &str,
    how: fn(&Lab, &str) -> ::lab::Result<()>,
) -> Result<Option<Lasting>, Failed> {
    how(lab, server).map(|()| None).map_err(|error| match error {
        // Said before anything is ended.
        LabError::NotOwner { .. } => Failed::NotMade(error.to_string()),
        error => Failed::Left(format!("{server} was ended and is not up again: {error}")),
    })
}

/// Made by nobody's application, as its key says.
fn record(fault: &str) -> Record {
    Record::keyed(fault, "written by cutover rehearse").to(0)
}

fn not_made(error: LabError) -> Failed {
    Failed::NotMade(error.to_string())
}

/// Leaves a transaction open, to be aborted after a while.
fn hang(source: &Cluster, topic: String) -> Result<Lasting, Failed> {
    let open = source.transactions("cutover-rehearse", &Produce::default()).map_err(not_made)?;
    open.begin().map_err(not_made)?;
    open.send(&topic, [record("hung-transaction")]).map_err(not_made)?;
    Ok(std::thread::spawn(move || {
        std::thread::sleep(BEHIND_THE_FENCE);
        open.abort().map_err(|error| Failed::Left(format!("the transaction was not aborted: {error}")))
    }))
}

/// Writes one record, and goes on with more.
fn write_on(source: &Cluster, topic: String) -> Result<Lasting, Failed> {
    let write = |source: &Cluster, topic: &str| {
        source.produce(topic, [record("rogue-producer")], &Produce::default()).map(drop)
    };
    write(source, &topic).map_err(not_made)?;
    let source = source.clone();
    Ok(std::thread::spawn(move || {
        let end = Instant::now() + BEHIND_THE_FENCE;
        // A record that is refused is what a fence is for.
        while Instant::now() < end && write(&source, &topic).is_ok() {
            std::thread::sleep(BETWEEN_RECORDS);
        }
        Ok(())
    }))
}

/// What a fault is made of.
pub(super) fn names_of(fault: &str) -> Vec<String> {
    match fault {
        "restart-broker" => [Side::Source, Side::Target].map(|side| format!("{fault} ({side})")).into(),
        other => vec![other.to_owned()],
    }
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
