use std::sync::OnceLock;

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

/// Whose signature makes a server's certificate good.
#[derive(Debug, Default)]
pub enum Trust {
    /// The authorities of this machine's store, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`; Mozilla's if there is no store.
    #[default]
    System,
    /// Only those of this PEM text.
    Only(String),
}

impl Trust {
    /// Read once per client. Errors say what is wrong with the PEM text.
    pub(super) fn roots(&self, read: &OnceLock<RootCerts>) -> Result<RootCerts, String> {
        if let Some(roots) = read.get() {
            return Ok(roots.clone());
        }
        let roots = match self {
            Trust::System => system(),
            Trust::Only(pem) => only(pem)?,
        };
        Ok(read.get_or_init(|| roots).clone())
    }
}

fn system() -> RootCerts {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a trusted certificate of this machine cannot be read");
    }
    if found.certs.is_empty() {
        tracing::warn!("this machine has no store of trusted certificates; Mozilla's is used");
        return RootCerts::WebPki;
    }
    found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).into()
}

fn only(pem: &str) -> Result<RootCerts, String> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem.as_bytes()) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(_) => return Err("the trusted certificates are not PEM".to_owned()),
        }
    }
    if certificates.is_empty() {
        return Err("the trusted certificates hold no certificate".to_owned());
    }
    Ok(certificates.into())
}
