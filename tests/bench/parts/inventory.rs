use std::time::Duration;

use kafka::{Cluster, Patience, inventory};

/// Everything one cluster holds.
pub fn run(cluster: &Cluster) {
    let found = inventory(cluster, &Patience::new(Duration::from_secs(600))).unwrap();
    let groups = found.groups.unwrap();
    println!(
        "{}",
        serde_json::json!({
            "topics": found.topics.len(),
            "partitions": found.ends.values().filter(|ends| ends.is_ok()).count(),
            "groups": groups.iter().filter(|group| group.commits.is_ok()).count(),
            "requests": cluster.traffic().requests(),
        })
    );
}
