//! The line to one cluster: connected, or tried again by whoever asks for it next.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kafka::{ClusterError, ErrorKind, Patience};

/// Connects, and proves that it is the right cluster: nothing comes to whoever asks but what this has given.
pub(super) type Dial<C> = Arc<dyn Fn() -> Result<C, ClusterError> + Send + Sync>;

/// How attempts are paced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// From the end of an attempt to the next one.
    pub rest: Duration,
    /// How long an attempt is waited for by those who ask. It goes on without them: a look that has several sides, or
    /// little time, is not held up by one that swallows packets.
    pub wait: Duration,
}

impl Pace {
    /// A cluster that is back is found within seconds, and connects in far less than one.
    pub const REAL: Pace = Pace { rest: Duration::from_secs(3), wait: Duration::from_secs(3) };
}

/// What leads to one side.
pub(super) struct Line<C> {
    /// Held while an attempt is waited for, so that all who ask for this side hear the same answer.
    state: Mutex<State<C>>,
    pace: Pace,
}

enum State<C> {
    Up(C),
    Down { why: ClusterError, since: Instant, dial: Dial<C> },
    Dialling { before: ClusterError, began: Instant, answer: Receiver<Answer<C>>, dial: Dial<C> },
}

/// When the attempt ended, and how.
type Answer<C> = (Instant, Result<C, ClusterError>);

impl<C: Clone + Send + 'static> Line<C> {
    /// `first`: what came of the first attempt.
    pub fn new(first: Result<C, ClusterError>, dial: Dial<C>, pace: Pace) -> Line<C> {
        let state = match first {
            Ok(cluster) => State::Up(cluster),
            Err(why) => State::Down { why, since: Instant::now(), dial },
        };
        Line { state: Mutex::new(state), pace }
    }

    /// As it stands; nothing is tried.
    pub fn now(&self) -> Result<C, ClusterError> {
        let mut state = self.lock();
        state.hear(Duration::ZERO);
        state.told()
    }

    /// The cluster, tried again where it was not reached. What was refused stays refused.
    pub fn get(&self, patience: &Patience) -> Result<C, ClusterError> {
        self.ask(patience, |why, dial| passes(why.kind).then(|| Arc::clone(dial)))
    }

    /// The same, but what was refused is tried once more, by another way than before.
    ///
    /// # Errors
    /// There is no other way.
    pub fn get_anew<E>(
        &self,
        patience: &Patience,
        way: impl FnOnce() -> Result<Dial<C>, E>,
    ) -> Result<Result<C, ClusterError>, E> {
        let mut broken = None;
        let got = self.ask(patience, |why, dial| {
            if passes(why.kind) {
                return Some(Arc::clone(dial));
            }
            way().map_err(|error| broken = Some(error)).ok()
        });
        broken.map_or(Ok(got), Err)
    }

    /// `again`: by which way it is tried again, if at all.
    fn ask(
        &self,
        patience: &Patience,
        again: impl FnOnce(&ClusterError, &Dial<C>) -> Option<Dial<C>>,
    ) -> Result<C, ClusterError> {
        let mut state = self.lock();
        state.hear(Duration::ZERO);
        if let State::Down { why, since, dial } = &*state
            && since.elapsed() >= self.pace.rest
            && let Some(dial) = again(why, dial)
        {
            *state = State::dialling(why.clone(), dial);
        }
        if let State::Dialling { began, .. } = &*state {
            let left = self.pace.wait.saturating_sub(began.elapsed()).min(patience.remaining());
            state.hear(left);
        }
        state.told()
    }

    fn lock(&self) -> MutexGuard<'_, State<C>> {
        // Every state that is written is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clone + Send + 'static> State<C> {
    /// Begins an attempt beside everything else.
    fn dialling(before: ClusterError, dial: Dial<C>) -> State<C> {
        let (send, answer) = mpsc::channel();
        let way = Arc::clone(&dial);
        let attempt = move || {
            let outcome = way();
            // Nobody may be left who wants it.
            let _ = send.send((Instant::now(), outcome));
        };
        let began = Instant::now();
        if let Err(error) = std::thread::Builder::new().name("dial".to_owned()).spawn(attempt) {
            tracing::debug!(%error, "no thread to connect with");
        }
        State::Dialling { before, began, answer, dial }
    }

    /// Waits for the answer of an attempt that is under way.
    fn hear(&mut self, time: Duration) {
        let State::Dialling { before, answer, dial, .. } = self else { return };
        let (since, outcome) = match answer.recv_timeout(time) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => return,
            // The attempt broke, or never began: what is known is what was known before it.
            Err(RecvTimeoutError::Disconnected) => (Instant::now(), Err(before.clone())),
        };
        *self = match outcome {
            Ok(cluster) => State::Up(cluster),
            Err(why) => State::Down { why, since, dial: Arc::clone(dial) },
        };
    }

    fn told(&self) -> Result<C, ClusterError> {
        match self {
            State::Up(cluster) => Ok(cluster.clone()),
            State::Down { why, .. } | State::Dialling { before: why, .. } => Err(why.clone()),
        }
    }
}

/// Whether time alone may mend it. Another cluster, or a password that is not believed, is no fault of the moment, and to
/// try on may lock the account.
fn passes(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::WrongCluster
            | ErrorKind::NotAuthenticated
            | ErrorKind::NotAuthorised
            | ErrorKind::Unsupported
    )
}

#[cfg(test)]
mod tests;
