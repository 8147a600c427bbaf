use std::collections::BTreeMap;
use std::time::Duration;

use runbook::world::{HttpRequest, OutputSeen, Reason};

use super::{Http, Method, Request, Url};
use crate::secret::Escape;
use crate::{SecretValue, ServiceError, Until, facts};

impl Http {
    /// Answers `Probe::Http`: the request with its secrets, at most `timeout_ms`, retries included.
    ///
    /// Any status but 401, 403 and 407 is an answer; facts are read only from a success whose body is one JSON object,
    /// else `unreadable` says why there are none. Errors: unreachable, unauthorised, no whole answer in time, larger than
    /// allowed, redirected elsewhere, a secret that cannot be had.
    pub fn observe(&self, asked: &HttpRequest, until: Until<'_>) -> Result<OutputSeen, ServiceError> {
        let until = until.sooner(Duration::from_millis(asked.timeout_ms));
        let scrubber = self.secrets.scrubber();
        let request = self.request(asked, until)?;
        tracing::debug!(%request, "asking");
        let answer = self.send(&request, until)?;
        if matches!(answer.status, 401 | 403 | 407) {
            let said = scrubber.excerpt(&answer.body, false);
            let said = said.lines().next().map_or(String::new(), |line| format!("; it said: {line}"));
            let message = format!("{request} is not allowed: {}{said}", answer.status_words());
            let message = scrubber.mask(&message).into_owned();
            let hint = if request.credentials {
                "check the token and its rights"
            } else {
                "send a token: bearer: { secret: NAME }"
            };
            return Err(ServiceError::new(Reason::Unauthorised, message).hint(hint));
        }
        let read = if answer.is_success() {
            match answer.not_json() {
                Some(why) => Err(why),
                None => facts::read(&answer.body),
            }
        } else {
            Err(format!("the server answered {}", answer.status_words()))
        };
        let status = i32::from(answer.status);
        Ok(match read {
            Ok(facts) => {
                OutputSeen { status, facts: scrubber.facts(facts), unreadable: None, excerpt: String::new() }
            }
            Err(why) => OutputSeen {
                status,
                facts: BTreeMap::new(),
                unreadable: Some(scrubber.mask_foreign(&why).into_owned()),
                excerpt: scrubber.excerpt(&answer.body, false),
            },
        })
    }

    pub(super) fn request(&self, asked: &HttpRequest, until: Until<'_>) -> Result<Request, ServiceError> {
        let wrong = |why: &str| ServiceError::failed(format!("the HTTP request cannot be sent: {why}"));
        let method = Method::named(&asked.method)
            .ok_or_else(|| wrong("its method is none of GET, PUT, POST, DELETE"))?;
        if asked.url.contains("{{secret") {
            return Err(wrong("its URL names a secret, and URLs end up in logs")
                .hint("send it as bearer: { secret: NAME } or in a header"));
        }
        let url = Url::parse(&asked.url).map_err(|why| wrong(&why))?;
        let mut request = Request { method, ..Request::get(url) };
        for (name, value) in &asked.headers {
            let (value, secret) = self.secrets.fill(value, Escape::None, until)?;
            request.credentials |= secret;
            request.headers.push((name.clone(), value));
        }
        if let Some(name) = &asked.bearer {
            let token = self.secrets.value(name, until)?;
            request.credentials = true;
            let value = SecretValue::new(format!("Bearer {}", token.expose()));
            request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            request.headers.push(("authorization".to_owned(), value));
        }
        if let Some(body) = &asked.body {
            let (body, secret) = self.secrets.fill(body, Escape::Json, until)?;
            if serde_json::from_str::<serde::de::IgnoredAny>(body.expose()).is_err() {
                return Err(wrong("its body is not JSON"));
            }
            request.credentials |= secret;
            if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                let kind = SecretValue::new("application/json".to_owned());
                request.headers.push(("content-type".to_owned(), kind));
            }
            request.body = Some(body);
        }
        Ok(request)
    }
}
