//! Reading fields off a byte slice; every read is checked.

use super::Corrupt;

/// What is left of some bytes.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    #[inline]
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Corrupt> {
        let Some((taken, rest)) = self.0.split_at_checked(count) else { return Err(ends()) };
        self.0 = rest;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        let Some((taken, rest)) = self.0.split_first_chunk::<N>() else { return Err(ends()) };
        self.0 = rest;
        Ok(*taken)
    }

    #[inline]
    pub fn i8(&mut self) -> Result<i8, Corrupt> {
        Ok(i8::from_be_bytes(self.array()?))
    }

    pub fn i16(&mut self) -> Result<i16, Corrupt> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    pub fn i32(&mut self) -> Result<i32, Corrupt> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub fn u32(&mut self) -> Result<u32, Corrupt> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub fn i64(&mut self) -> Result<i64, Corrupt> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// A zigzag variable-length integer of up to 64 bits.
    #[inline]
    pub fn varlong(&mut self) -> Result<i64, Corrupt> {
        // Most are lengths and differences of one or two bytes.
        let (value, rest) = match *self.0 {
            [first @ ..0x80, ref rest @ ..] => (u64::from(first), rest),
            [first, second @ ..0x80, ref rest @ ..] => {
                (u64::from(first & 0x7f) | u64::from(second) << 7, rest)
            }
            _ => return self.long_varlong(),
        };
        self.0 = rest;
        Ok(unzigzag(value))
    }

    #[cold]
    fn long_varlong(&mut self) -> Result<i64, Corrupt> {
        let mut value = 0u64;
        for (index, byte) in self.0.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.0 = &self.0[index + 1..];
                return Ok(unzigzag(value));
            }
        }
        Err(Corrupt::new("a variable-length number does not end"))
    }

    #[inline]
    pub fn varint(&mut self) -> Result<i32, Corrupt> {
        let Ok(value) = i32::try_from(self.varlong()?) else { return Err(too_large()) };
        Ok(value)
    }

    /// A field with a variable-length length; −1 is null.
    #[inline]
    pub fn nullable(&mut self) -> Result<Option<&'a [u8]>, Corrupt> {
        match self.varint()? {
            -1 => Ok(None),
            length => {
                let Ok(length) = usize::try_from(length) else { return Err(negative()) };
                self.take(length).map(Some)
            }
        }
    }

    /// A field with a 32-bit length; −1 is null.
    pub fn nullable_fixed(&mut self) -> Result<Option<&'a [u8]>, Corrupt> {
        match self.i32()? {
            -1 => Ok(None),
            length => {
                let length = usize::try_from(length).map_err(|_| negative())?;
                self.take(length).map(Some)
            }
        }
    }
}

// Errors are made apart, so that the way without one is short enough to be inlined.

#[cold]
fn ends() -> Corrupt {
    Corrupt::new("it ends in the middle of a field")
}

#[cold]
fn too_large() -> Corrupt {
    Corrupt::new("a variable-length number is too large")
}

#[cold]
fn negative() -> Corrupt {
    Corrupt::new("a length is negative")
}

#[inline]
fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zigzag() {
        for (bytes, value) in [
            (&[0x00][..], 0),
            (&[0x01], -1),
            (&[0x02], 1),
            (&[0xac, 0x02], 150),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], i64::MIN),
            (&[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], i64::MAX),
        ] {
            let mut cursor = Cursor(bytes);
            assert_eq!(cursor.varlong().unwrap(), value);
            assert!(cursor.0.is_empty());
        }
        assert!(Cursor(&[0x80; 11]).varlong().is_err());
        assert!(Cursor(&[0x80]).varlong().is_err());
        assert!(Cursor(&[0xfe, 0xff, 0xff, 0xff, 0x7f]).varint().is_err());
    }
}
