//! One JSON object, read as facts: its top-level members that are null, a boolean, a number or a text.
//!
//! Members that are lists or objects can be no fact (no fact type fits them) and are left out, as is text above
//! [`limits::FACT_TEXT`]. Everything doubtful makes the whole answer unreadable, so that it becomes unknown and never a
//! guess: a member given twice, more than one document, too many members, numbers out of range.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::limits;

/// The facts in `bytes`, or why there are none. The reason holds nothing of the text but member names.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<String, Value>, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| format!("not UTF-8 at byte {}", e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err("empty, where one JSON object was expected".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let facts = reader.deserialize_any(Object).map_err(|e| format!("not one JSON object: {}", shown(&e)))?;
    reader.end().map_err(|_| "more than one JSON document".to_owned())?;
    Ok(facts)
}

/// serde_json quotes strings it did not expect; those may be anything, so only our own messages keep their words.
pub(crate) fn shown(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => error.to_string(),
        serde_json::error::Category::Eof => "it ends too early".to_owned(),
        _ => format!("syntax error at line {} column {}", error.line(), error.column()),
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = BTreeMap<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut facts = BTreeMap::new();
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if name.len() > limits::FACT_NAME {
                return Err(A::Error::custom(format!("a member name above {} bytes", limits::FACT_NAME)));
            }
            if names.contains(&name) {
                return Err(A::Error::custom(format!("member `{}` is given twice", name.escape_debug())));
            }
            if names.len() == limits::FACTS {
                return Err(A::Error::custom(format!("more than {} members", limits::FACTS)));
            }
            if let Kept(Some(value)) = members.next_value::<Kept>()? {
                facts.insert(name.clone(), value);
            }
            names.insert(name);
        }
        Ok(facts)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Err(E::custom("a boolean, not an object"))
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Err(E::custom("a number, not an object"))
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Err(E::custom("a number, not an object"))
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Err(E::custom("a number, not an object"))
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(E::custom("a text, not an object"))
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Err(E::custom("null, not an object"))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(A::Error::custom("a list, not an object"))
    }
}

/// A member's value, if it can be a fact. Lists and objects are skipped without being built.
struct Kept(Option<Value>);

impl<'de> serde::Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Kept, D::Error> {
        deserializer.deserialize_any(Scalar)
    }
}

struct Scalar;

impl<'de> Visitor<'de> for Scalar {
    type Value = Kept;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Kept, E> {
        Ok(Kept(Some(value.into())))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Kept, E> {
        Ok(Kept(Some(value.into())))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Kept, E> {
        Ok(Kept(Some(value.into())))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Kept, E> {
        Ok(Kept(Some(value.into())))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Kept, E> {
        Ok(Kept((value.len() <= limits::FACT_TEXT).then(|| value.into())))
    }
    fn visit_unit<E: Error>(self) -> Result<Kept, E> {
        Ok(Kept(Some(Value::Null)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kept, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Kept(None))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Kept, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Kept(None))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn top_level_members_become_facts() {
        let facts = read(br#" {"missing": 0, "rate": 0.5, "ok": true, "who": "a\u00e4", "none": null, "list": [1,[2]], "map": {"missing": 7}} "#).unwrap();
        let expected = json!({"missing": 0, "rate": 0.5, "ok": true, "who": "aä", "none": null});
        assert_eq!(serde_json::to_value(facts).unwrap(), expected);
        assert!(read(b"\xef\xbb\xbf{}").unwrap().is_empty(), "a byte order mark is no text");
    }

    #[test]
    fn whatever_is_doubtful_is_unreadable() {
        let many = format!("{{{}}}", (0..300).map(|n| format!("\"m{n}\":{n}")).collect::<Vec<_>>().join(","));
        for (text, part) in [
            ("", "empty"),
            ("  \n", "empty"),
            ("missing: 0", "syntax error"),
            ("ok\n{\"missing\":0}", "syntax error"),
            (r#"{"missing":0}{"missing":1}"#, "more than one"),
            (r#"{"missing":0} trailing"#, "more than one"),
            (r#"{"missing":1,"missing":0}"#, "given twice"),
            (r#"{"a":[1],"a":0}"#, "given twice"),
            (r#"{"missing":0"#, "too early"),
            (r#"{"missing":NaN}"#, "syntax error"),
            (r#"{"missing":1e999}"#, "syntax error"),
            (r#"{"missing":'0'}"#, "syntax error"),
            (r#"{"a":"\ud800"}"#, "syntax error"),
            ("[]", "a list"),
            ("7", "a number"),
            ("-7", "a number"),
            ("\"s3cr3t\"", "a text"),
            ("true", "a boolean"),
            ("null", "null"),
            (&many, "more than 256"),
            (&format!("{{\"{}\":1}}", "n".repeat(200)), "member name"),
        ] {
            let why = read(text.as_bytes()).unwrap_err();
            assert!(why.contains(part) && !why.contains("s3cr3t"), "{text}: {why}");
        }
        assert!(read(b"{\"a\":\"\xff\"}").unwrap_err().contains("not UTF-8"));
    }

    #[test]
    fn depth_and_length_cost_nothing() {
        let deep = format!("{{\"deep\":{}1{},\"ok\":true}}", "[".repeat(100_000), "]".repeat(100_000));
        // Refused or read, it must not overflow the stack.
        if let Ok(facts) = read(deep.as_bytes()) {
            assert_eq!(facts.get("ok"), Some(&json!(true)));
        }
        let long = format!("{{\"text\":\"{}\",\"ok\":true}}", "x".repeat(1 << 20));
        assert_eq!(serde_json::to_value(read(long.as_bytes()).unwrap()).unwrap(), json!({"ok": true}));
    }

    #[test]
    fn a_number_too_large_for_an_integer_is_none() {
        let facts = read(br#"{"missing":18446744073709551616}"#).unwrap();
        assert!(!facts["missing"].is_u64() && !facts["missing"].is_i64());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn what_it_reads_is_what_serde_json_reads(text in r#"\{("[ab]":(0|1|"x"|null|\[0\]|\{"a":1\}),?){0,3}\}"#) {
            let whole = serde_json::from_str::<serde_json::Value>(&text);
            match read(text.as_bytes()) {
                Ok(facts) => {
                    let whole = whole.unwrap();
                    for (name, value) in facts {
                        proptest::prop_assert_eq!(&whole[&name], &value);
                    }
                }
                Err(why) => proptest::prop_assert!(whole.is_err() || why.contains("given twice"), "{}", why),
            }
        }
    }
}
