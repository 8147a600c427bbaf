use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

/// An `http` or `https` address without user part and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    https: bool,
    /// Lower case; an IPv6 address in brackets.
    host: String,
    port: u16,
    /// Path with query, beginning with `/`.
    path: String,
}

impl Url {
    /// Reads an address. The error quotes nothing of it but its scheme, since the rest may hold a secret.
    pub fn parse(text: &str) -> Result<Url, String> {
        let uri: Uri = text.parse().map_err(|_| "it is not a URL".to_owned())?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Err("only http and https can be asked".to_owned()),
            None => return Err("it has no `https://` in front".to_owned()),
        };
        let authority = uri.authority().ok_or("it names no host")?;
        if authority.as_str().contains('@') {
            return Err("it holds a user or password; send those as a secret in a header".to_owned());
        }
        if authority.host().is_empty() {
            return Err("it names no host".to_owned());
        }
        let port = match (authority.port_u16(), authority.as_str().rsplit_once(':')) {
            (Some(port), _) => port,
            (None, Some((_, after))) if !after.ends_with(']') => {
                return Err("its port is no number".to_owned());
            }
            (None, _) if https => 443,
            (None, _) => 80,
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Url { https, host: authority.host().to_ascii_lowercase(), port, path })
    }

    /// This address with `segments` appended to its path, each percent-encoded, and `query` as it is.
    pub fn below(&self, segments: &[&str], query: &str) -> Url {
        let mut path = self.path.split('?').next().unwrap_or("/").trim_end_matches('/').to_owned();
        for segment in segments {
            path.push('/');
            for byte in segment.bytes() {
                if byte.is_ascii_alphanumeric()
                    || b"-_~".contains(&byte)
                    || (byte == b'.' && !all_dots(segment))
                {
                    path.push(char::from(byte));
                } else {
                    path.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        if !query.is_empty() {
            path.push('?');
            path.push_str(query);
        }
        Url { path, ..self.clone() }
    }

    /// Where a `Location` seen at this address leads.
    pub fn join(&self, location: &str) -> Result<Url, String> {
        let location = location.trim();
        let location = location.split('#').next().unwrap_or("");
        if let Some(rest) = location.strip_prefix("//") {
            Url::parse(&format!("{}://{rest}", self.scheme()))
        } else if location.starts_with('/') {
            Url::parse(&format!("{}{location}", self.origin()))
        } else if location.contains("://") {
            Url::parse(location)
        } else {
            let path = self.path.split('?').next().unwrap_or("/");
            let folder = &path[..=path.rfind('/').unwrap_or(0)];
            Url::parse(&format!("{}{folder}{location}", self.origin()))
        }
    }

    pub fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Scheme, host and port: what a credential belongs to.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.host_and_port())
    }

    pub fn host_and_port(&self) -> String {
        match (self.https, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }

    pub fn same_origin(&self, other: &Url) -> bool {
        (self.https, &self.host, self.port) == (other.https, &other.host, other.port)
    }

    /// Whether it leads to this machine, by its name or number alone.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// As it is sent.
    pub fn whole(&self) -> String {
        format!("{}{}", self.origin(), self.path)
    }
}

/// For people: without the query, which may hold what nobody should see.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path.split('?').next().unwrap_or("/"))
    }
}

fn all_dots(segment: &str) -> bool {
    segment.chars().all(|c| c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, whole, shown) in [
            ("https://Host.Example", "https://host.example/", "https://host.example/"),
            ("https://h:443/a?b=c", "https://h/a?b=c", "https://h/a"),
            ("http://h:8083/x/", "http://h:8083/x/", "http://h:8083/x/"),
            ("http://[::1]:8083", "http://[::1]:8083/", "http://[::1]:8083/"),
            ("http://[::1]?q=1", "http://[::1]/?q=1", "http://[::1]/"),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!((url.whole().as_str(), url.to_string().as_str()), (whole, shown), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_quoting_it() {
        for text in [
            "",
            "host:8083",
            "ftp://h/x",
            "https://",
            "https:///canary",
            "https://ann:canary@h/x",
            "https://canary@h",
            "http://h:99999/canary",
            "http://h:canary/",
            "http://a b/canary",
            "file:///canary",
            "/canary",
        ] {
            let why = Url::parse(text).expect_err(text);
            assert!(!why.contains("canary"), "{why}");
        }
    }

    #[test]
    fn origins() {
        let url = Url::parse("https://h/x").unwrap();
        for (other, same) in [
            ("https://h:443/y", true),
            ("https://H/y", true),
            ("http://h/x", false),
            ("https://h:8443/x", false),
            ("https://h.evil/x", false),
            ("https://hh/x", false),
        ] {
            assert_eq!(url.same_origin(&Url::parse(other).unwrap()), same, "{other}");
        }
    }

    #[test]
    fn loopback_is_told_by_the_address_alone() {
        for (text, yes) in [
            ("http://127.0.0.1:1", true),
            ("http://127.9.9.9", true),
            ("http://localhost:8083", true),
            ("http://[::1]:1", true),
            ("http://localhost.evil", false),
            ("http://127.0.0.1.evil", false),
            ("http://10.0.0.1", false),
            ("http://0.0.0.0", false),
        ] {
            assert_eq!(Url::parse(text).unwrap().is_loopback(), yes, "{text}");
        }
    }

    #[test]
    fn locations() {
        let url = Url::parse("https://h/a/b?q=1").unwrap();
        for (location, whole) in [
            ("/c?d", "https://h/c?d"),
            ("c", "https://h/a/c"),
            ("//evil/x", "https://evil/x"),
            ("https://evil/x#y", "https://evil/x"),
            (" http://h/c", "http://h/c"),
        ] {
            assert_eq!(url.join(location).unwrap().whole(), whole, "{location}");
        }
        assert!(url.join("javascript://x").is_err());
        assert!(url.join("https://a:b@h/").is_err());
    }

    #[test]
    fn segments_are_encoded() {
        let base = Url::parse("http://h:1/base/?x").unwrap();
        assert_eq!(
            base.below(&["a/../b c", "..", "ü.1"], "").whole(),
            "http://h:1/base/a%2F..%2Fb%20c/%2E%2E/%C3%BC.1"
        );
        assert_eq!(
            base.below(&["connectors"], "expand=status").whole(),
            "http://h:1/base/connectors?expand=status"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(https?://)?[a-z:/?#@.\\[\\]%0-9 \u{e4}-]{0,30}", location in "\\PC{0,30}") {
            if let Ok(url) = Url::parse(&text) {
                // What is parsed is what is asked: nothing is lost on the way.
                proptest::prop_assert_eq!(&Url::parse(&url.whole()).unwrap(), &url);
                let _ = url.join(&location);
                let below = url.below(&[&location], "");
                proptest::prop_assert!(below.same_origin(&url));
                proptest::prop_assert_eq!(Url::parse(&below.whole()).unwrap(), below);
            }
        }
    }
}
