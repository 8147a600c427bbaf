//! Secrets planted in every form, masked in every form.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::Scrubber;

const PASSWORD: &str = "cAn4ry/p+ß:\"q'u&o=te\\ 9";
const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\nOF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n-----END PRIVATE KEY-----\n";

/// No run of eight characters of the secret may be seen.
fn none_visible(masked: &str, secret: &str, form: &str) {
    let chars: Vec<char> = secret.chars().collect();
    for window in chars.windows(8) {
        let part: String = window.iter().collect();
        assert!(!masked.contains(&part), "{form}: {masked}");
    }
}

#[test]
fn a_password_is_masked_in_every_form() {
    let scrubber = Scrubber::default();
    scrubber.learn(PASSWORD);
    let json = serde_json::to_string(PASSWORD).unwrap();
    let percent: String = PASSWORD.bytes().map(|b| format!("%{b:02x}")).collect();
    let component: String = PASSWORD
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    let hex: String = PASSWORD.bytes().map(|b| format!("{b:02X}")).collect();
    let forms = [
        ("as it is", PASSWORD.to_owned()),
        ("upper case", PASSWORD.to_ascii_uppercase()),
        ("json", json.clone()),
        ("json in json", serde_json::to_string(&json).unwrap()),
        ("json, slashes escaped", json.replace('/', "\\/")),
        ("json, ascii only", json.replace('ß', "\\u00df")),
        ("url", component.clone()),
        ("url twice", component.replace('%', "%25")),
        ("form", component.replace("%20", "+")),
        ("html", PASSWORD.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#x27;")),
        ("debug", format!("{PASSWORD:?}")),
        ("shell", format!("'{}'", PASSWORD.replace('\'', "'\\''"))),
        ("base64", STANDARD.encode(PASSWORD)),
        ("base64 for urls", URL_SAFE.encode(PASSWORD)),
        ("basic", format!("Basic {}", STANDARD.encode(format!("ann:{PASSWORD}")))),
        ("base64 of json", STANDARD.encode(format!("{{\"p\":\"{PASSWORD}\"}}"))),
        ("hex", hex),
        ("url, every byte", percent),
    ];
    for (form, text) in &forms {
        let masked = scrubber.mask(&format!("before {text} after")).into_owned();
        assert!(masked.contains("***"), "{form}: {masked}");
        assert!(masked.starts_with("before ") && masked.ends_with(" after"), "{form}: {masked}");
        none_visible(&masked, PASSWORD, form);
        // Around a password in base64 stand a user's name and the padding.
        let inner: String = text.chars().skip(12).take(text.chars().count() - 16).collect();
        none_visible(&masked, &inner, form);
    }
}

#[test]
fn a_key_of_many_lines_is_masked_line_by_line_and_wrapped_otherwise() {
    let scrubber = Scrubber::default();
    scrubber.learn(PEM);
    let inner: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
    let encoded = STANDARD.encode(PEM);
    let wrapped = |text: &str, width: usize| {
        text.as_bytes().chunks(width).map(|c| std::str::from_utf8(c).unwrap()).collect::<Vec<_>>().join("\n")
    };
    let forms = [
        ("as it is", PEM.to_owned()),
        ("windows lines", PEM.replace('\n', "\r\n")),
        ("indented", PEM.lines().map(|line| format!("    {line}\n")).collect()),
        ("one line", PEM.replace('\n', "\\n")),
        ("one line of a log", PEM.lines().nth(2).unwrap().to_owned()),
        ("without armour", inner.clone()),
        ("wrapped at 48", wrapped(&inner, 48)),
        ("base64", encoded.clone()),
        ("base64 wrapped at 76", wrapped(&encoded, 76)),
        ("cut in the middle of a line", PEM[..120].to_owned()),
    ];
    for (form, text) in &forms {
        let masked = scrubber.mask(text).into_owned();
        for secret in [&inner, &encoded] {
            let chars: Vec<char> = secret.chars().collect();
            // A short last line is all that wrapping may leave.
            let seen = chars.windows(15).any(|window| masked.contains(&window.iter().collect::<String>()));
            assert!(!seen, "{form}: {masked}");
        }
    }
}

#[test]
fn many_secrets_at_once() {
    let scrubber = Scrubber::default();
    let secrets: Vec<String> = (0..200).map(|n| format!("canary-{n}-{}", n * 7919)).collect();
    secrets.iter().for_each(|secret| scrubber.learn(secret));
    let masked = scrubber.mask(&secrets.join(" ")).into_owned();
    assert!(!masked.contains("canary"), "{masked}");
    let clone = scrubber.clone();
    clone.learn("learned later");
    assert_eq!(scrubber.mask("learned later"), "***");
}
