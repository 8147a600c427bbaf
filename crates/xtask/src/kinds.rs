use std::path::Path;

use runbook::checks::{KINDS, manual_index, manual_page};

/// Writes `docs/kinds/*.md`: one page for each built kind, and the list of all.
pub fn generate(top: &Path) -> std::io::Result<()> {
    let folder = top.join("docs/kinds");
    std::fs::create_dir_all(&folder)?;
    for kind in KINDS.iter().filter(|kind| kind.built) {
        std::fs::write(folder.join(format!("{}.md", kind.name)), manual_page(kind))?;
    }
    std::fs::write(folder.join("README.md"), manual_index())
}
