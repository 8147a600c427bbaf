use crate::model::{
    ExpressionText, GroupDef, GroupName, Id, Principal, ProducerDef, RecoveryDef, RunbookDoc, SliceDoc,
    StaysBehindDef, TargetBornDef, ToleratesDef, TopicName,
};
use crate::syntax::{List, Optional, Required, Span, Spanned, Table};

/// A unit, of a runbook or of a slice (whose unit bears the slice's name).
pub(crate) struct UnitParts<'a> {
    pub name: &'a str,
    pub span: Span,
    /// A role; of a slice the role `app_owner`.
    pub owner: Option<Spanned<&'a str>>,
    pub topics: &'a Required<List<TopicName>>,
    pub retry: &'a Optional<List<TopicName>>,
    pub dead_letter: &'a Optional<List<TopicName>>,
    pub groups: &'a Optional<Table<GroupName, GroupDef>>,
    pub producers: &'a Optional<Table<Id, ProducerDef>>,
    pub principals: &'a Optional<List<Principal>>,
    pub stays_behind: &'a Optional<List<StaysBehindDef>>,
    pub tolerates: &'a Optional<ToleratesDef>,
    pub business_key: &'a Optional<ExpressionText>,
    pub recovery: &'a Optional<RecoveryDef>,
    pub target_born: &'a Optional<List<TargetBornDef>>,
    pub external_positions: &'a Optional<Table<Id, crate::model::Marker>>,
    pub of_slice: bool,
}

pub(super) fn of<'a>(runbook: Option<&'a RunbookDoc>, slice: Option<&'a SliceDoc>) -> Vec<UnitParts<'a>> {
    let mut units = Vec::new();
    for (name, unit) in runbook.and_then(|runbook| runbook.units.get()).into_iter().flatten() {
        let unit = &unit.value;
        units.push(UnitParts {
            name: name.value.as_str(),
            span: name.span,
            owner: unit
                .owner
                .spanned()
                .map(|owner| Spanned { span: owner.span, value: owner.value.as_str() }),
            topics: &unit.topics,
            retry: &unit.retry,
            dead_letter: &unit.dead_letter,
            groups: &unit.groups,
            producers: &unit.producers,
            principals: &unit.principals,
            stays_behind: &unit.stays_behind,
            tolerates: &unit.tolerates,
            business_key: &unit.business_key,
            recovery: &unit.recovery,
            target_born: &unit.target_born,
            external_positions: &unit.external_positions,
            of_slice: false,
        });
    }
    if let Some(slice) = slice
        && let Some(name) = slice.metadata.get().and_then(|metadata| metadata.name.get())
    {
        units.push(UnitParts {
            name: name.as_str(),
            span: slice.topics.span(),
            owner: None,
            topics: &slice.topics,
            retry: &slice.retry,
            dead_letter: &slice.dead_letter,
            groups: &slice.consumers,
            producers: &slice.producers,
            principals: &slice.principals,
            stays_behind: &slice.stays_behind,
            tolerates: &slice.tolerates,
            business_key: &slice.business_key,
            recovery: &slice.recovery,
            target_born: &slice.target_born,
            external_positions: &slice.external_positions,
            of_slice: true,
        });
    }
    units
}

impl<'a> UnitParts<'a> {
    /// Every topic with its place, retry and dead-letter topics included.
    pub fn all_topics(&self) -> impl Iterator<Item = &'a Spanned<TopicName>> + use<'a> {
        let own = self.topics.get().into_iter().flatten();
        own.chain(self.retry.get().into_iter().flatten()).chain(self.dead_letter.get().into_iter().flatten())
    }

    pub fn groups(&self) -> impl Iterator<Item = &'a (Spanned<GroupName>, Spanned<GroupDef>)> + use<'a> {
        self.groups.get().into_iter().flatten()
    }

    pub fn producers(&self) -> impl Iterator<Item = &'a (Spanned<Id>, Spanned<ProducerDef>)> + use<'a> {
        self.producers.get().into_iter().flatten()
    }

    /// Every principal, the producers' included.
    pub fn all_principals(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let own = self.principals.get().into_iter().flatten().map(|principal| principal.value.as_str());
        own.chain(
            self.producers()
                .filter_map(|(_, producer)| producer.value.principal.get())
                .map(Principal::as_str),
        )
    }
}
