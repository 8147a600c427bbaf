//! Effects as commands a person can type, with Kafka's own tools.

use runbook::Side;
use runbook::verdict::scorecard::quoted;
use runbook::world::{AclBinding, Command, CommitChange, PatternType, Permission, SettingChange};

/// What a person types to do what `command` does, line by line.
pub fn by_hand(command: &Command) -> Vec<String> {
    match command {
        Command::SetCommits { side, group, commits } => commits_by_hand(*side, group, commits),
        Command::SetAcls { side, create, delete } => {
            let add = create.iter().map(|binding| acl("--add", *side, binding));
            add.chain(delete.iter().map(|binding| acl("--remove --force", *side, binding))).collect()
        }
        Command::SetTopicConfigs { side, topic, settings } => {
            let set: Vec<String> = settings
                .iter()
                .filter_map(|change| Some(format!("{}=[{}]", change.name, change.to.as_ref()?)))
                .collect();
            let unset: Vec<&str> = settings
                .iter()
                .filter(|change| change.to.is_none())
                .map(|change| change.name.as_str())
                .collect();
            let mut line = format!("kafka-configs {} --alter --topic {}", tools(*side), quoted(topic));
            if !set.is_empty() {
                line.push_str(&format!(" --add-config {}", quoted(&set.join(","))));
            }
            if !unset.is_empty() {
                line.push_str(&format!(" --delete-config {}", quoted(&unset.join(","))));
            }
            vec![line]
        }
        Command::SetConnectorConfigs { connect, connector, settings } => {
            settings.iter().map(|change| connector_setting(connect, connector, change)).collect()
        }
        Command::SetConnectorState { connect, connector, to, .. } => {
            let verb = match to.as_str() {
                "RUNNING" => "resume",
                "PAUSED" => "pause",
                _ => "stop",
            };
            vec![format!("curl -X PUT {}", quoted(&format!("{connect}/connectors/{connector}/{verb}")))]
        }
        Command::Exec { argv, .. } => {
            vec![argv.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(" ")]
        }
        Command::Http(request) => {
            let mut line = format!("curl -X {} {}", request.method, quoted(&request.url));
            if let Some(secret) = &request.bearer {
                line.push_str(&format!(
                    " -H \"Authorization: Bearer ${}\"",
                    secret.to_uppercase().replace('-', "_")
                ));
            }
            if let Some(body) = &request.body {
                line.push_str(&format!(" -H 'Content-Type: application/json' -d {}", quoted(body)));
            }
            vec![line]
        }
    }
}

fn commits_by_hand(side: Side, group: &str, commits: &[CommitChange]) -> Vec<String> {
    let tool = format!("kafka-consumer-groups {} --group {}", tools(side), quoted(group));
    commits
        .iter()
        .map(|change| {
            let place = quoted(&format!("{}:{}", change.topic, change.partition));
            match &change.to {
                Some(held) => {
                    format!("{tool} --reset-offsets --topic {place} --to-offset {} --execute", held.offset)
                }
                None => format!("{tool} --delete-offsets --topic {place}"),
            }
        })
        .collect()
}

fn acl(verb: &str, side: Side, binding: &AclBinding) -> String {
    let permission = match binding.permission {
        Permission::Deny => "deny",
        _ => "allow",
    };
    let resource = serde_json::to_value(binding.resource).ok();
    let resource = resource.as_ref().and_then(|word| word.as_str()).unwrap_or("topic");
    let operation = serde_json::to_value(binding.operation).ok();
    let operation = operation.as_ref().and_then(|word| word.as_str()).unwrap_or("all");
    let pattern = match binding.pattern {
        PatternType::Prefixed => "prefixed",
        _ => "literal",
    };
    format!(
        "kafka-acls {} {verb} --{permission}-principal {} --{permission}-host {} --operation {operation} --{resource} {} --resource-pattern-type {pattern}",
        tools(side),
        quoted(&binding.principal),
        quoted(&binding.host),
        quoted(&binding.name),
    )
}

fn connector_setting(connect: &str, connector: &str, change: &SettingChange) -> String {
    let value = change.to.as_ref().map_or("removed".to_owned(), |to| format!("set to {}", quoted(to)));
    format!(
        "in the configuration of connector {connector} at {}: {} {value} (GET …/config, change it, PUT …/config)",
        quoted(connect),
        change.name
    )
}

fn tools(side: Side) -> String {
    format!("--bootstrap-server ${}", side.word().to_uppercase())
}

#[cfg(test)]
mod tests {
    use runbook::world::CommitHeld;

    use super::*;

    #[test]
    fn commits_are_set_and_deleted_with_kafkas_own_tool() {
        let change = |offset: Option<i64>| CommitChange {
            topic: "orders".into(),
            partition: 3,
            from: None,
            to: offset.map(|offset| CommitHeld { offset, metadata: String::new() }),
        };
        let lines = by_hand(&Command::SetCommits {
            side: Side::Target,
            group: "it's mine".into(),
            commits: vec![change(Some(7)), change(None)],
        });
        assert_eq!(
            lines,
            [
                "kafka-consumer-groups --bootstrap-server $TARGET --group 'it'\\''s mine' --reset-offsets --topic orders:3 --to-offset 7 --execute",
                "kafka-consumer-groups --bootstrap-server $TARGET --group 'it'\\''s mine' --delete-offsets --topic orders:3",
            ]
        );
    }
}
