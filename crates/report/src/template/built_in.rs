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
    "html/verdict.html",
    "html/verify.html",
    "junit.xml",
    "report.md",
];

/// Renders one of the program's own templates.
pub(crate) fn built_in(name: &str, context: &serde_json::Value) -> Result<String, RenderError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(syntax().map_err(RenderError::BuiltIn)?);
    escape::install(&mut environment);
    filters::install(&mut environment);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).map_err(RenderError::BuiltIn)?;
    }
    let template = environment.get_template(name).map_err(RenderError::BuiltIn)?;
    template.render(Value::from(Serde(context))).map_err(RenderError::BuiltIn)
}

/// Lines that hold only a block leave no trace, so templates may be indented like code.
pub(super) fn syntax() -> Result<SyntaxConfig, Error> {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()
}
