/// A template of the user's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTemplate {
    /// Its file name: the ending says what is written and how values are escaped (`change-record.md`, `page.html.j2`).
    pub name: String,
    pub source: String,
}
