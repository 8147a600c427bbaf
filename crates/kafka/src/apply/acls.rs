use runbook::world::{AclBinding, Receipt};

use super::binding::{exact, shown};
use super::guard::{listed, twice};
use super::{hint, limits, not_looked, not_sent, refused, unknown};
use crate::{Acl, Cluster, ClusterError, Denial, Patience};

const LACKS: &str = "grant ALTER on the cluster to it";

/// Creates the bindings that are not there and deletes those that are. Created first, so that nobody is without a right
/// in between; where creating fails nothing is deleted.
pub(super) fn set(
    cluster: &Cluster,
    create: &[AclBinding],
    delete: &[AclBinding],
    patience: &Patience,
) -> Receipt {
    if let Some(twice) = twice(create.iter().chain(delete)) {
        return refused(format!("{} is named twice; nothing was changed", shown(twice)));
    }
    let exact = |bindings: &[AclBinding]| bindings.iter().map(exact).collect::<Result<Vec<Acl>, String>>();
    let (create, delete) = match (exact(create), exact(delete)) {
        (Ok(create), Ok(delete)) => (create, delete),
        (Err(why), _) | (_, Err(why)) => return refused(format!("{why}; nothing was changed")),
    };
    let there = match bindings(cluster, patience) {
        Ok(there) => there,
        Err(refusal) => return refusal,
    };
    let missing =
        |there: &[Acl]| create.iter().filter(|acl| !there.contains(acl)).cloned().collect::<Vec<_>>();
    let left = |there: &[Acl]| delete.iter().filter(|acl| there.contains(acl)).cloned().collect::<Vec<_>>();
    let (creating, deleting) = (missing(&there), left(&there));
    if creating.is_empty() && deleting.is_empty() {
        return Receipt::Already;
    }
    if patience.is_over() {
        return refused("the time was over before any ACL was changed");
    }
    let wanted = |there: &[Acl]| missing(there).is_empty() && left(there).is_empty();
    let mut tally = Tally::default();
    if let Err(receipt) = tally.add(cluster, "create", &creating, patience, &wanted) {
        return receipt;
    }
    if tally.failed.is_empty()
        && let Err(receipt) = tally.add(cluster, "delete", &deleting, patience, &wanted)
    {
        return receipt;
    }
    if tally.failed.is_empty() {
        return Receipt::Applied { said: until_shown(cluster, &wanted, patience) };
    }
    let left_out = if tally.asked < creating.len() + deleting.len() { "; nothing was deleted" } else { "" };
    let failed = listed(&tally.failed);
    if tally.done == 0 && !tally.open {
        refused(format!("{} cluster: {failed}; nothing was changed", cluster.name()))
    } else {
        let done = tally.done;
        unknown(format!("{} cluster: {failed}; {done} others were changed{left_out}", cluster.name()))
    }
}

/// What became of the bindings so far.
#[derive(Default)]
struct Tally {
    asked: usize,
    done: usize,
    failed: Vec<String>,
    /// One of those that failed may have been done.
    open: bool,
}

impl Tally {
    fn add(
        &mut self,
        cluster: &Cluster,
        verb: &str,
        acls: &[Acl],
        patience: &Patience,
        wanted: &dyn Fn(&[Acl]) -> bool,
    ) -> Result<(), Receipt> {
        if acls.is_empty() {
            return Ok(());
        }
        let told = match verb {
            "create" => cluster.create_acls(acls, patience),
            _ => cluster.delete_acls(acls, patience),
        };
        let told = told.map_err(|error| self.broken(cluster, &error, wanted))?;
        self.asked += acls.len();
        for (acl, told) in acls.iter().zip(told) {
            match told {
                Ok(()) => self.done += 1,
                Err(denial) => {
                    self.open |= denial.code.leaves_open();
                    self.failed.push(denied(verb, acl, &denial));
                }
            }
        }
        Ok(())
    }

    /// The call failed as a whole: where it was sent, a look may tell more.
    fn broken(&self, cluster: &Cluster, error: &ClusterError, wanted: &dyn Fn(&[Acl]) -> bool) -> Receipt {
        if !error.sent && self.done == 0 {
            return not_sent(error);
        }
        match cluster.acls(&Patience::new(limits::READ_BACK)) {
            Ok(now) if wanted(&now.bindings) => Receipt::Applied { said: None },
            _ => unknown(format!("some ACLs may have been changed: {error}")),
        }
    }
}

fn denied(verb: &str, acl: &Acl, denial: &Denial) -> String {
    format!("{verb} {acl}: {denial}{}", hint::lacks(denial.code, LACKS))
}

fn bindings(cluster: &Cluster, patience: &Patience) -> Result<Vec<Acl>, Receipt> {
    match cluster.acls(patience) {
        Ok(acls) if acls.authorizer => Ok(acls.bindings),
        Ok(_) => Err(refused(format!(
            "the {} cluster has no authoriser (authorizer.class.name), so no ACL can be set; nothing was changed",
            cluster.name()
        ))),
        Err(error) => {
            let lacks = hint::lacks_for(&error, LACKS);
            match not_looked(&error) {
                Receipt::Refused { why } => Err(refused(format!("{why}{lacks}"))),
                other => Err(other),
            }
        }
    }
}

/// Waits for a broker to show what the controller has taken; says so if it does not in a few seconds.
fn until_shown(cluster: &Cluster, wanted: &dyn Fn(&[Acl]) -> bool, patience: &Patience) -> Option<String> {
    let patience = patience.at_most(limits::SHOWN);
    loop {
        if cluster.acls(&patience).is_ok_and(|now| wanted(&now.bindings)) {
            return None;
        }
        if patience.is_over() {
            return Some(
                "the controller has taken it; the broker that was asked does not show it yet".to_owned(),
            );
        }
        patience.pause(limits::LOOK_EVERY);
    }
}
