use std::collections::BTreeMap;

use crate::load::Loaded;
use crate::model::{Id, SiteDoc};
use crate::outline::Outline;
use crate::plan::{Person, Role, Waiver};
use crate::syntax::{List, Optional};

pub(super) fn people(loaded: &Loaded, site: &SiteDoc) -> BTreeMap<String, Person> {
    let key = |person: &crate::model::PersonDef| {
        person.key.spanned().map(|key| super::beside(loaded, key.span, key.value.as_str()))
    };
    let people = site.people.get().into_iter().flatten();
    people
        .map(|(name, person)| {
            let public_key = loaded.keys.get(name.value.as_str()).cloned();
            (name.value.as_str().to_owned(), Person { key: key(&person.value), public_key })
        })
        .collect()
}

pub(super) fn names(list: &Optional<List<Id>>) -> Vec<String> {
    list.get().into_iter().flatten().map(|id| id.value.as_str().to_owned()).collect()
}

pub(super) fn roles(outline: &Outline<'_>) -> BTreeMap<String, Role> {
    let role = |entry: &crate::outline::RoleEntry<'_>| match entry.def {
        Some(def) => Role {
            people: def.people.get().into_iter().flatten().map(|id| id.value.as_str().to_owned()).collect(),
            backup: names(&def.backup),
            accepts: def.accepts.get().into_iter().flatten().map(|dimension| dimension.value).collect(),
        },
        None => Role { people: entry.owner.map(str::to_owned).into_iter().collect(), ..Role::default() },
    };
    outline.roles.iter().map(|entry| (entry.name.to_owned(), role(entry))).collect()
}

pub(super) fn waivers(outline: &Outline<'_>) -> Option<Vec<Waiver>> {
    let waivers = outline.runbook?.waivers.get().into_iter().flatten();
    waivers
        .map(|waiver| {
            let waiver = &waiver.value;
            Some(Waiver {
                id: waiver.id.get()?.as_str().to_owned(),
                check: waiver.check.get()?.as_str().to_owned(),
                item: waiver.item.get().map(|item| item.as_str().to_owned()),
                requested_by: waiver.requested_by.get()?.as_str().to_owned(),
                approved_by: waiver.approved_by.get()?.as_str().to_owned(),
                reason: waiver.reason.get()?.as_str().to_owned(),
                effective: waiver.effective.get()?.0,
                expires: waiver.expires.get()?.0,
            })
        })
        .collect()
}
