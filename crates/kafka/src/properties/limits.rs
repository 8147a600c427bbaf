//! What a configuration may cost. Files are written by people, but a wrong path can name anything.

/// Bytes of a `.properties` file. The largest honest ones hold a few inline certificates: some 100 KiB.
pub const FILE_BYTES: u64 = 1024 * 1024;
/// Bytes of a file named by a reference or a PEM location. A bundle of every public CA is about 250 KiB.
pub const REFERENCED_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// Entries of one file. Kafka's clients know about 400 keys altogether.
pub const ENTRIES: usize = 2_000;
/// Bootstrap addresses. More than a rack of brokers says nothing more about where the cluster is.
pub const BOOTSTRAP: usize = 256;
/// Problems listed before the rest is only counted.
pub const PROBLEMS: usize = 50;
