//! Every hostile answer a server can give, from a real server on loopback.

mod applied;
mod certificates;
mod credentials;
mod hostile;
mod polite;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use runbook::world::{HttpRequest, OutputSeen};

use super::Http;
use super::server::{Seen, Server, reply};
use crate::{Scrubber, SecretReference, SecretSource, Secrets, ServiceError, Until};

/// Long enough that only a hang reaches it.
const GUARD: Duration = Duration::from_secs(120);
const CANARY: &str = "cAn4ry-t0ken+/9";
const JSON: &str = "content-type: application/json\r\n";

/// A client whose secret `token` is the canary.
fn http() -> Http {
    let source = SecretSource::Exec(["printf", "%s", CANARY].map(str::to_owned).to_vec());
    let reference = SecretReference { source, unlock_at: None };
    let references = BTreeMap::from([("token".to_owned(), reference)]);
    Http::new(Arc::new(Secrets::new("/", references, Scrubber::default()))).hasty()
}

fn request(method: &str, url: String) -> HttpRequest {
    HttpRequest {
        method: method.to_owned(),
        url,
        headers: BTreeMap::new(),
        body: None,
        bearer: None,
        timeout_ms: GUARD.as_millis() as u64,
    }
}

fn get(server: &Server) -> HttpRequest {
    request("GET", server.url("/x"))
}

fn with_token(request: HttpRequest) -> HttpRequest {
    HttpRequest { bearer: Some("token".to_owned()), ..request }
}

fn observe(request: &HttpRequest) -> Result<OutputSeen, ServiceError> {
    http().observe(request, Until::after(GUARD, &|| false))
}

/// Everything a person or a file could get to see of an outcome.
fn visible(outcome: &Result<OutputSeen, ServiceError>) -> String {
    match outcome {
        Ok(seen) => format!("{seen:?} {}", serde_json::to_string(seen).unwrap()),
        Err(error) => format!("{error} {error:?}"),
    }
}
