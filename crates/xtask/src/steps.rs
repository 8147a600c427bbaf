use std::path::Path;

use runbook::actions::{ACTIONS, step_index, step_page};
use runbook::steps::{ENGINE_KINDS, engine_page};

/// Writes `docs/steps/*.md`: one page for each kind of step that is carried out, and the list of all of them.
pub fn generate(top: &Path) -> std::io::Result<()> {
    let folder = top.join("docs/steps");
    std::fs::create_dir_all(&folder)?;
    for kind in ACTIONS {
        std::fs::write(folder.join(format!("{}.md", kind.name)), step_page(kind))?;
    }
    for (name, _) in ENGINE_KINDS {
        std::fs::write(folder.join(format!("{name}.md")), engine_page(name).unwrap_or_default())?;
    }
    std::fs::write(folder.join("README.md"), step_index())
}
