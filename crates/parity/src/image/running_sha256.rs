use sha2::compress256;
use sha2::digest::generic_array::GenericArray;

use super::Sha256Hex;

const BLOCK: usize = 64;

/// A SHA-256 that can be put away in the middle and gone on with later.
#[derive(Clone)]
pub struct RunningSha256 {
    state: [u32; 8],
    /// Bytes taken in so far.
    length: u64,
    /// Those that do not make a block yet: `length % 64` of them.
    rest: [u8; BLOCK],
}

impl std::fmt::Debug for RunningSha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningSha256").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Default for RunningSha256 {
    fn default() -> Self {
        // The first 32 bits of the fractional parts of the square roots of the first eight primes (FIPS 180-4).
        let state = [
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ];
        RunningSha256 { state, length: 0, rest: [0; BLOCK] }
    }
}

impl RunningSha256 {
    /// Takes in more bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        let held = self.held();
        self.length += bytes.len() as u64;
        if held > 0 {
            let (fits, behind) = bytes.split_at(bytes.len().min(BLOCK - held));
            self.rest[held..held + fits.len()].copy_from_slice(fits);
            if held + fits.len() < BLOCK {
                return;
            }
            compress256(&mut self.state, &[GenericArray::clone_from_slice(&self.rest)]);
            bytes = behind;
        }
        let (blocks, behind) = bytes.as_chunks::<BLOCK>();
        for block in blocks {
            compress256(&mut self.state, std::slice::from_ref(GenericArray::from_slice(block)));
        }
        self.rest[..behind.len()].copy_from_slice(behind);
    }

    /// The digest of everything taken in; more may follow.
    pub fn digest(&self) -> Sha256Hex {
        let mut end = self.clone();
        let bits = self.length.wrapping_mul(8);
        // A one, zeros up to eight bytes before the end of a block, and how many bits there were.
        let zeros = (BLOCK + BLOCK - 9 - self.held()) % BLOCK;
        end.update(&[0x80]);
        end.update(&[0; BLOCK][..zeros]);
        end.update(&bits.to_be_bytes());
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(end.state) {
            *bytes = word.to_be_bytes();
        }
        Sha256Hex(digest)
    }

    /// All there is to know, for [`RunningSha256::restore`]: eight words, the length, and what makes no block yet.
    pub fn save(&self) -> Vec<u8> {
        let mut saved: Vec<u8> = self.state.iter().flat_map(|word| word.to_be_bytes()).collect();
        saved.extend(self.length.to_be_bytes());
        saved.extend(&self.rest[..self.held()]);
        saved
    }

    /// What [`RunningSha256::save`] gave; `None` when these bytes are not that.
    pub fn restore(saved: &[u8]) -> Option<Self> {
        let (words, saved) = saved.split_first_chunk::<32>()?;
        let (length, held) = saved.split_first_chunk::<8>()?;
        let mut running = RunningSha256 { length: u64::from_be_bytes(*length), ..RunningSha256::default() };
        for (word, bytes) in running.state.iter_mut().zip(words.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        if held.len() != running.held() {
            return None;
        }
        running.rest[..held.len()].copy_from_slice(held);
        Some(running)
    }

    fn held(&self) -> usize {
        (self.length % BLOCK as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn it_is_sha_256_however_it_is_fed_and_wherever_it_is_put_away() {
        let bytes: Vec<u8> = (0..1_000u32).map(|n| (n * 7 + n / 256) as u8).collect();
        for length in (0..260).chain([511, 512, 513, 999]) {
            let expected: [u8; 32] = Sha256::digest(&bytes[..length]).into();
            for step in [1, 3, 55, 56, 63, 64, 65, 200] {
                let mut running = RunningSha256::default();
                for part in bytes[..length].chunks(step) {
                    running.update(part);
                    running = RunningSha256::restore(&running.save()).unwrap();
                }
                assert_eq!(running.digest().0, expected, "{length} bytes, {step} at a time");
            }
        }
    }

    #[test]
    fn what_was_not_saved_is_not_restored() {
        let mut running = RunningSha256::default();
        running.update(&[1; 70]);
        let saved = running.save();
        assert!(RunningSha256::restore(&saved).is_some());
        assert!(RunningSha256::restore(&saved[..saved.len() - 1]).is_none());
        assert!(RunningSha256::restore(&[]).is_none());
    }
}
