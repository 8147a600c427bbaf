use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A span of one partition of the target that is no part of the copy: only records that were born there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BornSpan {
    pub topic: String,
    pub partition: i32,
    /// The first target offset of it.
    pub from: i64,
    /// Behind its last one.
    pub to: i64,
}

impl BornSpan {
    /// The same offsets in the fewest spans, sorted.
    pub fn joined(mut spans: Vec<BornSpan>) -> Vec<BornSpan> {
        spans.sort();
        let mut joined: Vec<BornSpan> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut() {
                Some(last)
                    if (&last.topic, last.partition) == (&span.topic, span.partition)
                        && span.from <= last.to =>
                {
                    last.to = last.to.max(span.to);
                }
                _ => joined.push(span),
            }
        }
        joined
    }
}

impl std::fmt::Display for BornSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{} {}..{}", self.topic, self.partition, self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(topic: &str, partition: i32, from: i64, to: i64) -> BornSpan {
        BornSpan { topic: topic.to_owned(), partition, from, to }
    }

    #[test]
    fn spans_that_touch_become_one_and_others_stay() {
        let spans = vec![
            span("b", 0, 5, 9),
            span("a", 1, 4, 6),
            span("a", 0, 7, 9),
            span("a", 0, 2, 7),
            span("a", 0, 3, 4),
        ];
        let joined = [span("a", 0, 2, 9), span("a", 1, 4, 6), span("b", 0, 5, 9)];
        assert_eq!(BornSpan::joined(spans), joined);
        let apart = vec![span("a", 0, 2, 7), span("a", 0, 8, 9)];
        assert_eq!(BornSpan::joined(apart.clone()), apart);
    }
}
