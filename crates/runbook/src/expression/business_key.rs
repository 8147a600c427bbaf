use super::{Expression, Fault, Value, Want};
use crate::check::{FactSpec, FactType, Facts};

/// What makes two records the same business: an expression over one record that gives text or a number.
#[derive(Clone, Debug)]
pub struct BusinessKey(Expression);

impl BusinessKey {
    /// What it may name.
    pub const FACTS: [FactSpec; 6] = [
        FactSpec::new("key", FactType::Text, "the record's key, as text"),
        FactSpec::new("value", FactType::Text, "the record's value, as text"),
        FactSpec::new("topic", FactType::Text, "the topic"),
        FactSpec::new("partition", FactType::Integer, "the partition"),
        FactSpec::new("offset", FactType::Integer, "the offset"),
        FactSpec::new("timestamp", FactType::Integer, "the record's timestamp (ms)"),
    ];

    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<BusinessKey, Vec<Fault>> {
        let expression = Expression::parse(text).map_err(|fault| vec![fault])?;
        let faults = expression.check(&BusinessKey::FACTS, Want::Key);
        if faults.is_empty() { Ok(BusinessKey(expression)) } else { Err(faults) }
    }

    /// The key of a record, so that equal texts are equal keys. A null key or value, or one that is no UTF-8, is no fact.
    ///
    /// # Errors
    /// Why it has none.
    pub fn of(&self, record: &Facts) -> Result<String, String> {
        match self.0.eval(record)? {
            Value::Text(text) => Ok(format!("text {text}")),
            Value::Integer(number) => Ok(format!("number {number}")),
            Value::Number(number) => Ok(format!("number {number}")),
            other => Err(format!("the business key is {}, not text or a number", other.describe())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_text_or_a_number_and_never_a_guess() {
        let key = BusinessKey::parse("value | fromjson | attr('order_id')").expect("it is right");
        let of = |value: &str| key.of(&Facts::new().with("value", value));
        assert_eq!(of(r#"{"order_id": "a-1"}"#).as_deref(), Ok("text a-1"));
        assert_eq!(of(r#"{"order_id": 7}"#).as_deref(), Ok("number 7"));
        assert!(of(r#"{"order_id": null}"#).is_err() && of("{}").is_err() && of("no json").is_err());
        assert!(of(r#"{"order_id": [7]}"#).is_err());
        assert!(key.of(&Facts::new()).is_err(), "a null value is no fact");
        assert!(BusinessKey::parse("value | fromjson | attr(").is_err());
        assert!(BusinessKey::parse("partition == 3").is_err());
        assert!(BusinessKey::parse("order_id").is_err());
    }
}
