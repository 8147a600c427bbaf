use std::path::Path;

use runbook::actions::{ACTIONS, step_index, step_page};

/// Writes `docs/steps/*.md`: one page for each kind of action, and the list of all steps.
pub fn generate(top: &Path) -> std::io::Result<()> {
    let folder = top.join("docs/steps");
    std::fs::create_dir_all(&folder)?;
    for kind in ACTIONS {
        std::fs::write(folder.join(format!("{}.md", kind.name)), step_page(kind))?;
    }
    std::fs::write(folder.join("README.md"), step_index())
}
