use std::ops::Deref;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::lab::Lab;
use crate::spec::LabSpec;

/// The lab of a test binary: started when the first test asks for it, shared by all its tests, gone with the
/// process. Each test works in a [`Case`] of its own, so that tests do not meet.
///
/// `CUTOVER_LAB_DIR=DIR` makes tests use the running lab in that directory instead, which saves its start
/// while a test is being written.
#[derive(Debug)]
pub struct TestLab {
    lab: Lab,
    run: String,
    cases: AtomicU32,
}

impl TestLab {
    /// The shared lab: [`LabSpec::default`].
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn shared() -> &'static TestLab {
        Self::shared_with(LabSpec::default)
    }

    /// The shared lab with a spec of its own; only the first call in a process has a say in it.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn shared_with(spec: impl FnOnce() -> LabSpec) -> &'static TestLab {
        static SHARED: OnceLock<TestLab> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var_os("CUTOVER_LAB_DIR") {
            Some(dir) => TestLab::of(Lab::load(&PathBuf::from(dir))),
            None => TestLab::new(&spec()),
        })
    }

    /// A lab for one test, which does to it what other tests could not bear.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn new(spec: &LabSpec) -> TestLab {
        TestLab::of(Lab::up(spec).map(crate::Up::into_lab))
    }

    fn of(lab: crate::Result<Lab>) -> TestLab {
        let lab = lab.unwrap_or_else(|error| panic!("{error}"));
        let run = crate::random::hex::<3>().unwrap_or_else(|error| panic!("{error}"));
        TestLab { lab, run, cases: AtomicU32::new(0) }
    }

    /// Room for one test.
    pub fn case(&self, name: &str) -> Case<'_> {
        let number = self.cases.fetch_add(1, Ordering::Relaxed);
        Case { lab: &self.lab, prefix: format!("{name}-{}{number}", self.run) }
    }
}

impl Deref for TestLab {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.lab
    }
}

/// One test's names in a shared lab.
#[derive(Debug)]
pub struct Case<'a> {
    lab: &'a Lab,
    prefix: String,
}

impl Case<'_> {
    /// A name for a topic, group or application that no other test has: `PREFIX.NAME`.
    pub fn name(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }
}

impl Deref for Case<'_> {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        self.lab
    }
}
