//! What a broker says it can do.

use std::collections::BTreeMap;

/// Supported versions of one request, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionRange {
    /// Oldest.
    pub min: i16,
    /// Newest.
    pub max: i16,
}

/// Every request a broker supports, by API key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiVersions(pub BTreeMap<i16, VersionRange>);

impl ApiVersions {
    /// The newest version both sides know, if any.
    pub fn newest(&self, key: i16, ours: VersionRange) -> Option<i16> {
        let theirs = self.0.get(&key)?;
        let version = theirs.max.min(ours.max);
        (version >= theirs.min.max(ours.min)).then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_common_version() {
        let theirs = ApiVersions(BTreeMap::from([(1, VersionRange { min: 4, max: 12 })]));
        let newest = |min, max| theirs.newest(1, VersionRange { min, max });
        assert_eq!(
            (newest(0, 20), newest(0, 8), newest(0, 3), newest(13, 14)),
            (Some(12), Some(8), None, None)
        );
        assert_eq!(theirs.newest(2, VersionRange { min: 0, max: 1 }), None);
    }
}
