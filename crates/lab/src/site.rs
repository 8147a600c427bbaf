//! The Site document of a running lab.

use std::path::Path;

use crate::cluster::Cluster;
use crate::error::Result;
use crate::files;
use crate::flow::Flow;
use crate::spec::Replicator;

/// Writes `site.yaml`: one environment, `local` (the name `lab` is reserved for what `--env lab` supplies), with the clusters' ids pinned and absolute paths, so that a runbook beside it runs
/// against this lab and no other.
pub(crate) fn write(
    path: &Path,
    [source, target]: [&Cluster; 2],
    replicator: Replicator,
    flows: &[Flow],
    connect: Option<&str>,
) -> Result<()> {
    let endpoints =
        connect.map(|url| format!("    endpoints: {{ connect: {} }}\n", quote(url))).unwrap_or_default();
    let replication = match (replicator, flows.first()) {
        (Replicator::None, _) | (_, None) => "replication: { tool: none, topic_names: identity }\n".into(),
        (kind, Some(flow)) => {
            let endpoint = match kind {
                Replicator::Connect => ", connect: \"{{ endpoints.connect }}\"",
                _ => "",
            };
            let flow = quote(&format!("{}->{}", flow.source, flow.target));
            format!("replication: {{ tool: mirrormaker2, flow: {flow}, topic_names: identity{endpoint} }}\n")
        }
    };
    let cluster = |cluster: &Cluster| {
        format!(
            "      {}: {{ properties: {}, cluster_id: {} }}\n",
            cluster.side,
            quote(&cluster.properties.display().to_string()),
            quote(&cluster.cluster_id)
        )
    };
    let text = format!(
        "# Written by `cutover lab up`; it describes this lab and goes with it.\n\
         apiVersion: cutover/v1\n\
         kind: Site\n\
         metadata: {{ name: lab, title: A lab on this machine }}\n\
         environments:\n  local:\n    clusters:\n{}{}{endpoints}{replication}\
         people:\n  ada: {{}}\n  ben: {{}}\n  eva: {{}}\n\
         roles:\n\
         \x20 conductor:      {{ people: [ada], backup: [ben] }}\n\
         \x20 platform_owner: {{ people: [ben], accepts: [operations] }}\n\
         \x20 security_owner: {{ people: [eva], accepts: [governance] }}\n\
         \x20 rollback_owner: {{ people: [eva], backup: [ben], accepts: [rollback] }}\n",
        cluster(source),
        cluster(target),
    );
    files::write(path, &text)
}

/// A YAML double-quoted scalar.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
