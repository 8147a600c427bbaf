//! What one batch may cost.

/// Bytes of one batch after decompression. Brokers limit only the compressed size (1 MiB by default), so a small batch can
/// claim to hold anything; 1 GiB is a thousand times what producers make.
pub const DECOMPRESSED: usize = 1024 * 1024 * 1024;
/// Headers of one record. Kafka has no limit; a record of 1 MiB cannot hold more than this many empty ones.
pub const HEADERS: i32 = 1_000_000;
