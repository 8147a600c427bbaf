use runbook::plan::StepEffect;
use serde::Serialize;

/// Distance between two lanes, in CSS pixels.
const LANE: u32 = 18;
/// Beyond this many lanes they are drawn closer together, so that the words beside them keep their room on a phone.
const WIDE_LANES: u32 = 6;
/// Where within a row the node stands: at the height of the first line of its words.
const NODE: &str = "20";

/// The shape of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    /// Looks and waits; changes nothing.
    Look,
    /// Changes something.
    Effect,
    /// Opens only when its conditions hold.
    Gate,
    /// Waits for a person.
    Person,
}

impl Node {
    pub(super) fn of(kind: &str, effect: StepEffect) -> Node {
        match (kind, effect) {
            ("gate", _) => Node::Gate,
            ("manual" | "sign-off", _) => Node::Person,
            (_, StepEffect::None) => Node::Look,
            _ => Node::Effect,
        }
    }
}

/// The part of the drawing that stands beside one step. Rows stacked without a gap make the whole picture, so a page
/// may break between any two of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub node: Node,
    pub x: u32,
    pub y: &'static str,
    pub lines: Vec<Line>,
}

/// A straight line; `y` as SVG reads it: a number of pixels, or `100%` for the bottom of the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub x1: u32,
    pub y1: &'static str,
    pub x2: u32,
    pub y2: &'static str,
}

/// A row in lanes, before it is known how wide a lane is.
struct Drawn {
    lane: usize,
    /// Lanes of the steps it needs.
    incoming: Vec<usize>,
    /// Lanes that go by.
    passing: Vec<usize>,
    goes_on: bool,
}

/// Draws steps given in an order in which needs come first. Each lane carries one step's way to all that need it, and
/// is free again after the last of them.
pub(super) fn rows(needs: &[Vec<usize>], nodes: &[Node]) -> (u32, Vec<Row>) {
    let mut waiting: Vec<usize> = vec![0; needs.len()];
    needs.iter().flatten().for_each(|&need| waiting[need] += 1);
    let mut lanes: Vec<Option<usize>> = Vec::new();
    let mut lane_of: Vec<usize> = Vec::with_capacity(needs.len());
    let mut drawn: Vec<Drawn> = Vec::new();
    for (here, wanted) in needs.iter().enumerate() {
        let mut wanted = wanted.clone();
        wanted.sort_unstable();
        wanted.dedup();
        let before = lanes.clone();
        for &need in &wanted {
            waiting[need] -= needs[here].iter().filter(|&&n| n == need).count();
            if waiting[need] == 0 {
                lanes[lane_of[need]] = None;
            }
        }
        let ended = wanted.iter().map(|&need| lane_of[need]).filter(|&lane| lanes[lane].is_none()).min();
        let lane = ended.unwrap_or_else(|| {
            lanes.iter().position(Option::is_none).unwrap_or_else(|| {
                lanes.push(None);
                lanes.len() - 1
            })
        });
        let passing =
            (0..lanes.len()).filter(|&l| before.get(l).is_some_and(Option::is_some) && lanes[l].is_some());
        let passing = passing.collect();
        lane_of.push(lane);
        let goes_on = waiting[here] > 0;
        if goes_on {
            lanes[lane] = Some(here);
        }
        let incoming = wanted.iter().map(|&need| lane_of[need]).collect();
        drawn.push(Drawn { lane, incoming, passing, goes_on });
    }
    let count = u32::try_from(lanes.len().max(1)).unwrap_or(u32::MAX);
    let step = if count <= WIDE_LANES { LANE } else { (LANE * WIDE_LANES / count).max(2) };
    let x = |lane: usize| LANE / 2 + u32::try_from(lane).unwrap_or(u32::MAX).saturating_mul(step);
    let rows = drawn.into_iter().zip(nodes).map(|(row, &node)| {
        let here = x(row.lane);
        let mut lines: Vec<Line> =
            row.passing.iter().map(|&l| Line { x1: x(l), y1: "0", x2: x(l), y2: "100%" }).collect();
        lines.extend(row.incoming.iter().map(|&from| Line { x1: x(from), y1: "0", x2: here, y2: NODE }));
        if row.goes_on {
            lines.push(Line { x1: here, y1: NODE, x2: here, y2: "100%" });
        }
        Row { node, x: here, y: NODE, lines }
    });
    (LANE + (count - 1) * step, rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(needs: &[&[usize]]) -> Vec<u32> {
        let needs: Vec<Vec<usize>> = needs.iter().map(|n| n.to_vec()).collect();
        let nodes = vec![Node::Look; needs.len()];
        rows(&needs, &nodes).1.iter().map(|row| (row.x - LANE / 2) / LANE).collect()
    }

    #[test]
    fn a_chain_is_one_lane() {
        assert_eq!(lanes(&[&[], &[0], &[1], &[2]]), [0, 0, 0, 0]);
    }

    #[test]
    fn a_side_branch_stands_beside_and_its_lane_is_free_afterwards() {
        assert_eq!(lanes(&[&[], &[0], &[0], &[2], &[2], &[4]]), [0, 1, 0, 1, 0, 0]);
    }

    #[test]
    fn parallel_steps_join() {
        let needs = [vec![], vec![], vec![0, 1]];
        let (width, rows) = rows(&needs, &[Node::Look; 3]);
        assert_eq!(width, 2 * LANE);
        assert_eq!(rows[2].lines.len(), 2, "both come in, nothing passes, nothing goes on");
        assert_eq!(rows[1].lines.len(), 2, "the first lane passes, the second begins");
    }

    #[test]
    fn every_need_is_a_line_into_its_step() {
        let needs: Vec<Vec<usize>> =
            (0..40).map(|n: usize| (0..n).filter(|m| n.is_multiple_of(m + 2)).collect()).collect();
        let (width, rows) = rows(&needs, &[Node::Effect; 40]);
        assert!(width <= LANE * (WIDE_LANES + 1), "{width}");
        for (row, wanted) in rows.iter().zip(&needs) {
            assert_eq!(row.lines.iter().filter(|line| line.y2 == NODE).count(), wanted.len());
        }
    }
}
