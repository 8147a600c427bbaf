use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use sha2::{Digest, Sha256};

use super::limits;

/// Digests images on a thread of its own while their reader goes on: SHA-256 takes as long as everything else that is
/// done to a record, and nothing waits for it but the end.
pub(super) struct Digester<'scope> {
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    thread: ScopedJoinHandle<'scope, Sha256>,
}

impl<'scope> Digester<'scope> {
    /// Goes on from this state.
    pub fn on<'env>(scope: &'scope Scope<'scope, 'env>, digest: Sha256) -> Self {
        // A reader that is faster waits: what is not digested yet takes memory.
        let (full, to_digest) = sync_channel(limits::DIGESTS_WAITING);
        let (digested, empty) = channel();
        let thread = scope.spawn(move || all(digest, &to_digest, &digested));
        Digester { full, empty, thread }
    }

    /// Takes these images, and leaves room for others in their place.
    pub fn take(&self, images: &mut Vec<u8>) {
        let room = self.empty.try_recv().unwrap_or_else(|_| room());
        // It ends when there is nobody to send any more, so it is there.
        let sent = self.full.send(std::mem::replace(images, room));
        debug_assert!(sent.is_ok(), "the digesting thread is gone");
    }

    /// The state behind everything that was taken.
    pub fn finish(self) -> Sha256 {
        drop(self.full);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Memory for images that are digested together.
pub(super) fn room() -> Vec<u8> {
    Vec::with_capacity(2 * limits::DIGESTED_AT_ONCE)
}

fn all(mut digest: Sha256, full: &Receiver<Vec<u8>>, digested: &Sender<Vec<u8>>) -> Sha256 {
    for mut images in full {
        digest.update(&images);
        images.clear();
        // What an unusually large record needed is not worth keeping.
        images.shrink_to(2 * limits::DIGESTED_AT_ONCE);
        // The reader may have ended.
        let _ = digested.send(images);
    }
    digest
}
