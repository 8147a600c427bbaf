use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use super::super::{Diagnostic, Diagnostics, NodeId, Tree};

/// What one decoding shares.
#[derive(Debug)]
pub struct Context<'t> {
    pub tree: &'t Tree,
    found: &'t Diagnostics,
    /// Nodes that failed in an earlier round and are left out of this one.
    masked: RefCell<HashSet<NodeId>>,
    /// Nodes that failed in this round, innermost first.
    failed: RefCell<Vec<NodeId>>,
    any: Cell<bool>,
}

impl<'t> Context<'t> {
    pub fn new(tree: &'t Tree, found: &'t Diagnostics) -> Context<'t> {
        Context { tree, found, masked: RefCell::default(), failed: RefCell::default(), any: Cell::new(false) }
    }

    pub fn report(&self, diagnostic: Diagnostic) {
        self.any.set(true);
        self.found.add(diagnostic);
    }

    /// Marks failure without a message of its own.
    pub fn taint(&self) {
        self.any.set(true);
    }

    pub fn any(&self) -> bool {
        self.any.get()
    }

    pub fn failed(&self, node: NodeId) {
        self.failed.borrow_mut().push(node);
    }

    pub fn is_masked(&self, node: NodeId) -> bool {
        self.masked.borrow().contains(&node)
    }

    /// Leaves the innermost node that failed out of the next round. False: nothing new to leave out.
    pub fn narrow(&self) -> bool {
        let failed = std::mem::take(&mut *self.failed.borrow_mut());
        failed.first().is_some_and(|node| self.masked.borrow_mut().insert(*node))
    }
}
