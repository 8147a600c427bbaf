/// The answer to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A binding allows it.
    Granted,
    /// Nothing restricts it: no authoriser, no binding on the resource, or a super user.
    Unrestricted,
    /// A DENY binding.
    Denied,
    /// No binding allows it.
    NotGranted,
    /// The cluster does not tell what would decide it.
    NotTold,
}

impl Decision {
    /// `None`: not told.
    pub fn allowed(self) -> Option<bool> {
        match self {
            Decision::Granted | Decision::Unrestricted => Some(true),
            Decision::Denied | Decision::NotGranted => Some(false),
            Decision::NotTold => None,
        }
    }
}
