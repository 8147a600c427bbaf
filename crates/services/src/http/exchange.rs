use std::io::Read;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;

use runbook::world::Reason;
use tracing::subscriber::{NoSubscriber, with_default};
use ureq::config::Config;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Response};
use ureq::{Agent, Body};

use super::failure;
use super::{Answer, Method, Request};
use crate::{ServiceError, Until, limits};

/// Sends `request` once, with connections of its own, and reads the whole answer.
///
/// It runs on a thread of its own, so that a stopped run needs not wait for a name server or a handshake; the thread
/// ends by the time limits in `config`.
pub fn exchange(config: Config, request: &Request, until: Until<'_>) -> Result<Answer, ServiceError> {
    let title = request.to_string();
    if let Some(end) = until.ended() {
        return Err(ServiceError::ended(end, &title));
    }
    let agent = config.new_agent();
    let (send, receive) = sync_channel(1);
    let worker = {
        let (agent, request) = (agent.clone(), request.clone());
        move || {
            // At trace level the client logs every byte that it sends, credentials included, a few to a line. Nothing it
            // logs may reach a subscriber, whatever its filter.
            let answer = with_default(NoSubscriber::new(), || transfer(&agent, &request));
            // Nobody may be left to hear the answer.
            drop(send.send(answer));
        }
    };
    thread::Builder::new()
        .name("http".to_owned())
        .spawn(worker)
        .map_err(|e| ServiceError::failed(format!("{title}: no thread: {e}")))?;
    loop {
        match receive.recv_timeout(limits::LOOK_EVERY) {
            Ok(outcome) => return outcome,
            Err(RecvTimeoutError::Timeout) => {
                if let Some(end) = until.ended() {
                    agent.shutdown();
                    return Err(ServiceError::ended(end, &title).begun(true));
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(ServiceError::failed(format!("{title}: the HTTP client broke off")).begun(true));
            }
        }
    }
}

fn transfer(agent: &Agent, request: &Request) -> Result<Answer, ServiceError> {
    let failed = |error: ureq::Error| {
        let begun = failure::may_be_sent(&error);
        failure::explain(error, request).begun(begun)
    };
    let mut sent = ureq::http::Request::builder().method(request.method.word()).uri(request.url.whole());
    for (name, value) in &request.headers {
        let (name, value) = header(name, value.expose()).ok_or_else(|| {
            ServiceError::failed(format!("{request}: header {} cannot be sent", name.escape_debug()))
        })?;
        sent = sent.header(name, value);
    }
    let response = match &request.body {
        Some(body) => {
            sent.body(body.expose().to_owned()).map_err(ureq::Error::from).and_then(|sent| agent.run(sent))
        }
        // Of length zero, or else the client would send an empty body in chunks after the headers.
        None if matches!(request.method, Method::Post | Method::Put) => {
            sent.body("").map_err(ureq::Error::from).and_then(|sent| agent.run(sent))
        }
        None => sent.body(()).map_err(ureq::Error::from).and_then(|sent| agent.run(sent)),
    };
    read(response.map_err(failed)?, request).map_err(|error| error.begun(true))
}

/// `None`: a header of that name or value cannot be sent. Values are marked so that the client never logs them.
fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let mut value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    value.set_sensitive(true);
    Some((name.parse().ok()?, value))
}

fn read(mut response: Response<Body>, request: &Request) -> Result<Answer, ServiceError> {
    let too_large = || {
        let most = limits::BODY_BYTES / (1024 * 1024);
        ServiceError::new(Reason::OverBudget, format!("{request} answered more than {most} MiB"))
            .hint("ask for an address that answers only what the check needs")
    };
    let text = |headers: &HeaderMap, name| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let headers = response.headers();
    let announced = text(headers, CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limits::BODY_BYTES) {
        return Err(too_large());
    }
    let content_type = text(headers, CONTENT_TYPE)
        .map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let (retry_after, location) = (text(headers, RETRY_AFTER), text(headers, LOCATION));
    let status = response.status().as_u16();
    let mut body = Vec::new();
    response
        .body_mut()
        .as_reader()
        .take(limits::BODY_BYTES + 1)
        .read_to_end(&mut body)
        .map_err(|e| failure::explain(e.into(), request))?;
    if body.len() as u64 > limits::BODY_BYTES {
        return Err(too_large());
    }
    Ok(Answer { status, content_type, retry_after, location, body })
}
