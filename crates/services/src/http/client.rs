use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use ureq::config::Config;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Proxy, ProxyProtocol};

use super::{Answer, Method, Request, Trust, exchange, retry};
use crate::{Scrubber, Secrets, ServiceError, Until, limits};

/// A client for the HTTP endpoints of a runbook.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub struct Http {
    pub(super) secrets: Arc<Secrets>,
    trust: Trust,
    roots: OnceLock<RootCerts>,
    /// The first wait before a retry.
    pause: Duration,
}

impl Http {
    pub fn new(secrets: Arc<Secrets>) -> Http {
        Http { secrets, trust: Trust::System, roots: OnceLock::new(), pause: limits::RETRY_PAUSE }
    }

    /// With other authorities than the machine's.
    pub fn trusting(self, trust: Trust) -> Http {
        Http { trust, roots: OnceLock::new(), ..self }
    }

    #[cfg(test)]
    pub(crate) fn hasty(self) -> Http {
        Http { pause: Duration::ZERO, ..self }
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub(crate) fn scrubber(&self) -> &Scrubber {
        self.secrets.scrubber()
    }

    /// The first wait before a retry, for those who retry on grounds of their own.
    pub(crate) fn retry_pause(&self) -> Duration {
        self.pause
    }

    /// Sends `request` and reads the whole answer, whatever its status; passing troubles are retried, redirects within
    /// the same origin followed. A credential that would go out in the clear is refused before anything is sent.
    pub(crate) fn send(&self, request: &Request, until: Until<'_>) -> Result<Answer, ServiceError> {
        let masked = |error: ServiceError| {
            let scrubber = self.secrets.scrubber();
            let message = scrubber.mask(&error.message).into_owned();
            ServiceError { message, ..error }
        };
        self.follow(request, until).map_err(masked)
    }

    fn follow(&self, request: &Request, until: Until<'_>) -> Result<Answer, ServiceError> {
        let mut request = request.clone();
        for _ in 0..=limits::REDIRECTS {
            let answer = self.persist(&request, until)?;
            let Some(location) = answer.redirect() else { return Ok(answer) };
            // Only these two say that nothing was done here; a POST may be done and lead to where its result is.
            let elsewhere = matches!(answer.status, 307 | 308);
            let failed = |why: String| {
                ServiceError::failed(format!("{request}: {why}; it was not followed"))
                    .hint("write the final address into the runbook")
                    .begun(!elsewhere)
            };
            let next = request
                .url
                .join(location)
                .map_err(|_| failed("it redirects to what is no address".to_owned()))?;
            if !next.same_origin(&request.url) {
                return Err(failed(format!("it redirects to another origin, {}", next.origin())));
            }
            if request.method != Method::Get {
                return Err(failed(format!("a {} is redirected", request.method.word())));
            }
            request.url = next;
        }
        let error = ServiceError::failed(format!("{request}: more than {} redirects", limits::REDIRECTS));
        Err(error.begun(true))
    }

    fn persist(&self, request: &Request, until: Until<'_>) -> Result<Answer, ServiceError> {
        for attempt in 1.. {
            let answer =
                self.config(request, until).and_then(|config| exchange::exchange(config, request, until));
            // An earlier attempt was answered with a trouble of the server's, which may have come after the deed.
            let answer = answer.map_err(|error| error.begun(attempt > 1))?;
            let Some(wait) = retry::wait(request, &answer, attempt, self.pause, Timestamp::now()) else {
                return Ok(answer);
            };
            // A wait that outlasts the call would only turn an answer into none.
            if wait >= until.left() {
                return Ok(answer);
            }
            tracing::debug!(request = %request, status = answer.status, ?wait, "asking again");
            until.pause(wait).map_err(|end| ServiceError::ended(end, &request.to_string()).begun(true))?;
        }
        unreachable!("attempts are bounded by the retry rule")
    }

    fn config(&self, request: &Request, until: Until<'_>) -> Result<Config, ServiceError> {
        if request.credentials && !request.url.is_https() && !request.url.is_loopback() {
            return Err(ServiceError::failed(format!(
                "{request}: a secret is not sent over http, where everybody on the way can read it"
            ))
            .hint("use https"));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(0)
            .timeout_global(Some(until.left()))
            .timeout_resolve(Some(limits::CONNECT))
            .timeout_connect(Some(limits::CONNECT))
            .user_agent(concat!("cutover/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .proxy(proxy(request));
        if !request.url.is_https() {
            return Ok(config.build());
        }
        let roots =
            self.trust.roots(&self.roots).map_err(|why| ServiceError::failed(format!("{request}: {why}")))?;
        Ok(config.tls_config(TlsConfig::builder().root_certs(roots).build()).build())
    }
}

/// The environment's proxy, through which https goes unread. Plain http goes straight, since a proxy would read it.
fn proxy(request: &Request) -> Option<Proxy> {
    let proxy = request.url.is_https().then(Proxy::try_from_env).flatten()?;
    matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https).then_some(proxy)
}
