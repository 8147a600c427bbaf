use serde_json::Value;

use crate::error::{LabError, Result};
use crate::limits::REST_CALL;

/// Connect's REST interface.
#[derive(Debug, Clone)]
pub struct Rest {
    url: String,
    agent: ureq::Agent,
}

impl Rest {
    /// The interface at this URL, such as `http://127.0.0.1:8083`.
    pub fn new(url: impl Into<String>) -> Self {
        let config =
            ureq::Agent::config_builder().timeout_global(Some(REST_CALL)).http_status_as_error(false).build();
        Rest { url: url.into(), agent: config.into() }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `GET`; the path begins with a slash.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.read("GET", path, self.agent.get(format!("{}{path}", self.url)).call())
    }

    /// `PUT` with a JSON body.
    pub fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.read("PUT", path, self.agent.put(format!("{}{path}", self.url)).send_json(body))
    }

    /// `PATCH` with a JSON body.
    pub fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.read("PATCH", path, self.agent.patch(format!("{}{path}", self.url)).send_json(body))
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Result<Value> {
        self.read("DELETE", path, self.agent.delete(format!("{}{path}", self.url)).call())
    }

    fn read(
        &self,
        method: &str,
        path: &str,
        answer: std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Value> {
        let failed =
            |answer: String| LabError::Connect { what: format!("{method} {}{path}", self.url), answer };
        let mut response = answer.map_err(|error| failed(error.to_string()))?;
        let status = response.status();
        let body = response.body_mut().read_to_string().map_err(|error| failed(error.to_string()))?;
        if !status.is_success() {
            return Err(failed(format!("{status} {body}")));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&body).map_err(|error| failed(format!("{error} in {body}")))
    }
}
