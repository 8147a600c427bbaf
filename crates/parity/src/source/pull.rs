use super::ReadError;
use crate::Image;

/// What is known after one [`RecordSource::pull`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pull {
    /// At least one record was handed out; nothing is known behind the last of them.
    Some,
    /// Every visible record below this offset has been handed out, in this call or before: markers, aborted
    /// records and holes up to here are decided. With records or without.
    UpTo(i64),
    /// Every visible record of the range the stream was opened for has been handed out. Pulling again is
    /// allowed and says the same.
    End,
}

/// A bounded stream of one partition's visible records, in offset order.
pub trait RecordSource {
    /// Waits for more, hands out what has come through `each` (zero or more records, offsets ascending), and
    /// says what is known now. Lent images live for the call of `each`.
    ///
    /// # Errors
    /// Nothing may be concluded about offsets not handed out. After an error the stream is not used again.
    fn pull(&mut self, each: &mut dyn FnMut(Image<'_>)) -> Result<Pull, ReadError>;
}

impl<S: RecordSource + ?Sized> RecordSource for Box<S> {
    fn pull(&mut self, each: &mut dyn FnMut(Image<'_>)) -> Result<Pull, ReadError> {
        (**self).pull(each)
    }
}
