use crate::action::Settled;

/// What a look still misses; empty means settled.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    missing: Vec<(String, String, String)>,
    unknown: Vec<String>,
    hopeless: Vec<String>,
}

impl Waiting {
    /// Something is not there yet: what, its value now, the value that ends the wait.
    pub(super) fn not_yet(
        &mut self,
        what: impl Into<String>,
        current: impl Into<String>,
        threshold: impl Into<String>,
    ) {
        self.missing.push((what.into(), current.into(), threshold.into()));
    }

    /// Something could not be looked at.
    pub(super) fn unknown(&mut self, why: impl Into<String>) {
        self.unknown.push(why.into());
    }

    /// Something will not come by waiting.
    pub(super) fn cannot(&mut self, why: impl Into<String>) {
        self.hopeless.push(why.into());
    }

    /// An answer that is needed, noted as unknown where it is not there.
    pub(super) fn need<T>(&mut self, answer: Result<T, String>) -> Option<T> {
        answer.map_err(|why| self.unknown(why)).ok()
    }

    /// The worst there is: what cannot come, then what could not be seen, then what is not there yet. Of several the
    /// first by name, with the number of the others.
    pub(super) fn settled(mut self) -> Settled {
        self.missing.sort();
        if !self.hopeless.is_empty() {
            return Settled::Cannot { why: listed(self.hopeless) };
        }
        if !self.unknown.is_empty() {
            return Settled::Unknown { why: listed(self.unknown) };
        }
        let others = self.missing.len().saturating_sub(1);
        match self.missing.into_iter().next() {
            None => Settled::Yes,
            Some((what, current, threshold)) if others == 0 => Settled::NotYet { what, current, threshold },
            Some((what, current, threshold)) => {
                Settled::NotYet { what: format!("{what} (and {others} more)"), current, threshold }
            }
        }
    }
}

/// Sentences in one, sorted, each once. A person reads the first few; the others are counted.
pub(super) fn listed(mut sentences: Vec<String>) -> String {
    const SHOWN: usize = 8;
    sentences.sort();
    sentences.dedup();
    let others = sentences.len().saturating_sub(SHOWN);
    sentences.truncate(SHOWN);
    let text = sentences.join("; ");
    if others == 0 { text } else { format!("{text}; and {others} more") }
}
