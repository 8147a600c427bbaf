//! The language as its users meet it: files in, diagnostics and plans out.

mod files;
mod shipped;
