use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use jiff::Timestamp;

use super::*;
use crate::Holder;

fn conductor(run: &str) -> Conductor {
    Conductor {
        holder: Holder::this_process(Timestamp::UNIX_EPOCH),
        person: "ilse".to_owned(),
        run: run.to_owned(),
        folder: format!("/runs/{run}").into(),
    }
}

fn group(cluster: &str, name: &str) -> Thing {
    Thing { cluster: cluster.to_owned(), kind: "group", name: name.to_owned() }
}

fn take(places: &[&Path], run: &str, things: &[Thing]) -> Result<MachineLock, NotTaken> {
    let places: Vec<PathBuf> = places.iter().map(|place| place.to_path_buf()).collect();
    MachineLock::take(&places, &conductor(run), things)
}

fn entries(place: &Path) -> usize {
    std::fs::read_dir(place).unwrap().count()
}

#[test]
fn one_conductor_of_a_group_and_the_second_is_told_who_it_is() {
    let top = tempfile::tempdir().unwrap();
    let first = take(&[top.path()], "first", &[group("c1", "a"), group("c2", "a")]).unwrap();
    let refused = take(&[top.path()], "second", &[group("c3", "b"), group("c2", "a")]).unwrap_err();
    let said = refused.to_string();
    let told = "group a of cluster c2 is being moved by run first in /runs/first (ilse, process ";
    assert!(said.starts_with(told), "{said}");
    assert_eq!(entries(top.path()), 1, "who was refused leaves nothing");
    // The same group elsewhere, another group here, and a topic of that name are other things.
    let topic = Thing { kind: "topic", ..group("c1", "a") };
    let others = take(&[top.path()], "others", &[group("c3", "a"), group("c1", "b"), topic]).unwrap();
    drop(first);
    take(&[top.path()], "second", &[group("c2", "a")]).unwrap();
    drop(others);
    assert_eq!(entries(top.path()), 0);
}

#[test]
fn the_file_tells_no_names_and_everybody_may_read_it() {
    let top = tempfile::tempdir().unwrap();
    let _lock = take(&[top.path()], "first", &[group("c1", "settlement-of-orders")]).unwrap();
    let file = std::fs::read_dir(top.path()).unwrap().next().unwrap().unwrap();
    assert!(is_entry(file.file_name().to_str().unwrap()));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o644);
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(
        text.contains("ilse") && !text.contains("settlement-of-orders") && !text.contains("c1"),
        "{text}"
    );
}

/// A process that holds the file like a conductor, until it is killed.
fn held_by_another(file: &Path) -> std::process::Child {
    let mut child = Command::new("flock")
        .args(["--no-fork", file.to_str().unwrap(), "sh", "-c", "echo held; exec sleep 600"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = [0; 5];
    child.stdout.take().unwrap().read_exact(&mut said).unwrap();
    child
}

#[test]
fn who_was_killed_stands_in_nobodys_way() {
    let top = tempfile::tempdir().unwrap();
    let left = top.path().join(new_name());
    let text = serde_json::to_string(&Entry::new(&conductor("left"), &[group("c1", "a")])).unwrap();
    std::fs::write(&left, &text).unwrap();
    let mut child = held_by_another(&left);
    let refused = take(&[top.path()], "second", &[group("c1", "a")]).unwrap_err();
    assert!(refused.to_string().contains("run left"), "{refused}");
    child.kill().unwrap();
    child.wait().unwrap();
    // The lock went with the process, whatever the file says.
    let lock = take(&[top.path()], "second", &[group("c1", "a")]).unwrap();
    assert_eq!(entries(top.path()), 1, "what was left is taken away");
    drop(lock);
}

#[test]
fn two_places_are_met_in_the_one_that_both_can_write() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let nowhere = here.path().join("not-there");
    let first = take(&[here.path(), there.path()], "first", &[group("c1", "a")]).unwrap();
    let refused = take(&[&nowhere, there.path()], "second", &[group("c1", "a")]).unwrap_err();
    assert!(matches!(refused, NotTaken::Conducted { .. }), "{refused}");
    drop(first);
    let refused = take(&[&nowhere], "second", &[group("c1", "a")]).unwrap_err();
    assert!(refused.to_string().contains("not-there"), "the place is named: {refused}");
}

#[test]
fn what_others_put_there_is_named_and_never_followed() {
    let top = tempfile::tempdir().unwrap();
    let secret = top.path().join("secret");
    std::fs::write(&secret, "theirs").unwrap();
    symlink(&secret, top.path().join(new_name())).unwrap();
    std::fs::create_dir(top.path().join(new_name())).unwrap();
    drop(take(&[top.path()], "first", &[group("c1", "a")]).unwrap());
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "theirs");
    assert_eq!(entries(top.path()), 3, "nothing of theirs is removed");

    for text in ["not json".to_owned(), "{}".to_owned(), " ".repeat(2 << 20)] {
        let foreign = top.path().join(new_name());
        std::fs::write(&foreign, &text).unwrap();
        let file = File::open(&foreign).unwrap();
        file.lock().unwrap();
        let refused = take(&[top.path()], "second", &[group("c1", "a")]).unwrap_err();
        assert!(matches!(refused, NotTaken::Unreadable { .. }), "{refused}");
        assert!(refused.to_string().contains(foreign.to_str().unwrap()), "{refused}");
        drop(file);
        std::fs::remove_file(foreign).unwrap();
    }
}

#[test]
fn of_many_that_come_together_at_most_one_conducts() {
    let top = tempfile::tempdir().unwrap();
    let begin = std::sync::Barrier::new(8);
    let one = || {
        begin.wait();
        take(&[top.path()], "one", &[group("c1", "a")]).ok()
    };
    for _ in 0..50 {
        let conducting = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            // What was taken is kept until all have tried.
            let taken: Vec<_> = all.into_iter().map(|thread| thread.join().unwrap()).collect();
            taken.iter().flatten().count()
        });
        assert!(conducting <= 1, "{conducting} conduct at once");
    }
}

#[test]
fn what_nobody_could_read_is_not_left() {
    let top = tempfile::tempdir().unwrap();
    let many: Vec<Thing> = (0..40_000).map(|n| group("c1", &n.to_string())).collect();
    let refused = take(&[top.path()], "large", &many).unwrap_err();
    assert!(matches!(refused, NotTaken::TooLarge { .. }), "{refused}");
    assert_eq!(entries(top.path()), 0);
}

#[test]
fn entries_of_the_dead_keep_nobody_out_however_many_they_are() {
    let top = tempfile::tempdir().unwrap();
    for n in 0..=limits::CONDUCTORS {
        std::fs::write(top.path().join(format!("cutover-conductor-{n:032x}.lock")), "{}").unwrap();
    }
    let _lock = take(&[top.path()], "living", &[group("c1", "a")]).unwrap();
    assert_eq!(entries(top.path()), 1, "they are taken away");
}
