use crate::chain::Chain;
use crate::state::Illegal;
use crate::{Event, JournalError, Reading, Record, RunState, signatures};

/// A journal that is read while it is written: its fold, as far as it was read.
#[derive(Debug)]
pub struct Following {
    chain: Chain,
    state: RunState,
    /// Of every record so far. What a person signed names the journal they saw, and that is this one: looked at while it
    /// is read, because a journal written anew around an old signature would fit in itself.
    hashes: Vec<String>,
}

impl Following {
    /// Reads what there is, and shows each record with the state after it.
    pub(crate) fn begin(
        mut chain: Chain,
        mut each: impl FnMut(&Record, &RunState),
    ) -> Result<Following, JournalError> {
        let Some(first) = chain.read()? else {
            return Err(chain.damaged(0, "the journal holds no record: the run never started".to_owned()));
        };
        let state = RunState::started(first.at, &first.event);
        let state = state.map_err(|illegal| refused(&chain, &first, &illegal))?;
        each(&first, &state);
        let mut following = Following { chain, state, hashes: vec![first.hash] };
        following.rest(&mut each)?;
        let format = &following.state.header().format;
        if format != crate::FORMAT {
            let what = format!("it has the format `{format}`");
            return Err(JournalError::Newer { path: following.chain.path().to_owned(), what });
        }
        Ok(following)
    }

    /// Reads what came since.
    ///
    /// # Errors
    /// The journal cannot be read, or it is damaged, also by being shorter than before. Nothing is read on after that.
    pub fn read_on(&mut self, mut each: impl FnMut(&Record, &RunState)) -> Result<(), JournalError> {
        self.chain.go_on()?;
        self.rest(&mut each)
    }

    fn rest(&mut self, each: &mut impl FnMut(&Record, &RunState)) -> Result<(), JournalError> {
        while let Some(record) = self.chain.read()? {
            let folded = self.state.apply(record.at, &record.event);
            folded.map_err(|illegal| refused(&self.chain, &record, &illegal))?;
            self.hashes.push(record.hash.clone());
            if let (Event::Signed { .. }, Some(signed)) = (&record.event, self.state.signed().last())
                && let Some(why) = signatures::other_journal(signed, &self.state, &self.hashes)
            {
                return Err(self.chain.damaged(record.seq, why));
            }
            each(&record, &self.state);
        }
        Ok(())
    }

    /// The fold of what was read.
    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// The hash of the last record that was read.
    pub fn head(&self) -> &str {
        &self.chain.head
    }

    /// What was read, as a whole.
    pub(crate) fn reading(mut self) -> Reading {
        let torn = self.chain.torn.take().map(|(torn, _)| torn);
        Reading { state: self.state, records: self.chain.next_seq, head: self.chain.head, torn }
    }
}

fn refused(chain: &Chain, record: &Record, illegal: &Illegal) -> JournalError {
    chain.damaged(record.seq, format!("event `{}` cannot stand here: {}", illegal.event, illegal.why))
}
