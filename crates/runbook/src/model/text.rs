//! Values with rules of their own: they check themselves while being read, so their mistakes carry a position.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use crate::syntax::{Code, Refusal, quoted, shortened};

/// A value that is written as text.
pub trait Written: Sized {
    /// What it is, for messages: `a duration such as 45s`.
    const WHAT: &'static str;
    /// Name of its JSON Schema.
    const SCHEMA: &'static str;
    /// Regular expression of its JSON Schema.
    const PATTERN: Option<&'static str> = None;

    fn parse(text: &str) -> Result<Self, Refusal>;
}

/// Reads a [`Written`] value.
pub fn read<'de, T: Written, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Text<T>(PhantomData<T>);

    impl<T: Written> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::WHAT)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            T::parse(text).map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Text(PhantomData))
}

/// The schema of a [`Written`] value.
pub fn schema<T: Written>() -> Schema {
    let mut schema = json_schema!({ "type": "string", "description": T::WHAT });
    if let Some(pattern) = T::PATTERN {
        schema.insert("pattern".to_owned(), pattern.into());
    }
    schema
}

macro_rules! written {
    ($($type:ty),*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::model::text::read(deserializer)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                <$type as $crate::model::text::Written>::SCHEMA.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $crate::model::text::schema::<$type>()
            }
        }
    )*};
}
pub(super) use written;

macro_rules! texts {
    ($($(#[$doc:meta])* $type:ident, $what:literal, $pattern:expr, $check:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(pub String);

        impl $type {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Written for $type {
            const WHAT: &'static str = $what;
            const SCHEMA: &'static str = stringify!($type);
            const PATTERN: Option<&'static str> = $pattern;

            fn parse(text: &str) -> Result<Self, Refusal> {
                let check: fn(&str) -> Result<(), Refusal> = $check;
                check(text)?;
                Ok($type(text.to_owned()))
            }
        }

        written!($type);
    )*};
}

texts! {
    /// A name the author chose: of a step, check, role, person, plan, environment, parameter.
    Id, "a name (letters, digits, `.`, `_`, `-`)", Some("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"), |text| {
        name(text, 100, |character| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-'))
    };
    /// A topic, with Kafka's own rules.
    TopicName, "a topic name", Some("^[A-Za-z0-9._-]{1,249}$"), |text| {
        if matches!(text, "." | "..") {
            return Err(Refusal::new(Code::BadName, format!("{} is not a topic name", quoted(text))));
        }
        name(text, 249, |character| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-'))
    };
    /// A consumer group; Kafka allows nearly everything.
    GroupName, "a consumer group's name", None, |text| name(text, 255, |character| !character.is_control());
    /// A Kafka principal.
    Principal, "a principal such as User:checkout", Some("^[A-Za-z]+:.+$"), |text| {
        match text.split_once(':') {
            Some((kind, who)) if !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphabetic()) && !who.is_empty() => {
                name(text, 255, |character| !character.is_control())
            }
            _ => Err(Refusal::new(Code::BadValue, format!("{} is not a principal", quoted(text)))
                .help(format!("write its type first: \"User:{}\"", shortened(text)))),
        }
    };
    /// The id a cluster reports about itself.
    ClusterId, "a cluster id", Some("^[A-Za-z0-9_-]{1,64}$"), |text| {
        name(text, 64, |character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-')).map_err(|refusal| {
            refusal.help("as `kafka-cluster cluster-id` prints it, for example 5L6g3nShT-eMCtK--X86sw")
        })
    };
    /// Words for people.
    Text, "text", None, |text| {
        if text.trim().is_empty() {
            return Err(Refusal::new(Code::NothingGiven, "the text is empty").help("write some words, or remove the key"));
        }
        match text.chars().find(|character| character.is_control() && !matches!(character, '\n' | '\t')) {
            Some(character) => Err(Refusal::new(Code::BadValue, format!("the text holds the control character U+{:04X}", u32::from(character)))
                .help("remove it")),
            None => Ok(()),
        }
    };
    /// A path, relative to the file that names it.
    FilePath, "a path", None, |text| {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(Refusal::new(Code::BadValue, format!("{} is not a path", quoted(text))).help("name a file"));
        }
        Ok(())
    };
    /// An address of a service; templates may stand in it.
    Url, "a URL", Some("^(https?://|\\{\\{)"), |text| {
        if text.starts_with("{{") {
            return Ok(());
        }
        let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
            return Err(Refusal::new(Code::BadValue, format!("{} is not a URL", quoted(text))).help("it begins with https:// or http://"));
        };
        if rest.is_empty() || text.chars().any(|character| character.is_control() || character == ' ' && !text.contains("{{")) {
            return Err(Refusal::new(Code::BadValue, format!("{} is not a URL", quoted(text))).help("it needs a host and may not hold spaces"));
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
        if authority.contains('@') {
            // The text itself is not repeated: it holds a password.
            return Err(Refusal::new(Code::LiteralSecret, "the URL holds a user name or password")
                .help("declare it under `secrets` and send it as `bearer: { secret: NAME }`"));
        }
        Ok(())
    };
    /// A minijinja expression, without braces.
    ExpressionText, "an expression such as \"lag < 10\"", None, |text| {
        if text.trim().is_empty() {
            return Err(Refusal::new(Code::NothingGiven, "the expression is empty").help("write a condition, or remove the key"));
        }
        Ok(())
    };
    /// A base64 or hex text without meaning for this crate.
    Opaque, "text", None, |_| Ok(());
}

fn name(text: &str, most: usize, fits: fn(char) -> bool) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::new(Code::NothingGiven, "the name is empty").help("write a name"));
    }
    if text.chars().count() > most {
        return Err(Refusal::new(
            Code::BadName,
            format!("the name {} is longer than {most} characters", quoted(text)),
        )
        .help("choose a shorter one"));
    }
    if let Some(character) = text.chars().find(|character| !fits(*character)) {
        let what = if character == ' ' {
            "a space".to_owned()
        } else {
            format!("{} (U+{:04X})", quoted(&character.to_string()), u32::from(character))
        };
        return Err(Refusal::new(Code::BadName, format!("the name {} holds {what}", quoted(text)))
            .help("names hold letters a–z, digits, `.`, `_` and `-`; letters of other scripts may look the same and are not"));
    }
    if !text.starts_with(|character: char| {
        character.is_alphanumeric() || character == '_' || !character.is_ascii_punctuation()
    }) {
        return Err(Refusal::new(Code::BadName, format!("the name {} begins with a sign", quoted(text)))
            .help("begin with a letter or a digit"));
    }
    Ok(())
}
