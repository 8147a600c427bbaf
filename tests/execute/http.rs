//! Applications behind HTTP: a small server of the test that stops and starts them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use crate::switch::Switch;

/// Serves `PUT /stop/CLUSTER/NAME` and `PUT /start/CLUSTER/NAME` until the test binary ends; answers the `apps` section
/// of a site that uses it.
pub fn serve_apps(switch: &Switch<'_>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    switch.write();
    let script = switch.folder.path().join("app.sh");
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            answer(connection, &script);
        }
    });
    let call = |verb: &str| format!("{{ put: \"http://{address}/{verb}/{{{{ app }}}}\", json: {{}} }}");
    format!("  via: http\n  stop:  {}\n  start: {}", call("stop"), call("start"))
}

fn answer(mut connection: TcpStream, script: &PathBuf) {
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match connection.read(&mut part) {
            Ok(read) if read > 0 => request.extend_from_slice(&part[..read]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let (verb, app) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let worked = Command::new(script).args([verb, app]).status().is_ok_and(|status| status.success());
    let status = if worked { "200 OK" } else { "500 Internal Server Error" };
    // Whoever asked may be gone already.
    let _ = write!(connection, "HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
}
