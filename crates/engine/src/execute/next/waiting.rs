use jiff::Timestamp;

/// Something that is waited for: it always says what, its value now, the value that ends it, since when, until when, and
/// who can end it.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    pub step: Option<String>,
    pub what: String,
    pub current: String,
    pub threshold: String,
    pub since: Timestamp,
    /// When it is given up; `None`: when a person says so.
    pub until: Option<Timestamp>,
    /// Roles or people; `None`: nobody, it ends by itself.
    pub who: Option<String>,
}

impl std::fmt::Display for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(step) = &self.step {
            write!(f, "{step}: ")?;
        }
        write!(f, "waits for {}, now {}, until {}", self.what, self.current, self.threshold)?;
        self.who.as_ref().map_or(Ok(()), |who| write!(f, " ({who})"))
    }
}
