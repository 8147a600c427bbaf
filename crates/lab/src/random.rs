//! Ids and passwords of a lab, from the operating system's random source.

use std::fs::File;
use std::io::Read;

use crate::error::{LabError, Result};

const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let path = std::path::Path::new("/dev/urandom");
    let mut bytes = [0; N];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(LabError::file("read", path))?;
    Ok(bytes)
}

/// Lower-case hexadecimal digits, `2 * N` of them.
pub(crate) fn hex<const N: usize>() -> Result<String> {
    Ok(bytes::<N>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A cluster id as Kafka writes it: 16 bytes in URL-safe base64 without padding, never beginning with a dash
/// (a dash at the start would read as an option on Kafka's command lines).
pub(crate) fn cluster_id() -> Result<String> {
    loop {
        let id = url_safe(&bytes::<16>()?);
        if !id.starts_with('-') {
            return Ok(id);
        }
    }
}

fn url_safe(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut word = 0u32;
        for (i, byte) in chunk.iter().enumerate() {
            word |= u32::from(*byte) << (16 - 8 * i);
        }
        for i in 0..=chunk.len() {
            text.push(char::from(URL_SAFE[(word >> (18 - 6 * i) & 63) as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_url_safe_one_without_padding() {
        assert_eq!(url_safe(b""), "");
        assert_eq!(url_safe(b"f"), "Zg");
        assert_eq!(url_safe(b"fo"), "Zm8");
        assert_eq!(url_safe(b"foo"), "Zm9v");
        assert_eq!(url_safe(&[0xfb, 0xff, 0xbf]), "-_-_");
    }

    #[test]
    fn cluster_ids_are_22_characters_and_differ() {
        let (one, two) = (cluster_id().unwrap(), cluster_id().unwrap());
        assert_eq!(one.len(), 22);
        assert_ne!(one, two);
    }
}
