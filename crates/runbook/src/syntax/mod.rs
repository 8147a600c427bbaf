//! From text to typed documents, with the position of everything.
//!
//! [`read`] turns a file into a [`Tree`] of nodes with spans; [`decode`] feeds a node to ordinary serde derives,
//! records every mistake with the span of its node and goes on. What serde-saphyr's own deserializer cannot tell (the
//! extent of a table, an anchor, a tag, a quoted number) is taken from the events of the parser beneath it.

mod code;
pub mod decode;
mod diagnostic;
mod field;
mod files;
mod list;
mod quote;
mod read;
mod scalar;
mod source;
mod span;
mod suggest;
mod table;
mod tree;

pub use code::{CODES, Code, explain};
pub use decode::{Refusal, decode};
pub use diagnostic::{Diagnostic, DiagnosticSeverity, Diagnostics, Label};
pub(crate) use field::OPTIONAL_MARK;
pub use field::{Field, Optional, Required, Spanned};
pub use files::{FileError, Files, join};
pub use list::List;
pub use quote::{quoted, shortened};
pub use read::{read, read_bytes};
pub(crate) use scalar::plain_is_text;
pub use source::{Place, Source, SourceId, Sources};
pub use span::Span;
pub use suggest::nearest;
pub use table::Table;
pub use tree::{Key, Node, NodeId, NodeRef, Tree, Value};
