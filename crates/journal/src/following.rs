use std::path::Path;

use crate::chain::Chain;
use crate::folder::Folder;
use crate::state::Illegal;
use crate::{Event, JournalError, Reading, Record, RunState, limits, signatures};

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
        chain: Chain,
        mut each: impl FnMut(&Record, &RunState),
    ) -> Result<Following, JournalError> {
        let mut following = Following::first(chain, &mut each)?;
        following.rest(None, &mut each)?;
        following.is_of_this_format()?;
        Ok(following)
    }

    /// The journal of a run that is carried about without its folder: folded up to the record with the hash `head`, and
    /// verified to its end. `None`: no record has that hash.
    ///
    /// # Errors
    /// It is not there, is larger than 256 MiB, or is damaged anywhere.
    pub fn of_copy(
        path: &Path,
        head: &str,
        mut each: impl FnMut(&Record, &RunState),
    ) -> Result<Option<Following>, JournalError> {
        let io = |source| JournalError::Io { action: "read", path: path.to_owned(), source };
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
        else {
            return Err(io(std::io::ErrorKind::NotFound.into()));
        };
        let file = Folder::open(folder)?.open_to_read(name)?;
        let file = file.ok_or_else(|| io(std::io::ErrorKind::NotFound.into()))?;
        if file.metadata().map_err(io)?.len() > limits::COPY {
            return Err(io(std::io::Error::other(format!("it is larger than {} bytes", limits::COPY))));
        }
        let mut following = Following::first(Chain::new(file, path.to_owned()), &mut each)?;
        following.rest(Some(head), &mut each)?;
        following.is_of_this_format()?;
        // What came later does not count, and has to follow all the same.
        while following.chain.read()?.is_some() {}
        Ok((following.head() == head).then_some(following))
    }

    fn first(mut chain: Chain, each: &mut impl FnMut(&Record, &RunState)) -> Result<Following, JournalError> {
        let Some(first) = chain.read()? else {
            return Err(chain.damaged(0, "the journal holds no record: the run never started".to_owned()));
        };
        let state = RunState::started(first.at, &first.event);
        let state = state.map_err(|illegal| refused(&chain, &first, &illegal))?;
        each(&first, &state);
        Ok(Following { chain, state, hashes: vec![first.hash] })
    }

    fn is_of_this_format(&self) -> Result<(), JournalError> {
        let format = &self.state.header().format;
        if format == crate::FORMAT {
            return Ok(());
        }
        let what = format!("it has the format `{format}`");
        Err(JournalError::Newer { path: self.chain.path().to_owned(), what })
    }

    /// Reads what came since.
    ///
    /// # Errors
    /// The journal cannot be read, or it is damaged, also by being shorter than before. Nothing is read on after that.
    pub fn read_on(&mut self, mut each: impl FnMut(&Record, &RunState)) -> Result<(), JournalError> {
        self.chain.go_on()?;
        self.rest(None, &mut each)
    }

    /// Folds what there is, up to the record with the hash `until` where one is named.
    fn rest(
        &mut self,
        until: Option<&str>,
        each: &mut impl FnMut(&Record, &RunState),
    ) -> Result<(), JournalError> {
        while until.is_none_or(|until| self.head() != until)
            && let Some(record) = self.chain.read()?
        {
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

    /// The hash of the last record that was folded.
    pub fn head(&self) -> &str {
        self.hashes.last().map_or("", String::as_str)
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
