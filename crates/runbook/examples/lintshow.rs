use runbook::load::*;
use runbook::syntax::*;
struct F;
impl Files for F {
    fn read(&self, p: &str, _: u64) -> Result<Vec<u8>, FileError> {
        std::fs::read(p).map_err(|_| FileError::Missing)
    }
    fn exists(&self, p: &str) -> bool {
        std::path::Path::new(p).is_file()
    }
}
fn main() {
    for p in std::env::args().skip(1) {
        let l = load(&p, &F, &Options::default());
        for d in &l.diagnostics {
            let x = l.sources.place(d.span);
            let f = l.sources.get(d.span.source).map(|s| s.name.clone()).unwrap_or_default();
            println!(
                "{} {} {}:{}:{} {} | {:?}",
                d.code.id(),
                d.severity().word(),
                f,
                x.line,
                x.column,
                d.message,
                d.help
            );
        }
    }
}
