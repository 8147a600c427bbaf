use serde_json::json;

use crate::cases::{Setup, Told};

#[test]
fn what_a_step_of_ones_own_does() {
    let mut told = Told::default();
    let exec = || {
        Setup::new(
            "exec",
            None,
            json!({ "argv": ["./freeze.sh", "settlement"], "env": { "N": 3, "TOKEN": { "secret": "deploy_token" } } }),
        )
    };
    told.case(
        "a command and its way back",
        exec().bent(|s| {
            s.step["with"]["undo"] = json!({ "do": "exec", "with": { "argv": ["./thaw.sh"] } });
            s.step["with"]["timeout"] = json!({ "attempt": "5s", "total": "20s" });
        }),
    );
    told.case(
        "no way back, and why",
        exec().bent(|s| {
            s.step["with"]["undo"] = json!("none");
            s.step["no_undo"] = json!("a freeze ends by itself");
        }),
    );
    told.case("no way back written", exec());
    told.case("nothing to take back", exec().bent(|s| s.step["effect"] = json!("none")));
    told.case("no program", exec().bent(|s| s.with("argv", json!([]))));
    told.case("a value that is none", exec().bent(|s| s.with("env", json!({ "A": [1] }))));
    told.case("a secret that is none", exec().bent(|s| s.with("env", json!({ "A": { "secret": "a}} b" } }))));
    let http = || {
        Setup::new(
            "http",
            None,
            json!({ "put": "https://deploy/route", "json": { "cluster": "target" }, "headers": { "x-change": "CHG-1" }, "bearer": { "secret": "deploy_token" }, "timeout": "10s" }),
        )
    };
    told.case(
        "a request and its way back",
        http().bent(|s| {
            s.step["with"]["undo"] = json!({ "do": "http", "with": { "delete": "https://deploy/route" } });
        }),
    );
    told.case("two addresses", http().bent(|s| s.with("post", json!("https://deploy/other"))));
    told.case(
        "an undo that is no command",
        http().bent(|s| s.step["with"]["undo"] = json!({ "do": "manual", "with": {} })),
    );
    insta::assert_snapshot!(told.0);
}
