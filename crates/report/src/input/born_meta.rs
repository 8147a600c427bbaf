/// Records of one unit that were born on the target, counted on the way back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BornMeta {
    pub records: u64,
    pub bytes: u64,
    /// Copies may be among them: there are at most so many.
    pub at_most: bool,
}
