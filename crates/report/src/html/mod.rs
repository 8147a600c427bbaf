//! `report.html`: one file, no script, nothing loaded from anywhere, readable on a phone, on paper and aloud.
//!
//! The page may show hostile text, so it forbids itself everything but its own style, named by digest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::template::built_in;
use crate::{RenderError, View, limits};

const STYLE: &str = include_str!("../../templates/html/report.css");

pub(crate) fn render(view: &View) -> Result<String, RenderError> {
    let mut context = view.context();
    context["rows"] = limits::rows(limits::PAGE_ROWS);
    context["style"] = STYLE.into();
    context["style_sha256"] = STANDARD.encode(Sha256::digest(STYLE)).into();
    built_in("html/report.html", &context)
}
