use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use runbook::world::Reason;

use super::connector::Status;
use super::{Connector, CopiedOffset, connector, offsets, settings};
use crate::http::{Answer, Method, Request, Url};
use crate::{Http, Scrubber, SecretValue, ServiceError, Until, limits};

/// One Connect cluster, asked through any of its workers.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub struct Connect {
    base: Url,
    http: Arc<Http>,
    /// Name of the secret sent as a bearer token.
    bearer: Option<String>,
}

/// What Connect says when it cannot answer.
#[derive(Deserialize)]
struct Refusal {
    message: String,
}

impl Connect {
    /// The cluster at `base`, for example `https://connect.internal:8083`; a path in front of Connect's own is kept.
    pub fn new(base: &str, http: Arc<Http>) -> Result<Connect, ServiceError> {
        let base = Url::parse(base)
            .map_err(|why| ServiceError::failed(format!("the address of Connect cannot be used: {why}")))?;
        Ok(Connect { base, http, bearer: None })
    }

    /// Sends the secret of this name as a bearer token.
    pub fn bearer(self, secret: &str) -> Connect {
        Connect { bearer: Some(secret.to_owned()), ..self }
    }

    /// Every connector with its configuration and the state of its tasks, sorted by name. One request, whatever their
    /// number. Needs Connect 2.3.
    pub fn connectors(&self, until: Until<'_>) -> Result<Vec<Connector>, ServiceError> {
        let answer = self.get(&["connectors"], "expand=info&expand=status", until)?;
        let expanded = self.read(&answer, "the list of connectors")?;
        Ok(connector::all(expanded, self.http.scrubber()))
    }

    /// How far a MirrorSourceConnector has copied, sorted by cluster, topic and partition. Needs Connect 3.5 (KIP-875).
    ///
    /// Connect writes these offsets once per `offset.flush.interval.ms` (a minute by default), so the truth may be ahead,
    /// never behind.
    pub fn copied(&self, connector: &str, until: Until<'_>) -> Result<Vec<CopiedOffset>, ServiceError> {
        let answer = self.get(&["connectors", connector, "offsets"], "", until)?;
        let what = format!("the offsets of connector {connector}");
        offsets::copied(connector, self.read(&answer, &what)?)
            .map_err(|why| ServiceError::failed(format!("{what} at {} cannot be used: {why}", self.base)))
    }

    pub(super) fn shown(&self) -> &Url {
        &self.base
    }

    fn get(&self, path: &[&str], query: &str, until: Until<'_>) -> Result<Answer, ServiceError> {
        let request = Request::get(self.base.below(path, query));
        let (request, answer) = self.ask(request, until)?;
        self.accepted(answer, &request)
    }

    /// The answer to a `PUT`, whatever its status, but for a rebalance, which is waited out: nothing was done then.
    pub(super) fn put(&self, path: &[&str], until: Until<'_>) -> Result<(Request, Answer), ServiceError> {
        self.ask(Request { method: Method::Put, ..Request::get(self.base.below(path, "")) }, until)
    }

    /// The answer to this document, whatever its status. It is sent once: whoever made it from what they read has to read
    /// that again.
    pub(super) fn send(
        &self,
        method: Method,
        path: &[&str],
        body: SecretValue,
        until: Until<'_>,
    ) -> Result<(Request, Answer), ServiceError> {
        let mut request = Request { method, ..Request::get(self.base.below(path, "")) };
        let kind = SecretValue::new("application/json".to_owned());
        request.headers.push(("content-type".to_owned(), kind));
        // Settings may hold secrets, and go back where they came from a moment ago, over the same way: nothing is told to
        // anybody who was not told it then. So only a token of ours makes this a request with credentials.
        request.body = Some(body);
        let request = self.signed(request, until)?;
        let answer = self.http.send(&request, until)?;
        Ok((request, answer))
    }

    /// With the bearer token, where there is one.
    fn signed(&self, mut request: Request, until: Until<'_>) -> Result<Request, ServiceError> {
        if let Some(name) = &self.bearer {
            let token = self.http.secrets().value(name, until)?;
            request.credentials = true;
            request
                .headers
                .push(("authorization".to_owned(), SecretValue::new(format!("Bearer {}", token.expose()))));
        }
        Ok(request)
    }

    fn ask(&self, request: Request, until: Until<'_>) -> Result<(Request, Answer), ServiceError> {
        let request = self.signed(request, until)?;
        let mut wait = self.http.retry_pause();
        loop {
            let answer = self.http.send(&request, until)?;
            if !is_rebalancing(&answer) {
                return Ok((request, answer));
            }
            if wait >= until.left() {
                return Err(self.refused(&answer, &request));
            }
            tracing::debug!(%request, "Connect is rebalancing");
            until.pause(wait).map_err(|end| ServiceError::ended(end, &request.to_string()))?;
            wait = longer(wait);
        }
    }

    /// The settings of a connector as they are, secrets included; the scrubber knows the secrets from here on.
    pub(super) fn settings(
        &self,
        connector: &str,
        until: Until<'_>,
    ) -> Result<BTreeMap<String, Value>, ServiceError> {
        let answer = self.get(&["connectors", connector, "config"], "", until)?;
        let config = self.read(&answer, &format!("the settings of connector {connector}"))?;
        settings::masked(&config, self.http.scrubber());
        Ok(config)
    }

    /// Connect's word for the state of a connector.
    pub(super) fn state(&self, connector: &str, until: Until<'_>) -> Result<String, ServiceError> {
        let answer = self.get(&["connectors", connector, "status"], "", until)?;
        let status: Status = self.read(&answer, &format!("the state of connector {connector}"))?;
        Ok(connector::line(&status.connector.state, self.scrubber()))
    }

    pub(super) fn scrubber(&self) -> &Scrubber {
        self.http.scrubber()
    }

    /// The first wait before something is looked at again.
    pub(super) fn pause(&self) -> Duration {
        self.http.retry_pause()
    }

    fn accepted(&self, answer: Answer, request: &Request) -> Result<Answer, ServiceError> {
        if answer.is_success() { Ok(answer) } else { Err(self.refused(&answer, request)) }
    }

    pub(super) fn refused(&self, answer: &Answer, request: &Request) -> ServiceError {
        let scrubber = self.http.scrubber();
        let refusal = serde_json::from_slice::<Refusal>(&answer.body).ok();
        let said = match &refusal {
            Some(refusal) => scrubber.excerpt(refusal.message.as_bytes(), false),
            None => scrubber.excerpt(&answer.body, false),
        };
        // A first line says what went wrong, but for settings that are not accepted: they are named in those that follow.
        let lines = if answer.status == 400 { limits::REFUSAL_LINES } else { 1 };
        let said: Vec<&str> =
            said.lines().take(lines).map(str::trim).filter(|line| !line.is_empty()).collect();
        let said = if said.is_empty() { String::new() } else { format!("; it said: {}", said.join(" ")) };
        let message = scrubber
            .mask(&format!("{request}: Connect answered {}{said}", answer.status_words()))
            .into_owned();
        let error = |reason, hint: &str| ServiceError::new(reason, message.clone()).hint(hint);
        match answer.status {
            401 | 403 | 407 => error(
                Reason::Unauthorised,
                "Connect's REST interface wants a login this runbook does not send",
            ),
            404 if request.url.whole().ends_with("/offsets") && said.contains("not found") => error(
                Reason::Failed,
                "the connector was removed meanwhile, or the address leads to another Connect cluster",
            ),
            404 | 405 if request.url.whole().ends_with("/offsets") => error(
                Reason::Unsupported,
                "offsets are told by Connect 3.5 and newer; read the offsets topic of an older one",
            ),
            404 if said.contains("onnector") => error(
                Reason::Failed,
                "check the connector's name, and that the address is the right Connect cluster",
            ),
            404 | 405 => error(Reason::Failed, "the address is not that of a Connect REST interface"),
            400 => error(Reason::Failed, "correct the settings it names"),
            _ if is_rebalancing(answer) => {
                error(Reason::Failed, "the workers kept rebalancing; look whether one of them comes and goes")
            }
            _ => error(Reason::Failed, "look into the log of the Connect worker"),
        }
    }

    fn read<T: DeserializeOwned>(&self, answer: &Answer, what: &str) -> Result<T, ServiceError> {
        // serde_json quotes what it did not expect, which may be anything; the place is enough.
        serde_json::from_slice(&answer.body).map_err(|e| {
            ServiceError::failed(format!(
                "{what} at {} cannot be read: not what Connect answers, at line {} column {}",
                self.base,
                e.line(),
                e.column()
            ))
            .hint("check that the address is that of a Connect REST interface, version 2.3 or newer")
        })
    }
}

/// The wait after this one, while Connect rebalances.
pub(super) fn longer(wait: Duration) -> Duration {
    (wait * 2).clamp(Duration::from_millis(10), limits::REBALANCE_PAUSE)
}

/// While its workers rebalance, Connect does nothing and says so; that passes. Mostly it answers 409; a worker 4.3 that
/// knows of settings it has not yet been given a part of answers 500, in these words.
pub(super) fn is_rebalancing(answer: &Answer) -> bool {
    let words = b"rebalance is expected";
    answer.status == 409
        || answer.status == 500 && answer.body.windows(words.len()).any(|window| window == words)
}
