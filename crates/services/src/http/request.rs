use std::fmt;

use super::Url;
use crate::SecretValue;

/// The methods of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Put,
    /// For ourselves only: whether a server knows it, and what it makes of it, is its own affair.
    Patch,
    Post,
    Delete,
}

impl Method {
    /// The methods a runbook may use.
    pub fn named(name: &str) -> Option<Method> {
        match name {
            "GET" => Some(Method::Get),
            "PUT" => Some(Method::Put),
            "POST" => Some(Method::Post),
            "DELETE" => Some(Method::Delete),
            _ => None,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }

    /// Whether asking twice does no more than asking once.
    pub fn is_idempotent(self) -> bool {
        !matches!(self, Method::Post | Method::Patch)
    }
}

/// A request ready to be sent.
#[derive(Clone)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(String, SecretValue)>,
    /// A JSON document.
    pub body: Option<SecretValue>,
    /// Whether headers or body hold a secret.
    pub credentials: bool,
}

impl Request {
    pub fn get(url: Url) -> Request {
        Request { method: Method::Get, url, headers: Vec::new(), body: None, credentials: false }
    }
}

/// For people: method and address, without query.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.word(), self.url)
    }
}
