//! The fields MirrorMaker 2's records are made of: big-endian integers, and text with a 16-bit length.

/// Why a record is none of MirrorMaker 2's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It ends in the middle of a field.
    #[error("it ends in the middle of a field")]
    Short,
    /// There are bytes behind the last field.
    #[error("there are bytes behind the last field")]
    Long,
    /// A text is not UTF-8, or its length is negative.
    #[error("a text is not UTF-8 or has a negative length")]
    Text,
    /// Offsets and partitions are not negative.
    #[error("an offset or a partition is negative")]
    Negative,
    /// A later program wrote it.
    #[error("version {0} is not known")]
    Version(i16),
    /// The record has no key.
    #[error("it has no key")]
    NoKey,
    /// Not the JSON Connect writes.
    #[error("it is not the JSON that Connect writes")]
    Json,
}

/// What is left of a key or value.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Fields(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub fn i16(&mut self) -> Result<i16, Malformed> {
        self.array().map(i16::from_be_bytes)
    }

    pub fn i64(&mut self) -> Result<i64, Malformed> {
        self.array().map(i64::from_be_bytes)
    }

    /// An offset that is there.
    pub fn offset(&mut self) -> Result<i64, Malformed> {
        self.i64().and_then(|offset| if offset < 0 { Err(Malformed::Negative) } else { Ok(offset) })
    }

    pub fn partition(&mut self) -> Result<i32, Malformed> {
        let partition = self.array().map(i32::from_be_bytes)?;
        if partition < 0 { Err(Malformed::Negative) } else { Ok(partition) }
    }

    pub fn text(&mut self) -> Result<String, Malformed> {
        let length = usize::try_from(self.i16()?).map_err(|_| Malformed::Text)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Malformed::Short)?;
        self.0 = rest;
        std::str::from_utf8(text).map(str::to_owned).map_err(|_| Malformed::Text)
    }

    pub fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed::Long) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    /// A text as MirrorMaker 2 writes it.
    pub fn text(text: &str) -> Vec<u8> {
        let length = i16::try_from(text.len()).unwrap();
        [&length.to_be_bytes()[..], text.as_bytes()].concat()
    }

    /// Every cut, every flipped byte and some noise: nothing may panic, and nothing shorter or longer may pass.
    pub fn hostile<T: PartialEq + std::fmt::Debug>(
        key: &[u8],
        value: &[u8],
        decode: impl Fn(&[u8], &[u8]) -> Result<T, super::Malformed>,
    ) {
        decode(key, value).unwrap();
        for cut in 0..value.len() {
            assert!(decode(key, &value[..cut]).is_err(), "value cut at {cut}");
        }
        for cut in 0..key.len() {
            assert!(decode(&key[..cut], value).is_err(), "key cut at {cut}");
        }
        assert!(decode(&[key, b"x"].concat(), value).is_err());
        assert!(decode(key, &[value, b"x"].concat()).is_err());
        for bytes in [key, value] {
            for at in 0..bytes.len() {
                for flip in [0x01, 0x40, 0x80, 0xff] {
                    let mut changed = bytes.to_vec();
                    changed[at] ^= flip;
                    let _ = decode(&changed, value);
                    let _ = decode(key, &changed);
                }
            }
        }
    }
}
