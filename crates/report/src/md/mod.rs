//! `report.md`: GitHub-flavoured Markdown, for merge requests and change records.

use crate::template::built_in;
use crate::{RenderError, View, limits};

pub(crate) fn render(view: &View) -> Result<String, RenderError> {
    let mut context = view.context();
    context["rows"] = limits::rows(limits::MARKDOWN_ROWS);
    built_in("report.md", &context)
}
