//! Embeds the pages of `docs/codes`, so that the program can explain its codes without any file.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let manifest = env::var("CARGO_MANIFEST_DIR").expect("cargo sets the manifest directory");
    let folder = Path::new(&manifest).join("../../docs/codes");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages: Vec<_> = fs::read_dir(&folder)
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
        .unwrap_or_default();
    pages.sort();
    let mut code = String::from("/// Code and page, sorted.\nstatic PAGES: &[(&str, &str)] = &[\n");
    for page in pages {
        let Some(name) =
            page.file_stem().and_then(|stem| stem.to_str()).filter(|stem| stem.starts_with("CUT"))
        else {
            continue;
        };
        let path = fs::canonicalize(&page).expect("the folder listed this file");
        writeln!(code, "    ({name:?}, include_str!({path:?})),").expect("writing to a string");
    }
    code.push_str("];\n");
    let out = env::var("OUT_DIR").expect("cargo sets the output directory");
    fs::write(Path::new(&out).join("pages.rs"), code).expect("the output directory is writable");
}
