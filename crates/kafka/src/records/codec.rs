//! Decompression, into a buffer that is used again.

use super::Corrupt;
use super::limits;
use std::io::Read;

/// snappy-java puts this before its blocks; librdkafka writes one bare block.
const XERIAL_MAGIC: &[u8] = &[0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
/// The magic, then two version numbers.
const XERIAL_HEADER: usize = 16;

/// Decompresses with Kafka's codec number, replacing what `into` held.
pub(super) fn decompress(codec: i16, stored: &[u8], into: &mut Vec<u8>) -> Result<(), Corrupt> {
    into.clear();
    let failed = |name: &str, error: &dyn std::fmt::Display| {
        Corrupt::new(format!("{name} data cannot be decompressed: {error}"))
    };
    match codec {
        1 => bounded(flate2::read::GzDecoder::new(stored), into).map_err(|error| failed("gzip", &error)),
        2 => snappy(stored, into),
        3 => bounded(lz4_flex::frame::FrameDecoder::new(stored), into).map_err(|error| failed("lz4", &error)),
        4 => {
            let decoder =
                zstd::stream::read::Decoder::with_buffer(stored).map_err(|error| failed("zstd", &error))?;
            bounded(decoder, into).map_err(|error| failed("zstd", &error))
        }
        other => Err(Corrupt::new(format!("compression {other} is not known"))),
    }
}

fn bounded(from: impl Read, into: &mut Vec<u8>) -> std::io::Result<()> {
    from.take(limits::DECOMPRESSED as u64 + 1).read_to_end(into)?;
    if into.len() > limits::DECOMPRESSED {
        return Err(std::io::Error::other(format!("it is larger than {} MiB", limits::DECOMPRESSED >> 20)));
    }
    Ok(())
}

fn snappy(stored: &[u8], into: &mut Vec<u8>) -> Result<(), Corrupt> {
    if !stored.starts_with(XERIAL_MAGIC) {
        return block(stored, into);
    }
    let mut rest =
        stored.get(XERIAL_HEADER..).ok_or_else(|| Corrupt::new("snappy data ends in its header"))?;
    while !rest.is_empty() {
        let (length, tail) =
            rest.split_first_chunk::<4>().ok_or_else(|| Corrupt::new("snappy data ends in a length"))?;
        let length = usize::try_from(i32::from_be_bytes(*length))
            .map_err(|_| Corrupt::new("a snappy length is negative"))?;
        if length > tail.len() {
            return Err(Corrupt::new("snappy data ends in a block"));
        }
        let (one, tail) = tail.split_at(length);
        block(one, into)?;
        rest = tail;
    }
    Ok(())
}

fn block(stored: &[u8], into: &mut Vec<u8>) -> Result<(), Corrupt> {
    let failed = |error: snap::Error| Corrupt::new(format!("snappy data cannot be decompressed: {error}"));
    let length = snap::raw::decompress_len(stored).map_err(failed)?;
    // A snappy block cannot grow by more than about 21 times; a larger claim is a lie, and memory for it is not given.
    if length > limits::DECOMPRESSED - into.len().min(limits::DECOMPRESSED) || length / 64 > stored.len() {
        return Err(Corrupt::new("snappy data claims an impossible size"));
    }
    let start = into.len();
    into.resize(start + length, 0);
    let written = snap::raw::Decoder::new().decompress(stored, &mut into[start..]).map_err(failed)?;
    into.truncate(start + written);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn text() -> Vec<u8> {
        (0..20_000u32).flat_map(|n| (n / 7).to_le_bytes()).collect()
    }

    #[test]
    fn each_codec() {
        let text = text();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
        lz4.write_all(&text).unwrap();
        let bare = snap::raw::Encoder::new().compress_vec(&text).unwrap();
        let mut xerial = [XERIAL_MAGIC, &[0, 0, 0, 1, 0, 0, 0, 1]].concat();
        for chunk in text.chunks(32 * 1024) {
            let block = snap::raw::Encoder::new().compress_vec(chunk).unwrap();
            xerial.extend(i32::try_from(block.len()).unwrap().to_be_bytes());
            xerial.extend(block);
        }
        let zstd = zstd::stream::encode_all(&text[..], 1).unwrap();
        let mut out = vec![9; 3];
        for (codec, stored) in
            [(1, gzip.finish().unwrap()), (2, bare), (2, xerial), (3, lz4.finish().unwrap()), (4, zstd)]
        {
            decompress(codec, &stored, &mut out).unwrap();
            assert_eq!(out, text, "codec {codec}");
            for cut in [0, 1, 5, 17, stored.len() / 2] {
                // A cut may by chance be a shorter valid text; it must not panic and not be the whole.
                if decompress(codec, &stored[..cut], &mut out).is_ok() {
                    assert_ne!(out, text);
                }
            }
            let mut flipped = stored.clone();
            for at in (0..stored.len()).step_by(97) {
                flipped[at] ^= 0x55;
                let _ = decompress(codec, &flipped, &mut out);
                flipped[at] ^= 0x55;
            }
        }
        assert!(decompress(5, &[], &mut out).is_err());
    }

    #[test]
    fn a_snappy_claim_costs_no_memory() {
        // The varint length says 4 GiB − 1.
        let mut out = Vec::new();
        assert!(decompress(2, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0], &mut out).is_err());
        assert!(out.capacity() < 1024);
    }
}
