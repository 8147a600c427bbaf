//! What a rehearsal is held against beside the plan digest: scripts, and the environment.

use std::collections::BTreeMap;

use crate::plans::{plan_json, read_plan};
use crate::world::{fixtures, observations};
use runbook::plan::{AppCall, Apps};
use runbook::syntax::{FileError, Files};

struct Beside(BTreeMap<&'static str, &'static str>);

impl Files for Beside {
    fn read(&self, path: &str, _: u64) -> Result<Vec<u8>, FileError> {
        self.0.get(path).map(|text| text.as_bytes().to_vec()).ok_or(FileError::Missing)
    }

    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }
}

#[test]
fn a_script_under_the_same_path_is_another_part_when_its_content_is() {
    let digested = |files: &[(&'static str, &'static str)]| {
        let mut plan = read_plan(plan_json());
        let argv = ["./app.sh", "stop", "{{ app }}"].map(str::to_owned).to_vec();
        let call = AppCall { argv, ..AppCall::default() };
        plan.apps = Some(Apps { stop: call.clone(), start: call });
        let digest = plan.digest.clone();
        plan.digest_scripts("slices/settlement.yaml", &Beside(files.iter().copied().collect()));
        assert_eq!(plan.digest, digest, "it is a part, and no part of the plan digest");
        let parts = plan.rehearsal.unwrap().parts;
        parts["script app.sh"].clone()
    };
    let one = digested(&[("slices/app.sh", "one"), ("app.sh", "elsewhere")]);
    assert_eq!(one, digested(&[("slices/app.sh", "one")]));
    assert_ne!(one, digested(&[("slices/app.sh", "other")]));
    assert_eq!(digested(&[("app.sh", "elsewhere")]), "unread", "it is not there");
}

#[test]
fn another_environment_is_listed_with_what_differs() {
    let all = fixtures();
    let fixture = all.iter().find(|fixture| fixture.name == "green-other-environment").unwrap();
    let kind = runbook::checks::kind("rehearsal-covered").unwrap();
    let judgement = fixture.judged_by(kind, &observations(&fixture.world()));
    let item = judgement.items.iter().find(|item| item.item.subject == "environment").unwrap();
    let why = item.item.facts.text("why").unwrap();
    assert!(why.contains("source cluster differs") && why.contains("endpoint gone is gone"), "{why}");
    assert!(why.contains("target cluster is new"), "{why}");
}
