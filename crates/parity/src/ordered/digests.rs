use super::Options;
use crate::image::{RunningSha256, Sha256Hex};

/// SHA-256 over the images of either side, in order.
///
/// As long as both sides have had the same images one state stands for both: in the ordinary case, where nothing
/// differs, every image is digested once.
pub(super) enum Digests {
    /// Nobody asked for them.
    Off,
    Same(RunningSha256),
    Apart {
        source: RunningSha256,
        target: RunningSha256,
    },
}

impl Digests {
    /// New ones, or those of the earlier comparison that this one goes on from.
    pub fn new(options: &Options) -> Self {
        if !options.evidence {
            return Digests::Off;
        }
        let (source, target) = options.earlier.clone().unwrap_or_default();
        if source.save() == target.save() { Digests::Same(source) } else { Digests::Apart { source, target } }
    }

    /// Both sides have these bytes next: one image.
    pub fn both(&mut self, image: &[u8]) {
        match self {
            Digests::Off => {}
            Digests::Same(both) => both.update(image),
            Digests::Apart { source, target } => {
                source.update(image);
                target.update(image);
            }
        }
    }

    /// The source alone has this image next.
    pub fn source(&mut self, image: &[u8]) {
        if let Some((source, _)) = self.apart() {
            source.update(image);
        }
    }

    /// The target alone has this image next.
    pub fn target(&mut self, image: &[u8]) {
        if let Some((_, target)) = self.apart() {
            target.update(image);
        }
    }

    fn apart(&mut self) -> Option<(&mut RunningSha256, &mut RunningSha256)> {
        if let Digests::Same(both) = self {
            *self = Digests::Apart { source: both.clone(), target: std::mem::take(both) };
        }
        match self {
            Digests::Apart { source, target } => Some((source, target)),
            Digests::Off | Digests::Same(_) => None,
        }
    }

    /// Of the source, then of the target, up to here.
    pub fn both_sides(&self) -> Option<(Sha256Hex, Sha256Hex)> {
        match self {
            Digests::Off => None,
            Digests::Same(both) => Some((both.digest(), both.digest())),
            Digests::Apart { source, target } => Some((source.digest(), target.digest())),
        }
    }

    /// The states to go on from, source and target.
    pub fn into_states(self) -> Option<(RunningSha256, RunningSha256)> {
        match self {
            Digests::Off => None,
            Digests::Same(both) => Some((both.clone(), both)),
            Digests::Apart { source, target } => Some((source, target)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn one_state_stands_for_both_sides_until_they_differ() {
        let of = |bytes: &[u8]| Sha256Hex(Sha256::digest(bytes).into());
        let mut digests = Digests::new(&Options::default());
        digests.both(b"ab");
        assert!(matches!(digests, Digests::Same(_)));
        assert_eq!(digests.both_sides(), Some((of(b"ab"), of(b"ab"))));
        digests.target(b"x");
        digests.both(b"c");
        digests.source(b"y");
        let expected = Some((of(b"abcy"), of(b"abxc")));
        assert_eq!(digests.both_sides(), expected);
        let again = Digests::new(&Options { earlier: digests.into_states(), ..Options::default() });
        assert_eq!(again.both_sides(), expected);
        let off = Digests::new(&Options { evidence: false, ..Options::default() });
        assert!(off.both_sides().is_none() && off.into_states().is_none());
    }
}
