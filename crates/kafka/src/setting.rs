use crate::{Code, Configs};

/// Decides whether a topic is compared by the latest value of each key.
pub(crate) const CLEANUP_POLICY: &str = "cleanup.policy";
/// Decides whether timestamps are compared.
pub(crate) const TIMESTAMP_TYPE: &str = "message.timestamp.type";

/// A setting of a topic that decides how its records are compared.
///
/// # Errors
/// Why it is not known. A default in its place would be a guess, and what rests on it no proof.
pub(crate) fn setting<'a>(
    side: &str,
    topic: &str,
    told: Option<&'a Result<Configs, Code>>,
    name: &str,
) -> Result<&'a str, String> {
    let why = match told {
        Some(Ok(configs)) => match configs.get(name).and_then(|config| config.value.as_deref()) {
            Some(value) => return Ok(value),
            None => "it is not among its settings".to_owned(),
        },
        Some(Err(code)) => code.to_string(),
        None => Code(-1).to_string(),
    };
    Err(format!("the {side} cluster does not tell {name} of topic {topic} (DESCRIBE_CONFIGS): {why}"))
}

/// Whether the brokers set the timestamps of a topic themselves.
///
/// # Errors
/// Why that is not known.
pub(crate) fn is_stamped(
    side: &str,
    topic: &str,
    told: Option<&Result<Configs, Code>>,
) -> Result<bool, String> {
    Ok(setting(side, topic, told, TIMESTAMP_TYPE)? == "LogAppendTime")
}

/// Whether compaction removes records of a topic.
///
/// # Errors
/// Why that is not known.
pub(crate) fn is_compacted(
    side: &str,
    topic: &str,
    told: Option<&Result<Configs, Code>>,
) -> Result<bool, String> {
    let policy = setting(side, topic, told, CLEANUP_POLICY)?;
    Ok(policy.split(',').any(|word| word.trim() == "compact"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, ConfigOrigin};

    fn told(name: &str, value: Option<&str>) -> Result<Configs, Code> {
        let config = Config {
            value: value.map(str::to_owned),
            origin: ConfigOrigin::Topic,
            sensitive: value.is_none(),
        };
        Ok([(name.to_owned(), config)].into())
    }

    #[test]
    fn what_is_not_told_is_neither_of_the_two() {
        let stamped = |told: Option<&Result<Configs, Code>>| is_stamped("target", "orders", told);
        assert_eq!(stamped(Some(&told(TIMESTAMP_TYPE, Some("LogAppendTime")))), Ok(true));
        assert_eq!(stamped(Some(&told(TIMESTAMP_TYPE, Some("CreateTime")))), Ok(false));
        let untold = [
            None,
            Some(Err(Code(29))),
            Some(told(TIMESTAMP_TYPE, None)),
            Some(told("retention.ms", Some("1"))),
        ];
        for untold in &untold {
            let why = stamped(untold.as_ref()).unwrap_err();
            assert!(why.contains("message.timestamp.type of topic orders"), "{why}");
            assert!(is_compacted("target", "orders", untold.as_ref()).is_err());
        }
        assert_eq!(is_compacted("t", "o", Some(&told(CLEANUP_POLICY, Some("delete, compact")))), Ok(true));
        assert_eq!(is_compacted("t", "o", Some(&told(CLEANUP_POLICY, Some("delete")))), Ok(false));
    }
}
