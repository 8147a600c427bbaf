//! `report.md`: GitHub-flavoured Markdown, for merge requests and change records.

use crate::template::built_in;
use crate::{RenderError, View};

pub(crate) fn render(view: &View) -> Result<String, RenderError> {
    built_in("report.md", &view.context())
}
