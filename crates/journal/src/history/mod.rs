//! `history/`: what a watch saw, one line each look, a file each day. It is no evidence and stands outside the chain: the
//! journal holds every verdict that changed, with its evidence; this tells how long each colour lasted.

mod sample;
mod tally;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::folder::Folder;
use crate::{JournalError, limits};

pub use sample::{CheckSample, Sample};
pub use tally::{CheckTally, Tally};

/// The folder of samples.
#[derive(Debug)]
pub struct History {
    folder: Folder,
    day: Option<Day>,
}

/// The file that is written now.
#[derive(Debug)]
struct Day {
    name: String,
    file: File,
    bytes: u64,
}

/// What became of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Written,
    /// The day's file has the size it may have; this sample is not in it.
    DayIsFull,
}

impl History {
    pub(crate) fn of(folder: Folder) -> History {
        History { folder, day: None }
    }

    /// Appends a sample to the file of its day (UTC). It survives the end of this process, not a power cut: the verdicts
    /// stand in the journal.
    ///
    /// # Errors
    /// The file cannot be written. The next sample may be tried: a line that was cut short is ended first.
    pub fn append(&mut self, sample: &Sample) -> Result<Kept, JournalError> {
        let line = sample.line();
        let name = file_of(sample.at);
        let mut day = match self.day.take().filter(|day| day.name == name) {
            Some(day) => day,
            None => self.open(name)?,
        };
        if day.bytes + line.len() as u64 > limits::DAY {
            self.day = Some(day);
            return Ok(Kept::DayIsFull);
        }
        day.file.write_all(line.as_bytes()).map_err(|source| JournalError::Io {
            action: "write",
            path: self.folder.path().join(&day.name),
            source,
        })?;
        day.bytes += line.len() as u64;
        self.day = Some(day);
        Ok(Kept::Written)
    }

    /// Opens a day's file; a line that a crash cut short is ended, so that the next one stands alone.
    fn open(&self, name: String) -> Result<Day, JournalError> {
        let mut file = self.folder.open_or_make_to_append(&name)?;
        let torn = |file: &mut File| -> std::io::Result<u64> {
            let bytes = file.metadata()?.len();
            if bytes == 0 {
                return Ok(0);
            }
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last == *b"\n" {
                return Ok(bytes);
            }
            file.write_all(b"\n")?;
            Ok(bytes + 1)
        };
        let bytes = torn(&mut file).map_err(|source| JournalError::Io {
            action: "open",
            path: self.folder.path().join(&name),
            source,
        })?;
        Ok(Day { name, file, bytes })
    }

    /// Every sample, the oldest day first. A line that is no sample (cut short, or of a newer version) is passed over: it
    /// is missing in the tally as time that was not watched.
    pub(crate) fn read(&self, mut each: impl FnMut(Sample)) -> Result<(), JournalError> {
        for name in self.folder.names()?.iter().filter(|name| name.ends_with(".jsonl")) {
            let Some(file) = self.folder.open_to_read(name)? else { continue };
            let mut reader = BufReader::new(file.take(limits::DAY));
            let mut line = Vec::new();
            loop {
                line.clear();
                let read = reader.by_ref().take(limits::SAMPLE as u64 + 1).read_until(b'\n', &mut line);
                let read = read.map_err(|source| JournalError::Io {
                    action: "read",
                    path: self.folder.path().join(name),
                    source,
                })?;
                if read == 0 {
                    break;
                }
                if let Ok(sample) = serde_json::from_slice(&line) {
                    each(sample);
                }
            }
        }
        Ok(())
    }
}

/// The file of a moment's day.
fn file_of(at: Timestamp) -> String {
    format!("{}.jsonl", at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d"))
}
