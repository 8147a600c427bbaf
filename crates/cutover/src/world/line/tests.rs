use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use super::*;

const NEVER: Duration = Duration::from_secs(3_600);
const LONG: Duration = Duration::from_secs(60);
/// Tried again at once, and waited for until it is told.
const EAGER: Pace = Pace { rest: Duration::ZERO, wait: LONG };

fn refused(kind: ErrorKind, why: &str) -> ClusterError {
    ClusterError {
        cluster: "target".to_owned(),
        kind,
        broker: None,
        doing: "connecting".to_owned(),
        why: why.to_owned(),
        next: None,
        sent: false,
    }
}

fn away() -> ClusterError {
    refused(ErrorKind::Unreachable, "nobody answers")
}

/// A way whose attempts are counted, and what each comes to.
fn counted(
    outcome: impl Fn(usize) -> Result<u32, ClusterError> + Send + Sync + 'static,
) -> (Dial<u32>, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&count);
    let dial = move || outcome(counting.fetch_add(1, Ordering::SeqCst));
    (Arc::new(dial), count)
}

/// A way whose attempts end when and as the test says.
fn told() -> (Dial<u32>, Sender<Result<u32, ClusterError>>) {
    let (say, heard) = channel();
    let heard = Mutex::new(heard);
    (Arc::new(move || heard.lock().unwrap().recv().unwrap()), say)
}

fn patient() -> Patience {
    Patience::new(LONG)
}

#[test]
fn a_side_that_was_away_is_found_when_it_is_asked_for_and_is_kept() {
    let (dial, count) = counted(|attempt| if attempt < 2 { Err(away()) } else { Ok(7) });
    let line = Line::new(Err(away()), dial, EAGER);
    line.get(&patient()).unwrap_err();
    line.get(&patient()).unwrap_err();
    assert_eq!((line.get(&patient()).unwrap(), line.get(&patient()).unwrap()), (7, 7));
    assert_eq!((count.load(Ordering::SeqCst), line.now().unwrap()), (3, 7));
}

#[test]
fn to_look_how_it_stands_tries_nothing() {
    let (dial, count) = counted(|_| Ok(7));
    let line = Line::new(Err(away()), dial, EAGER);
    line.now().unwrap_err();
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn between_two_attempts_it_rests() {
    let (dial, count) = counted(|_| Ok(7));
    let line = Line::new(Err(away()), dial, Pace { rest: NEVER, ..EAGER });
    line.get(&patient()).unwrap_err();
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn a_password_that_is_not_believed_and_another_cluster_are_not_tried_again() {
    for kind in [
        ErrorKind::NotAuthenticated,
        ErrorKind::NotAuthorised,
        ErrorKind::WrongCluster,
        ErrorKind::Unsupported,
    ] {
        let (dial, count) = counted(|_| Ok(7));
        let line = Line::new(Err(refused(kind, "no")), dial, EAGER);
        assert_eq!(line.get(&patient()).unwrap_err().kind, kind);
        assert_eq!(count.load(Ordering::SeqCst), 0, "{kind:?}");
    }
}

#[test]
fn one_that_is_another_cluster_when_it_is_back_is_never_given_to_anybody() {
    let (dial, count) = counted(|_| Err(refused(ErrorKind::WrongCluster, "cluster id is other")));
    let line = Line::new(Err(away()), dial, EAGER);
    for _ in 0..3 {
        assert_eq!(line.get(&patient()).unwrap_err().kind, ErrorKind::WrongCluster);
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn what_was_refused_is_tried_by_a_new_way_where_somebody_asks_for_that() {
    let (dial, count) = counted(|_| Err(away()));
    let line = Line::new(Err(refused(ErrorKind::NotAuthenticated, "no")), dial, EAGER);
    let none = line.get_anew(&patient(), || Err("the configuration is wrong"));
    assert_eq!(none.unwrap_err(), "the configuration is wrong");
    let (anew, _) = counted(|_| Ok(7));
    assert_eq!(line.get_anew(&patient(), || Ok::<_, ()>(anew)).unwrap().unwrap(), 7);
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn an_attempt_that_takes_long_holds_nobody_up_and_its_answer_is_heard_later() {
    let (dial, say) = told();
    let line = Line::new(Err(away()), dial, Pace { wait: Duration::ZERO, ..EAGER });
    // The reason that is known is told meanwhile.
    assert_eq!(line.get(&patient()).unwrap_err().why, "nobody answers");
    say.send(Ok(7)).unwrap();
    let end = Instant::now() + LONG;
    while line.now().is_err() {
        assert!(Instant::now() < end, "the answer is not heard");
        std::thread::yield_now();
    }
    assert_eq!(line.get(&patient()).unwrap(), 7);
}

#[test]
fn who_has_no_time_left_does_not_wait_for_an_attempt() {
    let (dial, say) = told();
    let line = Line::new(Err(away()), dial, EAGER);
    line.get(&Patience::new(Duration::ZERO)).unwrap_err();
    // It goes on, and whoever has time hears it.
    say.send(Ok(7)).unwrap();
    assert_eq!(line.get(&patient()).unwrap(), 7);
}

#[test]
fn an_attempt_that_breaks_leaves_what_was_known_and_is_made_again() {
    let (dial, count) = counted(|attempt| match attempt {
        0 => std::panic::panic_any("broken"),
        _ => Ok(7),
    });
    let line = Line::new(Err(away()), dial, EAGER);
    assert_eq!(line.get(&patient()).unwrap_err(), away());
    assert_eq!((line.get(&patient()).unwrap(), count.load(Ordering::SeqCst)), (7, 2));
}
