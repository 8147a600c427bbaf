use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

/// Read at one go, so that a command that prints without end still lets us look at the clock.
const AT_ONCE: usize = 1024 * 1024;

/// The beginning of what a pipe brought.
#[derive(Default)]
pub struct Captured {
    pub bytes: Vec<u8>,
    /// Bytes that came after those and were thrown away.
    pub dropped: u64,
}

impl Captured {
    /// Whether there was more.
    pub fn cut(&self) -> bool {
        self.dropped > 0
    }
}

/// One end of a pipe, read without blocking and without keeping more than a bound.
pub struct Capture<P> {
    /// `None` once the other end is closed.
    pipe: Option<P>,
    most: usize,
    captured: Captured,
}

impl<P: Read + AsFd> Capture<P> {
    pub fn new(pipe: P, most: usize) -> io::Result<Capture<P>> {
        rustix::io::ioctl_fionbio(&pipe, true)?;
        Ok(Capture { pipe: Some(pipe), most, captured: Captured::default() })
    }

    pub fn open(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Takes what is there.
    pub fn read(&mut self) {
        let mut buffer = [0; 64 * 1024];
        let mut taken = 0;
        while let Some(pipe) = &mut self.pipe
            && taken < AT_ONCE
        {
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(count) => {
                    taken += count;
                    let room = self.most - self.captured.bytes.len();
                    let kept = count.min(room);
                    self.captured.bytes.extend_from_slice(&buffer[..kept]);
                    self.captured.dropped += (count - kept) as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                // A pipe that cannot be read has nothing more to say; what came so far stands.
                Err(_) => self.pipe = None,
            }
        }
    }

    pub fn finish(self) -> Captured {
        self.captured
    }
}
