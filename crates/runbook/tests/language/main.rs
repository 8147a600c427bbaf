//! The language as its users meet it: files in, diagnostics and plans out.

mod compose;
mod folder;
mod memory;
mod mistakes;
mod pages;
mod schemas;
mod shipped;
mod slices;
mod times;
