use std::process::Command;

use lab::Cluster;

use super::java::Java;

/// B3: what people do by hand: `kafka-console-consumer | sort | sha256sum` on both sides at once, then compare.
pub fn sorted_sums(java: &Java, sides: [&Cluster; 2], topic: &str, records: u64) -> Command {
    let side = |cluster: &Cluster| {
        let consumer = java.words(
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            &[
                "--bootstrap-server",
                &cluster.bootstrap,
                "--topic",
                topic,
                "--from-beginning",
                "--max-messages",
                &records.to_string(),
                "--formatter-property",
                "print.timestamp=true",
                "--formatter-property",
                "print.key=true",
                "--formatter-property",
                "print.headers=true",
            ],
        );
        format!("{consumer} 2>/dev/null | LC_ALL=C sort | sha256sum")
    };
    let mut command = Command::new("bash");
    command.args([
        "-c",
        &format!(
            "exec 3< <({}); here=$({}); there=$(cat <&3); [ \"$here\" = \"$there\" ] && echo equal",
            side(sides[0]),
            side(sides[1]),
        ),
    ]);
    command
}
