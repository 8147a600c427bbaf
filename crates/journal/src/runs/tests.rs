use crate::fixture::*;
use crate::{Header, Run};

#[test]
fn a_run_is_found_by_id_by_folder_and_as_the_last() {
    let (_top, runs) = runs();
    let first = complete(&runs).read().unwrap().state.header().run.to_string();
    let late = Header::new(plan(), "check", time(60));
    let second = Run::create(&runs, late, time(60)).unwrap().id().to_string();
    assert_eq!(runs.list().unwrap(), [second.clone(), first.clone()]);
    assert!(runs.resolve("last").unwrap().path().ends_with(&second));
    assert!(runs.resolve(&first).unwrap().path().ends_with(&first));
    let path = runs.path().join(&first);
    assert_eq!(runs.resolve(path.to_str().unwrap()).unwrap().path(), path);
}

#[test]
fn among_runs_of_one_second_the_last_is_the_one_that_started_last() {
    let (_top, runs) = runs();
    let mut ids = Vec::new();
    for nanosecond in 0..20 {
        let at = time(0) + std::time::Duration::from_nanos(nanosecond);
        ids.push(Run::create(&runs, Header::new(plan(), "check", at), at).unwrap().id().to_string());
    }
    ids.reverse();
    assert_eq!(runs.list().unwrap(), ids);
}

#[test]
fn a_run_that_is_not_there_is_answered_with_those_that_are() {
    let (_top, runs) = runs();
    let error = runs.resolve("last").unwrap_err();
    assert_eq!(error.code(), "CUT5004");
    assert!(error.to_string().contains("no runs yet"), "{error}");
    assert!(!runs.path().exists(), "looking makes nothing");
    let id = start(&runs).id().to_string();
    for given in ["20200101T000000Z-x-aaaaa", "..", "/etc", "../../etc", ""] {
        let error = runs.resolve(given).unwrap_err();
        assert!(error.to_string().contains(&id), "{given}: {error}");
    }
}
