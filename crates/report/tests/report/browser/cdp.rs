use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A headless Chromium, spoken to over two pipes (its DevTools protocol), so that pages are asked as they are: nothing
/// is added to them and their own policy holds.
pub struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    events: VecDeque<Value>,
    next_id: u64,
    _profile: tempfile::TempDir,
}

/// Ends a browser that hangs; the pipes then close and the test fails with what it waited for.
const AT_MOST: &str = "300";

impl Browser {
    /// `None`: there is no Chromium on this machine.
    pub fn start() -> Option<Browser> {
        let program = program()?;
        let profile = tempfile::tempdir().unwrap();
        let pipe = |name: &str| {
            let path = profile.path().join(name);
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            path
        };
        let (to, from) = (pipe("to"), pipe("from"));
        let child = Command::new("sh")
            .args(["-c", r#"exec 3<"$1" 4>"$2"; shift 2; exec timeout "$@""#, "sh"])
            .args([&to, &from])
            .arg(AT_MOST)
            .arg(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().join("profile").display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Each open waits for the other end, in the order in which the shell opens them.
        let to = OpenOptions::new().write(true).open(to).unwrap();
        let from = BufReader::new(File::open(from).unwrap());
        Some(Browser { child, to, from, events: VecDeque::new(), next_id: 0, _profile: profile })
    }

    /// A new, empty page.
    pub fn page(&mut self) -> Page<'_> {
        let target = self.call(None, "Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session =
            self.call(None, "Target.attachToTarget", attach)["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(Some(&session), &format!("{domain}.enable"), json!({}));
        }
        Page { browser: self, session }
    }

    fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.next_id += 1;
        let id = self.next_id;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let answer = self.receive(method);
            if answer["id"] == id {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push_back(answer);
        }
    }

    fn receive(&mut self, waiting_for: &str) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).unwrap();
        assert_eq!(bytes.pop(), Some(0), "the browser went away while {waiting_for} was waited for");
        serde_json::from_slice(&bytes).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // `timeout` hands the signal on to the browser, and closing the pipe ends it as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One page of the browser.
pub struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
}

impl Page<'_> {
    /// Sets the size of the window, in CSS pixels.
    pub fn size(&mut self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// Loads a file and waits until it is there.
    pub fn open(&mut self, path: &std::path::Path) {
        self.browser.events.retain(|event| event["method"] != "Page.loadEventFired");
        self.call("Page.navigate", json!({ "url": format!("file://{}", path.display()) }));
        while !self.browser.events.iter().any(|event| self.is(event, "Page.loadEventFired")) {
            let event = self.browser.receive("Page.loadEventFired");
            self.browser.events.push_back(event);
        }
    }

    /// The value of an expression, as JSON.
    pub fn ask(&mut self, expression: &str) -> Value {
        let answer =
            self.call("Runtime.evaluate", json!({ "expression": expression, "returnByValue": true }));
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// The page as PDF, with its print style.
    pub fn pdf(&mut self) -> Vec<u8> {
        use base64::Engine;
        let answer =
            self.call("Page.printToPDF", json!({ "printBackground": true, "preferCSSPageSize": true }));
        base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }

    pub fn print_media(&mut self, on: bool) {
        self.call("Emulation.setEmulatedMedia", json!({ "media": if on { "print" } else { "" } }));
    }

    /// Everything the page complained about: console, exceptions, violations of its policy.
    pub fn complaints(&self) -> Vec<String> {
        self.of(&["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"])
            .map(|event| event["params"].to_string())
            .collect()
    }

    /// The addresses it asked for.
    pub fn requests(&self) -> Vec<String> {
        self.of(&["Network.requestWillBeSent"])
            .map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        let session = self.session.clone();
        self.browser.call(Some(&session), method, params)
    }

    fn is(&self, event: &Value, method: &str) -> bool {
        event["sessionId"] == self.session.as_str() && event["method"] == method
    }

    fn of<'a>(&'a self, methods: &'a [&'a str]) -> impl Iterator<Item = &'a Value> {
        self.browser.events.iter().filter(|event| methods.iter().any(|method| self.is(event, method)))
    }
}

fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}
