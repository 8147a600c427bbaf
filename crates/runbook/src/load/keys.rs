use std::collections::BTreeMap;

use crate::limits::MAX_KEY_BYTES;
use crate::model::SiteDoc;
use crate::syntax::{Code, Diagnostic, Diagnostics, Files, Sources, join, quoted};

/// The kinds of keys that sign, with the way their base64 begins: the length and name of the kind.
const KINDS: [(&str, &str); 2] = [
    ("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAA"),
    ("ecdsa-sha2-nistp256", "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAA"),
];

/// The public keys of the people of a site, by name: kind and base64, without the comment. A file that is not there is
/// lint's to tell.
pub(super) fn read(
    site: &SiteDoc,
    files: &dyn Files,
    sources: &Sources,
    found: &Diagnostics,
) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    for (name, person) in site.people.get().into_iter().flatten() {
        let Some(path) = person.value.key.spanned() else { continue };
        let from = sources.get(path.span.source).map_or("", |source| &source.name);
        let file = join(from, path.value.as_str());
        if !files.exists(&file) {
            continue;
        }
        let refuse = |code: Code, why: &str| {
            let message = format!("{} is no public key that signs: {why}", quoted(&file));
            found.add(Diagnostic::new(code, path.span, message).help("name a file of one line, as `ssh-keygen -t ed25519` writes beside the private key: `ssh-ed25519 AAAA… name`"));
        };
        match files.read(&file, MAX_KEY_BYTES) {
            Err(error) => refuse(Code::FileUnreadable, &crate::syntax::shortened(&error.to_string())),
            Ok(bytes) => match public_key(&bytes) {
                Ok(key) => drop(keys.insert(name.value.as_str().to_owned(), key)),
                Err(why) => refuse(Code::BadValue, why),
            },
        }
    }
    keys
}

/// Kind and base64 of a public key file. What is wrong is told without a word of the file: it may be a private key.
fn public_key(bytes: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text")?;
    if text.contains("PRIVATE KEY") {
        return Err("it is a private key, which belongs to one person alone");
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Err("it does not hold exactly one key");
    };
    let mut words = line.split_ascii_whitespace();
    let (Some(kind), Some(base64)) = (words.next(), words.next()) else {
        return Err("it is not in OpenSSH's form");
    };
    let Some((_, begins)) = KINDS.iter().find(|(known, _)| *known == kind) else {
        return Err("its kind is not ssh-ed25519 or ecdsa-sha2-nistp256");
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    if !base64.starts_with(begins) || !base64.chars().all(plain) || base64.len() < begins.len() + 40 {
        return Err("its content is not of its kind");
    }
    Ok(format!("{kind} {base64}"))
}

#[cfg(test)]
mod tests {
    use super::public_key;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ/4KST0+3VzoColPpMaZL+8gEGRmeJhz8yjDDGFDQG";

    #[test]
    fn a_key_is_kept_without_its_comment() {
        assert_eq!(public_key(format!("# ilse\n{KEY} ilse@example.com\n").as_bytes()).unwrap(), KEY);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for (text, why) in [
            ("", "exactly one"),
            (&format!("{KEY} a\n{KEY} b\n"), "exactly one"),
            ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 a", "kind"),
            ("ssh-ed25519", "form"),
            ("ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAABgQC7", "content"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n", "private key"),
        ] {
            let told = public_key(text.as_bytes()).unwrap_err();
            assert!(told.contains(why), "{text}: {told}");
            assert!(!told.contains("b3Blb"));
        }
    }
}
