use std::collections::BTreeMap;

use runbook::Probe;

/// Who waits for whose verdict, by index of the inquiry.
#[derive(Debug, Default)]
pub(super) struct Waits {
    edges: BTreeMap<usize, BTreeMap<usize, Probe>>,
}

/// One edge of a circle: `who` cannot have the verdict of `on`, asked for as `probe`.
#[derive(Debug, PartialEq)]
pub(super) struct Broken {
    pub who: usize,
    pub on: usize,
    pub probe: Probe,
}

impl Waits {
    /// `who` waits for the verdict of `on`. When that closes a circle, its edges are taken out and returned in order:
    /// none of its members can have the verdict it asks for.
    pub fn add(&mut self, who: usize, on: usize, probe: Probe) -> Vec<Broken> {
        self.edges.entry(who).or_default().insert(on, probe);
        let Some(circle) = self.path(on, who) else { return Vec::new() };
        let next = circle.iter().copied().skip(1).chain([on]);
        let edges: Vec<(usize, usize)> = circle.iter().copied().zip(next).collect();
        edges
            .into_iter()
            .filter_map(|(who, on)| Some(Broken { who, on, probe: self.take(who, on)? }))
            .collect()
    }

    /// Everybody who waits for `on`, with the probe it asked; they wait no more.
    pub fn take_all(&mut self, on: usize) -> Vec<(usize, Probe)> {
        let who: Vec<usize> = self.edges.keys().copied().collect();
        who.into_iter().filter_map(|who| Some((who, self.take(who, on)?))).collect()
    }

    /// `who` waits for nobody any more.
    pub fn leave(&mut self, who: usize) {
        self.edges.remove(&who);
    }

    fn take(&mut self, who: usize, on: usize) -> Option<Probe> {
        self.edges.get_mut(&who)?.remove(&on)
    }

    /// A way from `from` to `to` along the edges, both ends in it.
    fn path(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut came_from: BTreeMap<usize, usize> = BTreeMap::from([(from, from)]);
        let mut open = vec![from];
        while let Some(node) = open.pop() {
            if node == to {
                let mut way = vec![to];
                while let Some(before) = way.last().and_then(|node| came_from.get(node)).copied()
                    && way.last() != Some(&from)
                {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            for next in self.edges.get(&node).into_iter().flat_map(BTreeMap::keys) {
                came_from.entry(*next).or_insert_with(|| {
                    open.push(*next);
                    node
                });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(on: usize) -> Probe {
        Probe::Judgement { check: format!("check-{on}"), unit: "orders".into() }
    }

    fn add(waits: &mut Waits, who: usize, on: usize) -> Vec<(usize, usize)> {
        waits.add(who, on, probe(on)).into_iter().map(|broken| (broken.who, broken.on)).collect()
    }

    #[test]
    fn a_circle_is_broken_at_every_edge_and_nowhere_else() {
        let mut waits = Waits::default();
        assert_eq!(add(&mut waits, 7, 1), []);
        assert_eq!(add(&mut waits, 1, 2), []);
        assert_eq!(add(&mut waits, 2, 3), []);
        assert_eq!(add(&mut waits, 3, 1), [(1, 2), (2, 3), (3, 1)]);
        assert_eq!(waits.take_all(1), [(7, probe(1))], "who is no member still waits");
    }

    #[test]
    fn a_check_that_waits_for_itself_is_a_circle() {
        assert_eq!(add(&mut Waits::default(), 4, 4), [(4, 4)]);
    }

    #[test]
    fn a_diamond_is_no_circle() {
        let mut waits = Waits::default();
        for (who, on) in [(0, 1), (0, 2), (1, 3), (2, 3)] {
            assert_eq!(add(&mut waits, who, on), []);
        }
        assert_eq!(waits.take_all(3).len(), 2);
    }
}
