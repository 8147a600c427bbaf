use runbook::plan::{Plan, PlannedStep, StepEffect};
use runbook::world::Side;
use serde::Serialize;

use super::graph::{Node, Row, rows};

/// The plan as a drawing with words: one row per step, in an order in which every step comes after what it needs.
#[derive(Clone, Debug, Serialize)]
pub struct PlanView {
    pub commit_point: Option<String>,
    pub no_way_back: Vec<String>,
    /// Width of the drawing, in CSS pixels.
    pub width: u32,
    pub steps: Vec<StepView>,
}

#[derive(Clone, Debug, Serialize)]
pub struct StepView {
    /// Counted from 1.
    pub number: usize,
    pub id: String,
    pub title: Option<String>,
    /// The kind (`do:`).
    #[serde(rename = "do")]
    pub kind: String,
    pub needs: Vec<String>,
    pub unit: Option<String>,
    pub on: Option<Side>,
    pub effect: StepEffect,
    pub owner: Option<String>,
    pub est_ms: Option<u64>,
    pub timeout_ms: Option<u64>,
    pub commit_point: bool,
    /// Comes after the commit point.
    pub past_commit_point: bool,
    /// Why it has no undo.
    pub no_undo: Option<String>,
    pub drawing: Row,
}

impl PlanView {
    pub(super) fn of(plan: &Plan) -> PlanView {
        let order = order(&plan.steps);
        let steps: Vec<&PlannedStep> = order.iter().map(|&place| &plan.steps[place]).collect();
        let place_of = |id: &str| steps.iter().position(|step| step.id == id);
        let needs: Vec<Vec<usize>> = steps
            .iter()
            .enumerate()
            .map(|(here, step)| {
                step.needs.iter().filter_map(|id| place_of(id)).filter(|&need| need < here).collect()
            })
            .collect();
        let nodes: Vec<Node> = steps.iter().map(|step| Node::of(&step.kind, step.effect)).collect();
        let (width, drawings) = rows(&needs, &nodes);
        let committed = past(&needs, steps.iter().position(|step| step.commit_point));
        let views =
            steps.iter().zip(drawings).zip(committed).enumerate().map(|(place, ((step, drawing), past))| {
                StepView {
                    number: place + 1,
                    id: step.id.clone(),
                    title: step.title.clone(),
                    kind: step.kind.clone(),
                    needs: step.needs.clone(),
                    unit: step.unit.clone(),
                    on: step.on,
                    effect: step.effect,
                    owner: step.owner.clone(),
                    est_ms: step.est_ms,
                    timeout_ms: step.timeout_ms,
                    commit_point: step.commit_point,
                    past_commit_point: past,
                    no_undo: step.no_undo.clone(),
                    drawing,
                }
            });
        PlanView {
            commit_point: plan.commit_point.clone(),
            no_way_back: plan.no_way_back.clone(),
            width,
            steps: views.collect(),
        }
    }
}

/// The order of drawing: as written, but a step never before one it needs. Should the needs form a circle, the steps of
/// the circle keep their written order.
fn order(steps: &[PlannedStep]) -> Vec<usize> {
    let mut drawn = vec![false; steps.len()];
    let mut order = Vec::with_capacity(steps.len());
    while order.len() < steps.len() {
        let ready = |place: &usize| {
            !drawn[*place]
                && steps[*place].needs.iter().all(|need| {
                    steps.iter().position(|step| step.id == *need).is_none_or(|needed| drawn[needed])
                })
        };
        let next = (0..steps.len())
            .find(ready)
            .or_else(|| (0..steps.len()).find(|&place| !drawn[place]))
            .expect("fewer were drawn than there are");
        drawn[next] = true;
        order.push(next);
    }
    order
}

/// Which steps follow the commit point, directly or through others.
fn past(needs: &[Vec<usize>], commit_point: Option<usize>) -> Vec<bool> {
    let mut past = vec![false; needs.len()];
    for here in 0..needs.len() {
        past[here] = needs[here].iter().any(|&need| past[need] || Some(need) == commit_point);
    }
    past
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, needs: &[&str]) -> PlannedStep {
        PlannedStep {
            id: id.to_owned(),
            kind: "check".to_owned(),
            title: None,
            needs: needs.iter().map(|need| (*need).to_owned()).collect(),
            unit: None,
            on: None,
            effect: StepEffect::None,
            owner: None,
            est_ms: None,
            timeout_ms: None,
            commit_point: false,
            no_undo: None,
            with: serde_json::Value::Null,
        }
    }

    #[test]
    fn needs_come_first_and_circles_end() {
        assert_eq!(order(&[step("b", &["a"]), step("a", &[])]), [1, 0]);
        assert_eq!(order(&[step("a", &["b"]), step("b", &["a"])]), [0, 1]);
        assert_eq!(order(&[step("a", &["a", "nowhere"])]), [0]);
    }

    #[test]
    fn what_follows_the_commit_point_is_past_it() {
        let needs = [vec![], vec![0], vec![1], vec![0], vec![2]];
        assert_eq!(past(&needs, Some(1)), [false, false, true, false, true]);
    }
}
