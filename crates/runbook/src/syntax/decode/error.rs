use std::fmt::{self, Display};

use serde::de;

use super::super::{Code, quoted};

/// Separates code, message and help within a serde error message; no text of a runbook can hold it, because control
/// characters are escaped in messages.
const MARK: char = '\u{1f}';

/// Why a value is refused by a type's own rules. Newtypes return it through `serde::de::Error::custom`, so that their
/// mistakes carry a code and a help line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    pub message: String,
    pub help: Option<String>,
}

impl Refusal {
    pub fn new(code: Code, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into(), help: None }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Refusal {
        self.help = Some(help.into());
        self
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{MARK}{}{MARK}{}{MARK}{}",
            self.code.id(),
            self.message,
            self.help.as_deref().unwrap_or("")
        )
    }
}

/// A mistake on its way to the node it belongs to.
#[derive(Debug)]
pub enum DecodeError {
    /// Recorded already.
    Reported,
    Missing(&'static str),
    Plain(Refusal),
}

impl DecodeError {
    fn refusal(message: &str) -> Refusal {
        let parts: Vec<&str> = message.split(MARK).collect();
        if let ["", id, message, help] = parts.as_slice()
            && let Some(code) = super::super::CODES.iter().find(|code| code.id() == *id)
        {
            let help = (!help.is_empty()).then(|| (*help).to_owned());
            return Refusal { code: *code, message: (*message).to_owned(), help };
        }
        Refusal::new(Code::BadValue, message)
    }
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Reported => f.write_str("already reported"),
            DecodeError::Missing(key) => write!(f, "missing key {key}"),
            DecodeError::Plain(refusal) => f.write_str(&refusal.message),
        }
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: Display>(message: T) -> Self {
        DecodeError::Plain(DecodeError::refusal(&message.to_string()))
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match found {
            de::Unexpected::Bool(value) => format!("the boolean {value}"),
            de::Unexpected::Unsigned(value) => format!("the number {value}"),
            de::Unexpected::Signed(value) => format!("the number {value}"),
            de::Unexpected::Float(value) => format!("the number {value}"),
            de::Unexpected::Str(value) => format!("the text \"{}\"", super::super::shortened(value)),
            de::Unexpected::Unit | de::Unexpected::Option => "nothing".to_owned(),
            de::Unexpected::Seq => "a list".to_owned(),
            de::Unexpected::Map => "a table".to_owned(),
            other => other.to_string(),
        };
        DecodeError::Plain(Refusal::new(Code::WrongType, format!("expected {expected}, found {found}")))
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match found {
            de::Unexpected::Str(value) => quoted(value),
            other => other.to_string(),
        };
        DecodeError::Plain(Refusal::new(Code::BadValue, format!("expected {expected}, found {found}")))
    }

    fn unknown_variant(written: &str, expected: &'static [&'static str]) -> Self {
        let refusal = Refusal::new(
            Code::UnknownWord,
            format!("{} is not one of the words allowed here", quoted(written)),
        );
        let help = match super::super::nearest(written, expected.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? Allowed: {}", expected.join(", ")),
            None => format!("allowed: {}", expected.join(", ")),
        };
        DecodeError::Plain(refusal.help(help))
    }

    fn unknown_field(written: &str, expected: &'static [&'static str]) -> Self {
        let refusal =
            Refusal::new(Code::UnknownKey, format!("the key {} is not known here", quoted(written)));
        DecodeError::Plain(refusal.help(format!("known: {}", expected.join(", "))))
    }

    fn missing_field(field: &'static str) -> Self {
        DecodeError::Missing(field)
    }
}
