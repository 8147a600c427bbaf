use runbook::Level;

/// The exit codes of the command line: a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Green, or done.
    Done,
    /// Red, blocked or refused.
    Red,
    /// The runbook or the command line is wrong.
    Usage,
    /// Could not be measured: unreachable, unauthorised, timed out.
    Unknown,
    Yellow,
    /// Rolled back or stood down.
    Back,
    /// Something could not be undone.
    Stuck,
    /// A bug of ours: a panic is never taken for a verdict.
    Internal,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Red => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
            Exit::Yellow => 4,
            Exit::Back => 5,
            Exit::Stuck => 6,
            Exit::Internal => 70,
        }
    }

    /// The code of a verdict; `accept_yellow` is `--accept yellow`.
    pub fn of(level: Level, accept_yellow: bool) -> Exit {
        match level {
            Level::Green => Exit::Done,
            Level::Yellow if accept_yellow => Exit::Done,
            Level::Yellow => Exit::Yellow,
            Level::Unknown => Exit::Unknown,
            Level::Red => Exit::Red,
        }
    }
}

/// How a command fails before it has a verdict.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    /// What to do next, on a line of its own.
    pub hint: Option<String>,
}

impl Failure {
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::Usage, message: message.into(), hint: None }
    }

    pub fn unknown(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::Unknown, message: message.into(), hint: None }
    }

    pub fn refused(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::Red, message: message.into(), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_green_and_accepted_yellow_exit_zero() {
        assert_eq!(Exit::of(Level::Green, false).code(), 0);
        assert_eq!(Exit::of(Level::Yellow, true).code(), 0);
        assert_eq!(Exit::of(Level::Yellow, false).code(), 4);
        assert_eq!(Exit::of(Level::Unknown, true).code(), 3);
        assert_eq!(Exit::of(Level::Red, true).code(), 1);
    }
}
