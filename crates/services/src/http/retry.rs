use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::{Answer, Request};
use crate::limits;

/// How long to wait before asking once more after the `attempt`-th answer (from 1); `None`: take the answer.
///
/// `pause` is the first wait when the server names none; it doubles. A server that wants a longer wait than we grant is
/// not asked again, since asking early is what it asked us not to do.
pub fn wait(
    request: &Request,
    answer: &Answer,
    attempt: u32,
    pause: Duration,
    now: Timestamp,
) -> Option<Duration> {
    let passing = matches!(answer.status, 429 | 500 | 502 | 503 | 504);
    if !passing || !request.method.is_idempotent() || attempt >= limits::ATTEMPTS {
        return None;
    }
    let wait = match &answer.retry_after {
        Some(text) => retry_after(text, now)?,
        None => pause.saturating_mul(1 << (attempt - 1).min(16)),
    };
    (wait <= limits::RETRY_AFTER).then_some(wait)
}

/// Seconds, or a date. What cannot be read is a wait without end.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    let date = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Method, Url};

    fn waited(method: Method, status: u16, retry_after: Option<&str>, attempt: u32) -> Option<u128> {
        let request = Request { method, ..Request::get(Url::parse("https://h/").unwrap()) };
        let answer = Answer {
            status,
            content_type: None,
            retry_after: retry_after.map(str::to_owned),
            location: None,
            body: Vec::new(),
        };
        let now = "1994-11-06T08:49:30Z".parse().unwrap();
        wait(&request, &answer, attempt, Duration::from_millis(500), now).map(|wait| wait.as_millis())
    }

    #[test]
    fn only_passing_troubles_of_repeatable_requests_are_retried() {
        assert_eq!(waited(Method::Get, 503, None, 1), Some(500));
        assert_eq!(waited(Method::Put, 429, None, 2), Some(1000));
        assert_eq!(waited(Method::Delete, 500, None, 1), Some(500));
        assert_eq!(waited(Method::Post, 503, None, 1), None);
        assert_eq!(waited(Method::Post, 429, Some("1"), 1), None);
        for status in [200, 301, 400, 401, 403, 404, 409, 501, 505] {
            assert_eq!(waited(Method::Get, status, None, 1), None, "{status}");
        }
        assert_eq!(waited(Method::Get, 503, None, limits::ATTEMPTS), None);
    }

    #[test]
    fn the_server_says_when_within_reason() {
        assert_eq!(waited(Method::Get, 429, Some("0"), 1), Some(0));
        assert_eq!(waited(Method::Get, 429, Some(" 7 "), 1), Some(7000));
        assert_eq!(waited(Method::Get, 429, Some("Sun, 06 Nov 1994 08:49:37 GMT"), 1), Some(7000));
        assert_eq!(
            waited(Method::Get, 429, Some("Sun, 06 Nov 1994 08:40:00 GMT"), 1),
            Some(0),
            "already past"
        );
        for long in ["86400", "99999999999999999999999", "Mon, 07 Nov 1994 08:49:37 GMT", "soon", "", "-1"] {
            assert_eq!(waited(Method::Get, 429, Some(long), 1), None, "{long}");
        }
    }
}
