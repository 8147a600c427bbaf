/// Something that touches the world. Its name tells it apart from all others: what is under way is not begun again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Todo {
    /// Look, and propose what to change.
    Propose { step: String },
    /// Apply the command of that number.
    Apply { step: String, index: u32 },
    /// Look whether what was applied has worked.
    Settle { step: String },
    /// Look at a condition.
    Look { step: String },
    /// Look at a check.
    Measure { unit: String, check: String },
    /// Tell people.
    Notify { step: String },
    /// Apply the way back of a command of an attempt, which counts from 1.
    Undo { step: String, attempt: u32, index: u32 },
    /// Look whether everything is as it was.
    LookBack { step: String },
    /// Look at what that step of the way back would need.
    Follow { step: String },
    /// Look whether what was closed on the source stands still, for that trigger.
    Closed { trigger: String },
}

impl Todo {
    /// The step it belongs to; checks belong to none.
    pub fn step(&self) -> Option<&str> {
        match self {
            Todo::Propose { step }
            | Todo::Apply { step, .. }
            | Todo::Settle { step }
            | Todo::Look { step }
            | Todo::Notify { step }
            | Todo::Undo { step, .. }
            | Todo::LookBack { step }
            | Todo::Follow { step } => Some(step),
            Todo::Measure { .. } | Todo::Closed { .. } => None,
        }
    }

    /// Whether it changes the world, or may.
    pub fn acts(&self) -> bool {
        matches!(self, Todo::Apply { .. } | Todo::Undo { .. } | Todo::Notify { .. })
    }
}
