//! Steps and what they wait for. Ids outside, indices inside.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::PlannedStep;

/// The steps of a plan, in the order written.
#[derive(Clone, Debug)]
pub struct StepGraph {
    graph: DiGraph<(), ()>,
    ids: Vec<String>,
    by_id: HashMap<String, usize>,
}

impl StepGraph {
    /// `steps`: id and needs. Needs that name nothing are left out, as are repeated ids: lint draws both.
    pub fn new<'a>(steps: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>) -> StepGraph {
        let mut graph = DiGraph::new();
        let mut ids = Vec::new();
        let mut by_id = HashMap::new();
        let mut needs = Vec::new();
        for (id, needed) in steps {
            if by_id.contains_key(id) {
                continue;
            }
            by_id.insert(id.to_owned(), ids.len());
            ids.push(id.to_owned());
            graph.add_node(());
            needs.push(needed);
        }
        for (index, needed) in needs.into_iter().enumerate() {
            for need in needed {
                if let Some(from) = by_id.get(need) {
                    graph.add_edge(NodeIndex::new(*from), NodeIndex::new(index), ());
                }
            }
        }
        StepGraph { graph, ids, by_id }
    }

    /// The graph of planned steps; an index is the place among them.
    pub fn of(steps: &[PlannedStep]) -> StepGraph {
        StepGraph::new(
            steps.iter().map(|step| (step.id.as_str(), step.needs.iter().map(String::as_str).collect())),
        )
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn index(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub fn id(&self, index: usize) -> &str {
        &self.ids[index]
    }

    /// Groups of steps that wait for each other, each as one way around, from the step written first.
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        // Not the recursive variant: a chain of steps may be as long as a plan.
        let mut cycles: Vec<Vec<usize>> = kosaraju_scc(&self.graph)
            .into_iter()
            .filter(|group| group.len() > 1 || self.graph.contains_edge(group[0], group[0]))
            .map(|group| self.around(&group))
            .collect();
        cycles.sort();
        cycles
    }

    fn around(&self, group: &[NodeIndex]) -> Vec<usize> {
        let members: HashSet<usize> = group.iter().map(|node| node.index()).collect();
        let Some(start) = members.iter().copied().min() else { return Vec::new() };
        let mut came_from: HashMap<usize, usize> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for next in self.followers(at).filter(|next| members.contains(next)) {
                if next == start {
                    let mut way = vec![at];
                    while let Some(previous) = came_from.get(&way[way.len() - 1]) {
                        way.push(*previous);
                    }
                    way.reverse();
                    return way;
                }
                if let Entry::Vacant(vacant) = came_from.entry(next) {
                    vacant.insert(at);
                    queue.push_back(next);
                }
            }
        }
        vec![start]
    }

    /// Steps that wait for this one.
    pub fn followers(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph.neighbors(NodeIndex::new(index)).map(NodeIndex::index)
    }

    /// Steps this one waits for.
    pub fn needed(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph.neighbors_directed(NodeIndex::new(index), Direction::Incoming).map(NodeIndex::index)
    }

    /// An order in which every step comes after what it needs; among those ready, the one written first. Steps of a
    /// cycle are left out.
    pub fn order(&self) -> Vec<usize> {
        let mut waiting: Vec<usize> = (0..self.len()).map(|index| self.needed(index).count()).collect();
        let mut ready: BinaryHeap<Reverse<usize>> =
            (0..self.len()).filter(|index| waiting[*index] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse(index)) = ready.pop() {
            order.push(index);
            for next in self.followers(index) {
                waiting[next] -= 1;
                if waiting[next] == 0 {
                    ready.push(Reverse(next));
                }
            }
        }
        order
    }

    /// Everything that comes after a step.
    pub fn after(&self, index: usize) -> Vec<bool> {
        self.reach(vec![index], Direction::Outgoing)
    }

    /// Everything that comes after any of these steps.
    pub fn after_any(&self, indices: impl IntoIterator<Item = usize>) -> Vec<bool> {
        self.reach(indices.into_iter().collect(), Direction::Outgoing)
    }

    /// Everything a step comes after.
    pub fn before(&self, index: usize) -> Vec<bool> {
        self.reach(vec![index], Direction::Incoming)
    }

    fn reach(&self, mut open: Vec<usize>, direction: Direction) -> Vec<bool> {
        let mut reached = vec![false; self.len()];
        while let Some(at) = open.pop() {
            for next in self.graph.neighbors_directed(NodeIndex::new(at), direction) {
                if !reached[next.index()] {
                    reached[next.index()] = true;
                    open.push(next.index());
                }
            }
        }
        reached
    }

    /// The longest way from one step to another, both included, weighing each. `None`: no way leads there.
    pub fn longest(
        &self,
        from: usize,
        to: usize,
        weight: impl Fn(usize) -> u64,
    ) -> Option<(u64, Vec<usize>)> {
        let mut best: Vec<Option<(u64, Option<usize>)>> = vec![None; self.len()];
        best[from] = Some((weight(from), None));
        for index in self.order() {
            let Some((so_far, _)) = best[index] else { continue };
            for next in self.followers(index) {
                let total = so_far.saturating_add(weight(next));
                if best[next].is_none_or(|(known, _)| total > known) {
                    best[next] = Some((total, Some(index)));
                }
            }
        }
        let (total, _) = best[to]?;
        let mut way = vec![to];
        while let Some((_, Some(previous))) = best[way[way.len() - 1]] {
            way.push(previous);
        }
        way.reverse();
        Some((total, way))
    }

    /// The weight of the longest way through all steps.
    pub fn span(&self, weight: impl Fn(usize) -> u64) -> u64 {
        let mut total = vec![0_u64; self.len()];
        for index in self.order() {
            let before = self.needed(index).map(|need| total[need]).max().unwrap_or(0);
            total[index] = before.saturating_add(weight(index));
        }
        total.into_iter().max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(steps: &[(&'static str, &[&'static str])]) -> StepGraph {
        StepGraph::new(steps.iter().map(|(id, needs)| (*id, needs.to_vec())))
    }

    fn ids(graph: &StepGraph, indices: &[usize]) -> Vec<String> {
        indices.iter().map(|index| graph.id(*index).to_owned()).collect()
    }

    #[test]
    fn order_follows_needs_and_then_the_text() {
        let graph = graph(&[("a", &[]), ("d", &["c"]), ("b", &["a"]), ("c", &[])]);
        assert_eq!(ids(&graph, &graph.order()), ["a", "b", "c", "d"]);
        assert!(graph.cycles().is_empty());
    }

    #[test]
    fn cycles_are_told_in_the_order_of_waiting() {
        let graph = graph(&[("a", &["c"]), ("b", &["a"]), ("c", &["b"]), ("d", &["d"]), ("e", &[])]);
        let cycles: Vec<Vec<String>> = graph.cycles().iter().map(|cycle| ids(&graph, cycle)).collect();
        assert_eq!(cycles, [vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], vec!["d".to_owned()]]);
        assert_eq!(ids(&graph, &graph.order()), ["e"]);
    }

    #[test]
    fn the_longest_way_counts_both_ends() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"]), ("d", &["b", "c"]), ("e", &[])]);
        let weight = |index: usize| [1, 5, 2, 1, 100][index];
        assert_eq!(graph.longest(0, 3, weight), Some((7, vec![0, 1, 3])));
        assert_eq!(graph.longest(3, 0, weight), None);
        assert_eq!(graph.longest(4, 4, weight), Some((100, vec![4])));
        assert_eq!(graph.span(weight), 100);
        assert_eq!(graph.before(3), [true, true, true, false, false]);
        assert_eq!(graph.after(1), [false, false, false, true, false]);
    }

    #[test]
    fn a_hundred_thousand_steps_end() {
        let names: Vec<String> = (0..100_000).map(|index| format!("s{index}")).collect();
        let graph = StepGraph::new(names.iter().enumerate().map(|(index, name)| {
            let needs = [1, 7]
                .iter()
                .filter_map(|back| index.checked_sub(*back))
                .map(|at| names[at].as_str())
                .collect();
            (name.as_str(), needs)
        }));
        assert_eq!(graph.order().len(), 100_000);
        assert!(graph.cycles().is_empty());
        assert_eq!(graph.longest(0, 99_999, |_| 1).map(|(total, _)| total), Some(100_000));
        assert_eq!(graph.span(|_| 1), 100_000);
    }
}
