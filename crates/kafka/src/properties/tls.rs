//! Keys and certificates: PEM only; other stores are refused with the command that converts them.

use super::cluster_config::{Authorities, SecurityProtocol, Tls};
use super::pem::{self, StoreKind};
use super::translate::{Setting, Translation};
use secrecy::SecretString;
use std::path::{Path, PathBuf};

/// Reads the TLS settings. Without TLS in the protocol they stay untouched and are noted as without effect.
pub(super) fn translate(t: &mut Translation<'_>, protocol: SecurityProtocol) -> Tls {
    if !protocol.is_encrypted() {
        return Tls::default();
    }
    let mut tls = Tls::default();
    authorities(t, &mut tls);
    own_identity(t, &mut tls);
    if let Some(setting) = t.take("ssl.key.password") {
        tls.key_password = Some(SecretString::from(setting.value));
    }
    if let Some(setting) = t.take("ssl.endpoint.identification.algorithm") {
        match setting.value.trim().to_ascii_lowercase().as_str() {
            "https" => {}
            "" | "none" => {
                tls.verify_host = false;
                t.warn(setting.line, "the broker's host name is not verified: anybody with a certificate of the same authority can pose as it");
            }
            _ => t.problem(
                setting.line,
                "ssl.endpoint.identification.algorithm",
                "needs https, or nothing",
                None,
            ),
        }
    }
    if let Some(setting) = t.take("enable.ssl.certificate.verification") {
        match setting.value.trim().to_ascii_lowercase().as_str() {
            "true" => {}
            "false" => {
                tls.verify_chain = false;
                t.warn(
                    setting.line,
                    "the broker's certificate is not verified: anybody on the way can pose as it",
                );
            }
            _ => t.problem(setting.line, "enable.ssl.certificate.verification", "needs true or false", None),
        }
    }
    tls
}

fn authorities(t: &mut Translation<'_>, tls: &mut Tls) {
    declared_type(t, "ssl.truststore.type");
    for key in ["ssl.truststore.certificates", "ssl.ca.pem"] {
        if let Some(setting) = t.take(key)
            && let Some(pem) = inline(t, key, &setting, "CERTIFICATE")
        {
            tls.authorities = Authorities::Pem(pem);
        }
    }
    for key in ["ssl.truststore.location", "ssl.ca.location"] {
        let Some(setting) = t.take(key) else { continue };
        if key == "ssl.ca.location"
            && t.around.exists(Path::new(setting.value.trim()))
            && Path::new(setting.value.trim()).is_dir()
        {
            tls.authorities = Authorities::Directory(setting.value.trim().to_owned());
        } else if let Some(text) = file(t, key, &setting, Role::Trust)
            && let Some(pem) = wants(t, key, &setting, &text, "CERTIFICATE")
        {
            tls.authorities = Authorities::Pem(pem);
        }
    }
}

fn own_identity(t: &mut Translation<'_>, tls: &mut Tls) {
    declared_type(t, "ssl.keystore.type");
    if let Some(setting) = t.take("ssl.keystore.location")
        && let Some(text) = file(t, "ssl.keystore.location", &setting, Role::Identity)
    {
        let certificate = wants(t, "ssl.keystore.location", &setting, &text, "CERTIFICATE");
        let key = wants(t, "ssl.keystore.location", &setting, &text, "PRIVATE KEY");
        if let (Some(certificate), Some(key)) = (certificate, key) {
            tls.certificate_pem = Some(only(&certificate, "CERTIFICATE"));
            tls.key_pem = Some(SecretString::from(only(&key, "PRIVATE KEY")));
        }
    }
    for key in ["ssl.keystore.certificate.chain", "ssl.certificate.pem"] {
        if let Some(setting) = t.take(key) {
            tls.certificate_pem = inline(t, key, &setting, "CERTIFICATE").or(tls.certificate_pem.take());
        }
    }
    for key in ["ssl.keystore.key", "ssl.key.pem"] {
        if let Some(setting) = t.take(key) {
            tls.key_pem =
                inline(t, key, &setting, "PRIVATE KEY").map(SecretString::from).or(tls.key_pem.take());
        }
    }
    if let Some(setting) = t.take("ssl.certificate.location")
        && let Some(text) = file(t, "ssl.certificate.location", &setting, Role::Identity)
    {
        tls.certificate_pem = wants(t, "ssl.certificate.location", &setting, &text, "CERTIFICATE");
    }
    if let Some(setting) = t.take("ssl.key.location")
        && let Some(text) = file(t, "ssl.key.location", &setting, Role::Identity)
    {
        tls.key_pem = wants(t, "ssl.key.location", &setting, &text, "PRIVATE KEY").map(SecretString::from);
    }
    match (&tls.certificate_pem, &tls.key_pem) {
        (Some(_), None) => {
            t.problem(None, "ssl.keystore.key", "a client certificate is given, but no private key", None)
        }
        (None, Some(_)) => t.problem(
            None,
            "ssl.keystore.certificate.chain",
            "a private key is given, but no client certificate",
            None,
        ),
        _ => {}
    }
}

/// A declared type is only checked for being one; what counts is the content.
fn declared_type(t: &mut Translation<'_>, key: &str) {
    if let Some(setting) = t.take(key)
        && !["PEM", "JKS", "PKCS12"].iter().any(|known| known.eq_ignore_ascii_case(setting.value.trim()))
    {
        t.problem(setting.line, key, "needs PEM", None);
    }
}

fn inline(t: &mut Translation<'_>, key: &str, setting: &Setting, label: &str) -> Option<String> {
    wants(t, key, setting, &setting.value, label)
}

/// PEM text that holds at least one block whose label ends in `label`.
fn wants(t: &mut Translation<'_>, key: &str, setting: &Setting, text: &str, label: &str) -> Option<String> {
    let pem = pem::rewrap(text).filter(|pem| pem::labels(pem).iter().any(|found| found.ends_with(label)));
    if pem.is_none() {
        t.problem(setting.line, key, format!("holds no PEM block `-----BEGIN {label}-----`"), None);
    }
    pem
}

/// The blocks whose label ends in `label`.
fn only(pem: &str, label: &str) -> String {
    pem.split_inclusive("-----\n")
        .collect::<Vec<_>>()
        .chunks(2)
        .filter(|block| block[0].trim_end().trim_end_matches('-').ends_with(label))
        .flat_map(|block| block.iter().copied())
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Trust,
    Identity,
}

/// Reads a file of PEM; another kind of store is a problem with the command that converts it.
fn file(t: &mut Translation<'_>, key: &str, setting: &Setting, role: Role) -> Option<String> {
    let path = locate(t, setting.value.trim());
    let bytes = match t.around.file(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            t.problem(setting.line, key, format!("{}: {error}", path.display()), None);
            return None;
        }
    };
    match pem::kind_of(&bytes) {
        StoreKind::Pem => String::from_utf8(bytes).map_or_else(
            |_| {
                t.problem(setting.line, key, format!("{} is not text", path.display()), None);
                None
            },
            Some,
        ),
        kind => {
            let what = match kind {
                StoreKind::Jks => "a JKS store; PEM is needed",
                StoreKind::Pkcs12 => "a PKCS#12 store; PEM is needed",
                _ => "neither PEM nor a known store",
            };
            let help = converting_command(kind, role, &path, key);
            t.problem(setting.line, key, format!("{} is {what}", path.display()), help);
            None
        }
    }
}

/// The exact commands, to be pasted into a shell.
fn converting_command(kind: StoreKind, role: Role, path: &Path, key: &str) -> Option<String> {
    let store = quoted(path);
    let pem = quoted(&path.with_extension("pem"));
    let p12 = quoted(&path.with_extension("p12"));
    let then = format!(
        "then {key}={} and {}=PEM",
        path.with_extension("pem").display(),
        key.replace(".location", ".type")
    );
    match (kind, role) {
        (StoreKind::Jks, Role::Trust) => {
            Some(format!("keytool -list -rfc -keystore {store} > {pem}  # {then}"))
        }
        (StoreKind::Jks, Role::Identity) => Some(format!(
            "keytool -importkeystore -srckeystore {store} -srcstoretype JKS -destkeystore {p12} -deststoretype PKCS12 \
             && openssl pkcs12 -in {p12} -out {pem}  # {then}"
        )),
        (StoreKind::Pkcs12, Role::Trust) => {
            Some(format!("keytool -list -rfc -keystore {store} -storetype PKCS12 > {pem}  # {then}"))
        }
        (StoreKind::Pkcs12, Role::Identity) => {
            Some(format!("openssl pkcs12 -in {store} -out {pem}  # {then}"))
        }
        _ => None,
    }
}

/// One word for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Relative to the working directory as in Java; if nothing is there, beside the properties file.
fn locate(t: &Translation<'_>, text: &str) -> PathBuf {
    let path = PathBuf::from(text);
    match t.folder {
        Some(folder)
            if path.is_relative() && !t.around.exists(&path) && t.around.exists(&folder.join(&path)) =>
        {
            folder.join(&path)
        }
        _ => path,
    }
}
