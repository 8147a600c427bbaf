use super::limits;

/// How one item stands to its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// As wanted.
    There,
    /// As expected.
    Ready,
    /// Neither.
    Neither,
}

impl Stand {
    /// What is wanted comes first: where both are equal nothing is to be done.
    pub(super) fn of<T: PartialEq + ?Sized>(now: &T, from: &T, to: &T) -> Stand {
        if now == to {
            Stand::There
        } else if now == from {
            Stand::Ready
        } else {
            Stand::Neither
        }
    }
}

/// A list for a sentence; a long one is counted at its end.
pub(super) fn listed(items: &[String]) -> String {
    let named = items.iter().take(limits::NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    match items.len().saturating_sub(limits::NAMED) {
        0 => named,
        more => format!("{named}; and {more} more"),
    }
}

/// The first item that is given twice.
pub(super) fn twice<T: Ord + Copy>(items: impl Iterator<Item = T>) -> Option<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_comes_first() {
        assert_eq!(Stand::of("b", "a", "b"), Stand::There);
        assert_eq!(Stand::of("a", "a", "b"), Stand::Ready);
        assert_eq!(Stand::of("c", "a", "b"), Stand::Neither);
        assert_eq!(Stand::of("a", "a", "a"), Stand::There);
    }

    #[test]
    fn long_lists_are_counted() {
        let items: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        assert!(listed(&items).ends_with("; 9; and 2 more"));
        assert_eq!(listed(&items[..2]), "0; 1");
        assert_eq!(twice([3, 1, 3].into_iter()), Some(3));
        assert_eq!(twice([3, 1].into_iter()), None);
    }
}
