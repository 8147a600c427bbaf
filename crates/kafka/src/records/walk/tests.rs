use super::*;
use crate::records::AbortedTransaction;

/// A varint as records hold it.
fn zigzag(value: i64, out: &mut Vec<u8>) {
    let mut value = (value << 1 ^ value >> 63).cast_unsigned();
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
}

fn field(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    zigzag(bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap()), out);
    out.extend(bytes.unwrap_or_default());
}

struct Rec(
    i64,
    i64,
    Option<&'static [u8]>,
    Option<&'static [u8]>,
    Vec<(&'static [u8], Option<&'static [u8]>)>,
);

fn value(delta: i64) -> Rec {
    Rec(delta, delta, None, Some(b"v"), vec![])
}

/// Attributes beside the codec.
const TX: i16 = 1 << 4;
const CTRL: i16 = 1 << 5;
const APPEND: i16 = 1 << 3;

fn batch(base: i64, last_delta: i32, attributes: i16, producer: i64, records: &[Rec]) -> Vec<u8> {
    let mut body = Vec::new();
    for Rec(offset, time, key, value, headers) in records {
        let mut one = vec![0u8];
        zigzag(*time, &mut one);
        zigzag(*offset, &mut one);
        field(*key, &mut one);
        field(*value, &mut one);
        zigzag(i64::try_from(headers.len()).unwrap(), &mut one);
        for (name, value) in headers {
            field(Some(name), &mut one);
            field(*value, &mut one);
        }
        zigzag(i64::try_from(one.len()).unwrap(), &mut body);
        body.extend(one);
    }
    if attributes & 7 == 1 {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, &body).unwrap();
        body = gzip.finish().unwrap();
    }
    let mut checked = Vec::new();
    checked.extend(attributes.to_be_bytes());
    checked.extend(last_delta.to_be_bytes());
    checked.extend(1_000i64.to_be_bytes());
    checked.extend(9_999i64.to_be_bytes());
    checked.extend(producer.to_be_bytes());
    checked.extend(0i16.to_be_bytes());
    checked.extend(0i32.to_be_bytes());
    checked.extend(i32::try_from(records.len()).unwrap().to_be_bytes());
    checked.extend(body);
    let mut whole = Vec::new();
    whole.extend(base.to_be_bytes());
    whole.extend(i32::try_from(checked.len() + 9).unwrap().to_be_bytes());
    whole.extend(0i32.to_be_bytes());
    whole.push(2);
    whole.extend(crc32c::crc32c(&checked).to_be_bytes());
    whole.extend(checked);
    whole
}

fn marker(base: i64, producer: i64, commit: bool) -> Vec<u8> {
    let key: &'static [u8] = if commit { &[0, 0, 0, 1] } else { &[0, 0, 0, 0] };
    batch(base, 0, TX | CTRL, producer, &[Rec(0, 0, Some(key), Some(&[0, 0, 0, 0, 0, 0]), vec![])])
}

fn seen(bytes: &[u8], aborted: &[(i64, i64)], isolation: Isolation, from: i64, to: i64) -> (Vec<i64>, Walk) {
    let aborted: Vec<AbortedTransaction> = aborted
        .iter()
        .map(|(producer_id, first_offset)| AbortedTransaction {
            producer_id: *producer_id,
            first_offset: *first_offset,
        })
        .collect();
    // In one go, and step by step, the same is seen.
    let mut seen = Vec::new();
    for bytes_a_step in [usize::MAX, 1] {
        let (mut rest, mut aborted) = (bytes, Aborted::new(aborted.clone()));
        let (mut offsets, mut at) = (Vec::new(), from);
        let walked = loop {
            let wanted = Wanted { isolation, from: at, to, bytes: bytes_a_step };
            let walked = walk(&mut rest, &mut aborted, wanted, &mut Scratch::default(), &mut |image| {
                offsets.push(image.offset);
                ControlFlow::Continue(())
            });
            let walked = walked.unwrap();
            at = walked.up_to;
            if !batch::starts_whole(rest) || at >= to {
                break walked;
            }
        };
        seen.push((offsets, walked));
    }
    assert_eq!(seen[0], seen[1]);
    seen.remove(0)
}

/// Everything from an offset on, in one go.
fn committed(
    bytes: &[u8],
    from: i64,
    to: i64,
    each: &mut impl FnMut(Image<'_>) -> ControlFlow<()>,
) -> Result<Walk, Corrupt> {
    let wanted = Wanted { isolation: Isolation::ReadCommitted, from, to, bytes: usize::MAX };
    walk(&mut &bytes[..], &mut Aborted::default(), wanted, &mut Scratch::default(), each)
}

fn up_to(offset: i64) -> Walk {
    Walk { up_to: offset, broken_off: false }
}

#[test]
fn everything_of_a_record() {
    let headers: Vec<(&'static [u8], Option<&'static [u8]>)> =
        vec![(b"a", Some(b"1")), (b"a", None), (b"", Some(b""))];
    for codec in [0, 1] {
        let bytes = batch(
            40,
            2,
            codec,
            -1,
            &[Rec(0, 5, Some(b"k"), None, headers.clone()), Rec(2, -7, Some(b""), Some(b""), vec![])],
        );
        let mut records = parity::Records::new();
        committed(&bytes, 40, 100, &mut |image| {
            records.push(&image);
            ControlFlow::Continue(())
        })
        .unwrap();
        let first = records.get(0).unwrap();
        assert_eq!(
            (first.offset, first.timestamp, first.key, first.value),
            (40, 1_005, Some(&b"k"[..]), None)
        );
        assert_eq!(first.headers.iter().collect::<Vec<_>>(), headers);
        let second = records.get(1).unwrap();
        assert_eq!(
            (second.offset, second.timestamp, second.key, second.value),
            (42, 993, Some(&b""[..]), Some(&b""[..]))
        );
    }
    let appended = batch(0, 0, APPEND, -1, &[value(0)]);
    committed(&appended, 0, 1, &mut |image| {
        assert_eq!(image.timestamp, 9_999);
        ControlFlow::Continue(())
    })
    .unwrap();
}

#[test]
fn bounds_holes_and_cut_answers() {
    // Offsets 10 and 14 are left of 10..=15, then 20..=21.
    let mut bytes = batch(10, 5, 0, -1, &[value(0), value(4)]);
    bytes.extend(batch(20, 1, 0, -1, &[value(0), value(1)]));
    let read = |from, to| seen(&bytes, &[], Isolation::ReadUncommitted, from, to);
    assert_eq!(read(10, 100), (vec![10, 14, 20, 21], up_to(22)));
    assert_eq!(read(11, 100), (vec![14, 20, 21], up_to(22)));
    assert_eq!(read(15, 21), (vec![20], up_to(21)));
    assert_eq!(read(16, 20), (vec![], up_to(20)), "nothing between the batches");
    assert_eq!(read(10, 14), (vec![10], up_to(14)));
    assert_eq!(last_complete_of(&bytes), Some(22));
    let cut = &bytes[..bytes.len() - 1];
    assert_eq!(seen(cut, &[], Isolation::ReadUncommitted, 10, 100), (vec![10, 14], up_to(16)));
    assert_eq!(last_complete_of(cut), Some(16));
    assert_eq!(seen(&bytes[..8], &[], Isolation::ReadUncommitted, 10, 100), (vec![], up_to(10)));
    assert_eq!(last_complete_of(&[]), None);
}

fn last_complete_of(bytes: &[u8]) -> Option<i64> {
    crate::records::last_complete(bytes)
}

#[test]
fn transactions() {
    // Producer 7 commits 0..=1; producer 8 aborts 3..=4, with 7's next transaction between; 8 then commits 8.
    let mut bytes = batch(0, 1, TX, 7, &[value(0), value(1)]);
    bytes.extend(marker(2, 7, true));
    bytes.extend(batch(3, 0, TX, 8, &[value(0)]));
    bytes.extend(batch(4, 0, TX, 7, &[value(0)]));
    bytes.extend(batch(5, 0, TX, 8, &[value(0)]));
    bytes.extend(marker(6, 8, false));
    bytes.extend(marker(7, 7, true));
    bytes.extend(batch(8, 0, TX, 8, &[value(0)]));
    bytes.extend(marker(9, 8, true));
    let aborted = [(8, 3)];
    assert_eq!(seen(&bytes, &aborted, Isolation::ReadCommitted, 0, 100), (vec![0, 1, 4, 8], up_to(10)));
    assert_eq!(
        seen(&bytes, &aborted, Isolation::ReadUncommitted, 0, 100),
        (vec![0, 1, 3, 4, 5, 8], up_to(10))
    );
    // Beginning inside the aborted transaction.
    assert_eq!(seen(&bytes, &aborted, Isolation::ReadCommitted, 5, 100), (vec![8], up_to(10)));
    // Not transactional: never hidden.
    let plain = batch(3, 0, 0, 8, &[value(0)]);
    assert_eq!(seen(&plain, &aborted, Isolation::ReadCommitted, 3, 100), (vec![3], up_to(4)));
}

#[test]
fn breaking_off() {
    let bytes = batch(0, 4, 0, -1, &[value(0), value(1), value(4)]);
    let mut left = 2;
    let walk = committed(&bytes, 0, 100, &mut |_| {
        left -= 1;
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(walk, Walk { up_to: 2, broken_off: true });
}

#[test]
fn one_flipped_byte_is_never_overlooked() {
    let mut bytes =
        batch(10, 1, 0, -1, &[Rec(0, 0, Some(b"key"), Some(b"value"), vec![(b"h", Some(b"x"))]), value(1)]);
    let whole = parse(&bytes);
    for at in 0..bytes.len() {
        bytes[at] ^= 0x10;
        // The first 21 bytes but the magic are outside the checksum: offset, length, leader epoch.
        let told = parse(&bytes);
        assert!(told.is_err() || at < 21 && told != whole || (12..16).contains(&at), "byte {at}");
        bytes[at] ^= 0x10;
    }
}

fn parse(bytes: &[u8]) -> Result<Vec<(i64, Vec<u8>)>, Corrupt> {
    let mut all = Vec::new();
    committed(bytes, 0, i64::MAX, &mut |image| {
        all.push((image.offset, image.value.unwrap_or_default().to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

#[test]
fn hostile_bytes_never_panic() {
    let good =
        batch(10, 1, 0, 8, &[Rec(0, 0, Some(b"key"), Some(b"value"), vec![(b"h", Some(b"x"))]), value(1)]);
    let mut state = 1u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    };
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..1 + random() % 4 {
            let at = random() % bytes.len();
            bytes[at] = u8::try_from(random() & 0xff).unwrap();
        }
        // With the right checksum the parser behind it is reached.
        if random() % 2 == 0 {
            let checksum = crc32c::crc32c(&bytes[21..]);
            bytes[17..21].copy_from_slice(&checksum.to_be_bytes());
            bytes[16] = 2;
        }
        bytes.truncate(bytes.len() - random() % 3);
        let _ = parse(&bytes);
        let _ = last_complete_of(&bytes);
    }
}

/// A message of format 0 or 1.
fn message(offset: i64, magic: u8, attributes: u8, timestamp: i64, value: &[u8]) -> Vec<u8> {
    let mut checked = vec![magic, attributes];
    if magic == 1 {
        checked.extend(timestamp.to_be_bytes());
    }
    checked.extend((-1i32).to_be_bytes());
    checked.extend(i32::try_from(value.len()).unwrap().to_be_bytes());
    checked.extend(value);
    let mut crc = flate2::Crc::new();
    crc.update(&checked);
    let mut whole = Vec::new();
    whole.extend(offset.to_be_bytes());
    whole.extend(i32::try_from(checked.len() + 4).unwrap().to_be_bytes());
    whole.extend(crc.sum().to_be_bytes());
    whole.extend(checked);
    whole
}

#[test]
fn old_formats() {
    let mut bytes = message(5, 0, 0, 0, b"five");
    bytes.extend(message(6, 1, 0, 77, b"six"));
    // Wrapped messages of format 1 are numbered from 0; the wrapper has the last offset.
    let inner = [message(0, 1, 0, 1, b"seven"), message(1, 1, 0, 2, b"eight")].concat();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &inner).unwrap();
    bytes.extend(message(8, 1, 1, 3, &gzip.finish().unwrap()));
    let all: Vec<(i64, String)> = parse(&bytes)
        .unwrap()
        .into_iter()
        .map(|(offset, value)| (offset, String::from_utf8(value).unwrap()))
        .collect();
    let expected = [(5, "five"), (6, "six"), (7, "seven"), (8, "eight")]
        .map(|(offset, value)| (offset, value.to_owned()));
    assert_eq!(all, expected);
    assert_eq!(seen(&bytes, &[], Isolation::ReadCommitted, 7, 100).0, [7, 8]);
    assert_eq!(seen(&bytes, &[], Isolation::ReadCommitted, 6, 8), (vec![6, 7], up_to(8)));
    assert_eq!(last_complete_of(&bytes), Some(9));
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert!(parse(&bytes).is_err());
}
