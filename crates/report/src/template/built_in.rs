use std::sync::OnceLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior, Value};

use super::{escape, filters};
use crate::RenderError;

/// Names templates by their path under `templates/`.
macro_rules! templates {
    ($($name:literal,)*) => {
        &[$(($name, include_str!(concat!("../../templates/", $name))),)*]
    };
}

/// Every template that comes with the program.
const TEMPLATES: &[(&str, &str)] = templates![
    "html/change.html",
    "html/charts.html",
    "html/colours.html",
    "html/evidence.html",
    "html/marks.html",
    "html/node.html",
    "html/open.html",
    "html/people.html",
    "html/plan.html",
    "html/positions.html",
    "html/report.html",
    "html/scorecard.html",
    "html/sign_off.html",
    "html/steps.html",
    "html/timeline.html",
    "html/verdict.html",
    "html/verify.html",
    "html/watch.html",
    "junit.xml",
    "report.md",
];

/// Renders one of the program's own templates.
pub(crate) fn built_in(name: &str, context: &serde_json::Value) -> Result<String, RenderError> {
    // Read once: a run writes several reports, and a live one writes them again and again.
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    let environment = match ENVIRONMENT.get() {
        Some(environment) => environment,
        None => {
            let made = environment().map_err(RenderError::BuiltIn)?;
            ENVIRONMENT.get_or_init(|| made)
        }
    };
    let template = environment.get_template(name).map_err(RenderError::BuiltIn)?;
    template.render(Value::from(Serde(context))).map_err(RenderError::BuiltIn)
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(syntax()?);
    escape::install(&mut environment);
    filters::install(&mut environment);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// Lines that hold only a block leave no trace, so templates may be indented like code.
pub(super) fn syntax() -> Result<SyntaxConfig, Error> {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()
}
