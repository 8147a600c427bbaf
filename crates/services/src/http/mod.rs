//! HTTP, as far as a runbook and Connect need it.
//!
//! A request has an end, an answer has a bound, a credential goes to the host it was meant for and in the clear only to
//! this machine. Redirects leave no origin; only what can be repeated without harm is repeated.

mod answer;
mod apply;
mod client;
mod exchange;
mod failure;
mod observe;
mod request;
mod retry;
mod trust;
mod url;

#[cfg(test)]
pub mod server;
#[cfg(test)]
mod tests;

pub use client::Http;
pub use trust::Trust;

pub(crate) use answer::Answer;
pub(crate) use request::{Method, Request};
pub(crate) use url::Url;
