use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One setting by name: `None` is "not set here", whatever default then holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingChange {
    pub name: String,
    pub from: Option<String>,
    pub to: Option<String>,
    /// Of a setting that is a list separated by commas: what comes, where it stands in `to`, or goes. Whatever else the
    /// list holds by then is somebody else's and stays. Empty: the setting is one value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<String>,
}

impl SettingChange {
    /// The change that takes this one back.
    pub fn inverse(&self) -> SettingChange {
        SettingChange { from: self.to.clone(), to: self.from.clone(), ..self.clone() }
    }

    /// What the setting is to be where it is `now`. The outer `None`: it is neither what is expected nor what is wanted,
    /// and no list in which entries can come and go.
    pub fn applied_to(&self, now: Option<&str>) -> Option<Option<String>> {
        let (from, to) = (self.from.as_deref(), self.to.as_deref());
        if now == from || now == to {
            return Some(self.to.clone());
        }
        let comes = |entry: &str| to.is_some_and(|to| items(to).any(|item| item.trim() == entry));
        let (coming, going): (Vec<&str>, Vec<&str>) =
            self.entries.iter().map(String::as_str).partition(|entry| comes(entry));
        match now {
            _ if self.entries.is_empty() => None,
            // A default nobody told us of would have to stand in front.
            None => coming.is_empty().then_some(None),
            Some(list) => {
                let kept = items(list).filter(|item| !going.contains(&item.trim()));
                let missing = coming.iter().filter(|entry| !items(list).any(|item| item.trim() == **entry));
                let list: Vec<&str> = kept.chain(missing.copied()).collect();
                Some(Some(list.join(",")))
            }
        }
    }

    /// Whether the setting is as this change leaves it.
    pub fn is_made(&self, now: Option<&str>) -> bool {
        now == self.to.as_deref() || self.applied_to(now).is_some_and(|after| after.as_deref() == now)
    }
}

/// Every item as it is written, space around it included; of an empty list none.
fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').filter(|item| !item.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(from: Option<&str>, to: Option<&str>, entries: &[&str]) -> SettingChange {
        SettingChange {
            name: "topics.exclude".into(),
            from: from.map(Into::into),
            to: to.map(Into::into),
            entries: entries.iter().map(|entry| (*entry).to_owned()).collect(),
        }
    }

    fn applied(change: &SettingChange, now: Option<&str>) -> Option<Option<String>> {
        change.applied_to(now)
    }

    fn is(text: &str) -> Option<Option<String>> {
        Some(Some(text.to_owned()))
    }

    #[test]
    fn what_others_do_to_a_list_stays() {
        let change = list(Some("tmp.*,  old"), Some("tmp.*,  old,orders"), &["orders"]);
        assert_eq!(applied(&change, Some("tmp.*,  old")), is("tmp.*,  old,orders"));
        assert_eq!(applied(&change, Some("tmp.*,  old,ledger")), is("tmp.*,  old,ledger,orders"));
        assert_eq!(applied(&change, Some("old")), is("old,orders"), "what others took out stays out");
        assert!(change.is_made(Some("tmp.*,  old,ledger, orders")) && !change.is_made(Some("tmp.*,ledger")));
        let back = change.inverse();
        assert_eq!(applied(&back, Some("tmp.*,  old,orders")), is("tmp.*,  old"), "as it was, to the letter");
        assert_eq!(applied(&back, Some("tmp.*,  old,orders,ledger")), is("tmp.*,  old,ledger"));
        assert!(back.is_made(Some("ledger")) && !back.is_made(Some("ledger,orders")));
    }

    #[test]
    fn where_nothing_was_set_only_our_entries_go_again() {
        let change = list(None, Some("__.*,orders"), &["orders"]);
        assert_eq!(applied(&change, None), is("__.*,orders"));
        assert_eq!(applied(&change, Some("audit")), is("audit,orders"));
        let back = change.inverse();
        assert_eq!(applied(&back, Some("__.*,orders")), Some(None), "not set again");
        assert_eq!(applied(&back, Some("__.*,orders,audit")), is("__.*,audit"));
        assert_eq!(applied(&back, None), Some(None));
    }

    #[test]
    fn one_value_and_a_list_that_is_gone_are_not_guessed_at() {
        let value = list(Some("1"), Some("2"), &[]);
        assert_eq!(applied(&value, Some("3")), None);
        assert!(!value.is_made(Some("3")) && value.is_made(Some("2")) && !value.is_made(Some("1")));
        let change = list(Some("tmp"), Some("tmp,orders"), &["orders"]);
        assert_eq!(applied(&change, None), None, "the replicator's own default would have to stand in front");
        assert!(!change.is_made(None));
    }

    #[test]
    fn changes_of_older_journals_are_read_and_written_as_they_were() {
        let old = r#"{"name":"tasks.max","from":null,"to":"2"}"#;
        let change: SettingChange = serde_json::from_str(old).unwrap();
        assert!(change.entries.is_empty());
        assert_eq!(serde_json::to_string(&change).unwrap(), old);
    }

    proptest! {
        /// Runs that add and take back at any time leave what is not theirs, and nothing of their own.
        #[test]
        fn changes_of_several_runs_do_not_meet(
            start in prop::option::of("[a-c](,[a-c]){0,3}"),
            steps in prop::collection::vec((0usize..3, any::<bool>()), 1..20),
        ) {
            let mine = ["x", "y", "z"];
            let begun = start.clone().unwrap_or_else(|| "default".to_owned());
            // All three looked at the same moment, before any of them wrote.
            let changes = mine.map(|name| list(start.as_deref(), Some(&format!("{begun},{name}")), &[name]));
            let mut now = start.clone();
            let mut there = [false; 3];
            for (who, add) in steps {
                let change = if add { changes[who].clone() } else { changes[who].inverse() };
                if !add && !there[who] {
                    continue;
                }
                if let Some(next) = change.applied_to(now.as_deref()) {
                    prop_assert!(change.is_made(next.as_deref()));
                    now = next;
                    there[who] = add;
                }
                let listed = |name: &str| now.as_deref().is_some_and(|now| items(now).any(|item| item == name));
                for (name, there) in mine.iter().zip(there) {
                    prop_assert_eq!(listed(name), there, "{:?}", now);
                }
                for name in start.iter().flat_map(|start| items(start)) {
                    prop_assert!(listed(name));
                }
            }
        }
    }
}
