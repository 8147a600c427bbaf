use super::{Canonical, Ignore, Image};

/// Records a reader had to keep: any number of images in one block of memory.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// The canonical bytes of all images, one behind the other; nothing is ignored in them.
    bytes: Vec<u8>,
    /// `(offset, end of its bytes)` of each.
    ends: Vec<(i64, usize)>,
}

impl Records {
    pub fn new() -> Self {
        Self::default()
    }

    /// Copies one record behind the others.
    pub fn push(&mut self, image: &Image<'_>) {
        Canonical::write(image, &Ignore::NOTHING, &mut self.bytes);
        self.ends.push((image.offset, self.bytes.len()));
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// The record at `index`, counted from 0 in the order of [`Records::push`].
    pub fn get(&self, index: usize) -> Option<Image<'_>> {
        let &(offset, end) = self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before].1);
        Some(Canonical::of(&self.bytes[start..end]).image(offset))
    }

    pub fn first(&self) -> Option<Image<'_>> {
        self.get(0)
    }

    pub fn last(&self) -> Option<Image<'_>> {
        self.get(self.len().checked_sub(1)?)
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Image<'_>> + ExactSizeIterator {
        (0..self.len()).map(|index| self.get(index).expect("the index is below the length"))
    }

    /// Bytes of key, value and headers of all of them.
    pub fn size(&self) -> u64 {
        self.iter().map(|image| image.size()).sum()
    }
}

impl<'a> Extend<Image<'a>> for Records {
    fn extend<I: IntoIterator<Item = Image<'a>>>(&mut self, images: I) {
        images.into_iter().for_each(|image| self.push(&image));
    }
}

impl<'a> FromIterator<Image<'a>> for Records {
    fn from_iter<I: IntoIterator<Item = Image<'a>>>(images: I) -> Self {
        let mut records = Records::new();
        records.extend(images);
        records
    }
}
