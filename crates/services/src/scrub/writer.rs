use std::io::{self, Write};

use super::Scrubber;

/// Passes on whole lines, masked. For logs, which libraries write as well.
///
/// A secret of several lines is masked line by line. What has no line end yet is written by `flush` and on drop.
#[expect(missing_debug_implementations, reason = "it holds text that is not masked yet")]
pub struct MaskedWriter<W: Write> {
    inner: W,
    scrubber: Scrubber,
    pending: Vec<u8>,
}

impl<W: Write> MaskedWriter<W> {
    pub fn new(inner: W, scrubber: Scrubber) -> MaskedWriter<W> {
        MaskedWriter { inner, scrubber, pending: Vec::new() }
    }

    fn pass(&mut self, up_to: usize) -> io::Result<()> {
        let rest = self.pending.split_off(up_to);
        let lines = std::mem::replace(&mut self.pending, rest);
        self.inner.write_all(self.scrubber.mask(&String::from_utf8_lossy(&lines)).as_bytes())
    }
}

impl<W: Write> Write for MaskedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        if let Some(end) = self.pending.iter().rposition(|byte| *byte == b'\n') {
            self.pass(end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass(self.pending.len())?;
        self.inner.flush()
    }
}

impl<W: Write> Drop for MaskedWriter<W> {
    fn drop(&mut self) {
        // A log that cannot be written is nothing a drop can report.
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_written_in_pieces_is_masked() {
        let scrubber = Scrubber::default();
        scrubber.learn("Tr0ub4dor");
        let mut out = Vec::new();
        let mut writer = MaskedWriter::new(&mut out, scrubber);
        for piece in ["one Tr0u", "b4dor two\nthree ", "Tr0ub4dor"] {
            writer.write_all(piece.as_bytes()).unwrap();
        }
        drop(writer);
        assert_eq!(String::from_utf8(out).unwrap(), "one *** two\nthree ***");
    }
}
