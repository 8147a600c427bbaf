//! Names must name something.

use super::Cx;
use crate::model::{Id, Way};
use crate::outline::Outline;
use crate::syntax::{Code, Diagnostic, Field, List, Span, Spanned, quoted};

impl Cx<'_> {
    fn unknown<'n>(
        &self,
        code: Code,
        what: &str,
        span: Span,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        self.add(
            Diagnostic::new(code, span, format!("there is no {what} {}", quoted(name))).known(name, known),
        );
    }

    pub fn role(&self, outline: &Outline<'_>, name: Spanned<&str>) {
        // Without its site a runbook's roles are not all known.
        let site_read = outline.site.is_some() || !outline.loaded.site_named;
        if outline.role(name.value).is_none() && site_read && outline.loaded.site_named {
            self.unknown(
                Code::UnknownRole,
                "role",
                name.span,
                name.value,
                outline.roles.iter().map(|role| role.name),
            );
        }
    }

    pub fn role_field<const R: bool>(&self, outline: &Outline<'_>, field: &Field<Id, R>) {
        if let Some(name) = field.spanned() {
            self.role(outline, Spanned { span: name.span, value: name.value.as_str() });
        }
    }

    pub fn role_list<const R: bool>(&self, outline: &Outline<'_>, field: &Field<List<Id>, R>) {
        for name in field.get().into_iter().flatten() {
            self.role(outline, Spanned { span: name.span, value: name.value.as_str() });
        }
    }

    pub fn person(&self, outline: &Outline<'_>, name: Spanned<&str>) {
        let Some(site) = outline.site else { return };
        let people = || site.people.get().into_iter().flatten().map(|(person, _)| person.value.as_str());
        if !people().any(|person| person == name.value) {
            self.unknown(Code::UnknownPerson, "person", name.span, name.value, people());
        }
    }

    pub fn person_field<const R: bool>(&self, outline: &Outline<'_>, field: &Field<Id, R>) {
        if let Some(name) = field.spanned() {
            self.person(outline, Spanned { span: name.span, value: name.value.as_str() });
        }
    }

    pub fn check(&self, outline: &Outline<'_>, name: Spanned<&Id>) {
        // A library that could not be read leaves its checks unknown.
        let libraries_read = outline
            .runbook
            .and_then(|runbook| runbook.include.get())
            .or(outline.slice.and_then(|slice| slice.include.get()))
            .is_none_or(|include| include.len() == outline.loaded.libraries.len());
        if outline.check(name.value.as_str()).is_none() && libraries_read {
            self.unknown(
                Code::UnknownCheck,
                "check",
                name.span,
                name.value.as_str(),
                outline.checks.iter().map(|check| check.id),
            );
        }
    }

    /// A check named where a single verdict is needed: not one that is made for each of several items.
    pub fn one_check<const R: bool>(&self, outline: &Outline<'_>, field: &Field<Id, R>) {
        let Some(name) = field.spanned() else { return };
        self.check(outline, name);
        if outline.check(name.value.as_str()).is_some_and(|check| check.def.for_each.is_written()) {
            self.say(
                Code::OneNeeded,
                name.span,
                format!(
                    "{} is a check for each of several items, and one verdict is needed here",
                    quoted(name.value.as_str())
                ),
                "name it in a gate or a check step, or write the check out for the item that is meant",
            );
        }
    }

    pub fn check_field<const R: bool>(&self, outline: &Outline<'_>, field: &Field<Id, R>) {
        if let Some(name) = field.spanned() {
            self.check(outline, name);
        }
    }

    pub fn check_list<const R: bool>(&self, outline: &Outline<'_>, field: &Field<List<Id>, R>) {
        for name in field.get().into_iter().flatten() {
            self.check(outline, Spanned { span: name.span, value: &name.value });
        }
    }

    /// True when there is such a step.
    pub fn step(&self, outline: &Outline<'_>, name: Spanned<&Id>) -> bool {
        // A slice's steps come from its shape.
        if outline.slice.is_some() || outline.graph.index(name.value.as_str()).is_some() {
            return true;
        }
        self.unknown(
            Code::UnknownStep,
            "step",
            name.span,
            name.value.as_str(),
            outline.steps.iter().map(|step| step.id),
        );
        false
    }

    pub fn step_field<const R: bool>(&self, outline: &Outline<'_>, field: &Field<Id, R>) -> bool {
        field.spanned().is_some_and(|name| self.step(outline, name))
    }

    pub fn plan(&self, outline: &Outline<'_>, name: Spanned<&Id>) {
        if outline.slice.is_some() {
            return;
        }
        let plans = || outline.rollback().and_then(|rollback| rollback.plans.get()).into_iter().flatten();
        if !plans().any(|(plan, _)| plan.value == *name.value) {
            let known = plans().map(|(plan, _)| plan.value.as_str());
            self.unknown(Code::UnknownPlan, "rollback plan", name.span, name.value.as_str(), known);
        }
    }

    pub fn trigger(&self, outline: &Outline<'_>, name: Spanned<&Id>) {
        if outline.slice.is_some() {
            return;
        }
        let triggers =
            || super::rollback::triggers(outline).filter_map(|trigger| trigger.id.get()).map(Id::as_str);
        if !triggers().any(|trigger| trigger == name.value.as_str()) {
            self.unknown(Code::UnknownTrigger, "trigger", name.span, name.value.as_str(), triggers());
        }
    }

    /// A way out: its plan exists, and it can be taken here.
    pub fn way(&self, outline: &Outline<'_>, field: Option<Spanned<&Way>>, wait: bool, past: bool) {
        let Some(way) = field else { return };
        match way.value {
            Way::Rollback(plan) => self.plan(outline, Spanned { span: way.span, value: plan }),
            Way::Continue if !wait => self.say(
                Code::ContinueOnlyWaits,
                way.span,
                "`continue` is for waits only",
                "a step that did not succeed is not done: hold, stand-down, or { rollback: PLAN }",
            ),
            Way::StandDown if past => self.say(
                Code::WayNeedsPlan,
                way.span,
                "`stand-down` cannot be taken here: not everything can be undone any more",
                "after the commit point only forward or rollback exist: hold, or { rollback: PLAN }",
            ),
            Way::Continue | Way::StandDown | Way::Hold => {}
        }
    }

    /// Two things of the same name within one list.
    pub fn unique<'n>(&self, what: &str, names: impl IntoIterator<Item = (Span, &'n str)>) {
        let mut first: std::collections::HashMap<&str, Span> = std::collections::HashMap::new();
        for (span, name) in names {
            match first.get(name) {
                Some(before) => self.add(
                    Diagnostic::new(
                        Code::NameTwice,
                        span,
                        format!("there are two {what} named {}", quoted(name)),
                    )
                    .label(*before, "named here first")
                    .help("give one of them another name"),
                ),
                None => {
                    first.insert(name, span);
                }
            }
        }
    }
}
