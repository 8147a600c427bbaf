use std::collections::BTreeMap;

use super::{LabEnvironment, Options};
use crate::syntax::{Code, Diagnostic, Diagnostics, NodeId, Span, Tree, Value, quoted};

/// Name of the environment that the running lab supplies.
pub(crate) const LAB: &str = "lab";

/// The environment of a load.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub name: String,
    /// False: the site has several, none was asked for, and the first was taken.
    pub asked: bool,
    pub endpoints: BTreeMap<String, String>,
    /// Values of parameters, with their places in the site.
    pub(super) parameters: BTreeMap<String, (serde_json::Value, Span)>,
    pub lab: Option<LabEnvironment>,
}

/// The environment asked for, or the site's first.
pub(super) fn choose(site: &Tree, options: &Options, found: &Diagnostics) -> Option<Chosen> {
    let root = site.root()?;
    let (key, node) = site.entry(root, "environments")?;
    let Value::Table(entries) = &site.node(node).value else { return None };
    let names = || entries.iter().map(|(key, _)| key.text.as_str());
    match &options.env {
        Some(name) if name == LAB && !names().any(|name| name == LAB) => match &options.lab {
            Some(lab) => Some(Chosen {
                name: LAB.to_owned(),
                asked: true,
                endpoints: lab.endpoints.clone(),
                parameters: BTreeMap::new(),
                lab: Some(lab.clone()),
            }),
            None => {
                let diagnostic = Diagnostic::new(
                    Code::UnknownEnvironment,
                    key.span,
                    "the environment `lab` needs a running lab",
                );
                found.add(diagnostic.help("start one: cutover lab up"));
                None
            }
        },
        Some(name) => match entries.iter().find(|(key, _)| key.text == *name) {
            Some((_, environment)) => Some(read(site, name, *environment, true)),
            None => {
                let diagnostic = Diagnostic::new(
                    Code::UnknownEnvironment,
                    key.span,
                    format!("there is no environment {}", quoted(name)),
                );
                found.add(diagnostic.known(name, names()));
                None
            }
        },
        None => {
            entries.first().map(|(key, environment)| read(site, &key.text, *environment, entries.len() == 1))
        }
    }
}

fn read(site: &Tree, name: &str, environment: NodeId, asked: bool) -> Chosen {
    let mut chosen = Chosen {
        name: name.to_owned(),
        asked,
        endpoints: BTreeMap::new(),
        parameters: BTreeMap::new(),
        lab: None,
    };
    if let Some((_, node)) = site.entry(environment, "endpoints")
        && let Value::Table(entries) = &site.node(node).value
    {
        for (key, value) in entries {
            if let Value::Text(text) = &site.node(*value).value {
                chosen.endpoints.insert(key.text.clone(), text.clone());
            }
        }
    }
    if let Some((_, node)) = site.entry(environment, "parameters")
        && let Value::Table(entries) = &site.node(node).value
    {
        for (key, value) in entries {
            chosen.parameters.insert(key.text.clone(), (site.json(*value, false), site.node(*value).span));
        }
    }
    chosen
}
