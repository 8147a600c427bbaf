//! What tests of this crate begin from.

use runbook::plan::Plan;

/// The plan of the shipped demo.
pub fn demo_plan() -> Plan {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../runbooks/demo/runbook.yaml");
    let loaded = runbook::load(file, &crate::disk::Disk, &runbook::load::Options::default());
    runbook::plan(&loaded).unwrap()
}
