use serde::de::{DeserializeSeed, SeqAccess};

use super::super::NodeId;
use super::{Context, DecodeError, NodeDeserializer};

/// The items of a list.
pub(super) struct Items<'c, 't> {
    context: &'c Context<'t>,
    left: std::slice::Iter<'t, NodeId>,
}

impl<'c, 't> Items<'c, 't> {
    pub fn new(context: &'c Context<'t>, items: &'t [NodeId]) -> Self {
        Items { context, left: items.iter() }
    }
}

impl<'t> SeqAccess<'t> for Items<'_, 't> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'t>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        for item in self.left.by_ref() {
            if !self.context.is_masked(*item) {
                return seed.deserialize(NodeDeserializer::new(self.context, *item)).map(Some);
            }
        }
        Ok(None)
    }

    fn size_hint(&self) -> Option<usize> {
        // At most what is left; a hostile list must not reserve much ahead.
        Some(self.left.len().min(1024))
    }
}
