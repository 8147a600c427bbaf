//! A secret reaches the command and the address that name it, and nothing else.

use std::path::Path;

use crate::{Bench, Expected, serve_if};

const SECRET: &str = "cAn-planted-q7Zr+/x";

fn files(folder: &Path, each: &mut dyn FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, each);
        } else {
            each(&path, &std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn a_secret_in_a_variable_and_in_a_header_is_used_and_never_shown() {
    let mut bench = Bench::new("secrets");
    std::fs::write(bench.folder.path().join("token"), SECRET).unwrap();
    bench.runbook.top = "secrets: { token: { file: token } }".to_owned();
    // The command tells what it was given, as careless ones do.
    bench.script(
        "ask.sh",
        &format!("echo \"token is $TOKEN\" >&2\ntest \"$TOKEN\" = '{SECRET}' && echo \"{{\\\"missing\\\": 0, \\\"note\\\": \\\"$TOKEN\\\"}}\""),
    );
    bench.set("reconciled", "use: exec, dimension: offset_parity, proof: application, severity: blocker, with: { argv: [./ask.sh], env: { TOKEN: { secret: token } }, facts: { missing: integer } }, green: \"missing == 0\"");
    let url = serve_if(&format!("x-token: {SECRET}"), "{\"frozen\": true}");
    bench.set("frozen", format!("use: http, dimension: governance, proof: reviewed, severity: major, with: {{ url: \"{url}\", headers: {{ X-Token: {{ secret: token }} }}, facts: {{ frozen: boolean }} }}, green: \"frozen == true\""));
    let answer = bench.check(&["reconciled", "frozen"]);
    for check in ["reconciled", "frozen"] {
        answer.is("with its secret", &Expected::new(check, "green", ""));
    }
    assert!(!answer.run.says(SECRET), "it is printed: {:#?}", answer.run);
    let mut read = 0;
    files(&bench.runs(), &mut |path, text| {
        read += 1;
        let found = text.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "{} holds the secret", path.display());
    });
    assert!(read > 3, "a run was kept");
}
