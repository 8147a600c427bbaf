use ureq::http::StatusCode;

/// What a server answered: any status, the whole body.
pub struct Answer {
    pub status: u16,
    /// Lower case, without parameters.
    pub content_type: Option<String>,
    pub retry_after: Option<String>,
    pub location: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// `503 Service Unavailable`; never the server's own words.
    pub fn status_words(&self) -> String {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        format!("{} {}", self.status, reason.unwrap_or("")).trim_end().to_owned()
    }

    /// Where it wants us to go instead.
    pub fn redirect(&self) -> Option<&str> {
        matches!(self.status, 301 | 302 | 303 | 307 | 308).then_some(self.location.as_deref()).flatten()
    }

    /// Why the body cannot be JSON by its own account. An answer without a type is read and judged by its content.
    pub fn not_json(&self) -> Option<String> {
        let kind = self.content_type.as_deref()?;
        let is_json = kind.ends_with("/json") || kind.ends_with("+json");
        let says_nothing = matches!(kind, "" | "text/plain" | "application/octet-stream");
        (!is_json && !says_nothing).then(|| {
            format!(
                "the content type is {}",
                kind.escape_debug().to_string().chars().take(80).collect::<String>()
            )
        })
    }
}
