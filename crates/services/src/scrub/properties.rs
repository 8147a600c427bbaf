//! What must hold for every secret and every text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::Scrubber;

/// Secrets as people and vaults make them.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{8,60}", "[A-Za-z0-9+/=_.-]{8,200}", "\\PC{8,40}", "[a-z0-9\n]{40,300}"]
        .prop_filter("a secret is more than blanks", |secret| secret.trim().chars().count() >= 8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_known_secret_is_never_left(secret in secret(), before in "\\PC{0,20}", after in "\\PC{0,20}") {
        let scrubber = Scrubber::default();
        scrubber.learn(&secret);
        let json = serde_json::to_string(&secret).unwrap();
        for form in [
            secret.clone(),
            json[1..json.len() - 1].to_owned(),
            STANDARD.encode(&secret),
            secret.bytes().map(|byte| format!("{byte:02X}")).collect(),
            secret.escape_debug().to_string(),
        ] {
            let text = format!("{before}{form}{after}");
            let masked = scrubber.mask(&text).into_owned();
            prop_assert!(!masked.contains(&form), "{masked}");
            prop_assert!(masked.contains("***"), "{masked}");
        }
        let inside = STANDARD.encode(format!("{before}{secret}{after}"));
        prop_assert!(scrubber.mask(&inside).contains("***"));
        let excerpt = scrubber.excerpt(format!("{before}{secret}{after}").as_bytes(), true);
        prop_assert!(!excerpt.contains(secret.trim()), "{}", excerpt);
    }

    #[test]
    fn a_secret_cut_anywhere_is_not_left_at_the_end(secret in "[ -~]{8,60}", at in 0_usize..60) {
        let scrubber = Scrubber::default();
        scrubber.learn(&secret);
        let cut = &secret[..at.min(secret.len())];
        let excerpt = scrubber.excerpt(format!("see |{cut}").as_bytes(), true);
        prop_assert!(cut.trim().is_empty() || !excerpt.contains(&format!("|{}", cut.trim_end())), "{}", excerpt);
    }

    #[test]
    fn nothing_panics_and_harmless_text_stays(text in "[a-z0-9 .,\n]{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let scrubber = Scrubber::default();
        scrubber.learn("Kx7#qWe!2");
        prop_assert_eq!(scrubber.mask(&text).into_owned(), text);
        scrubber.excerpt(&bytes, true);
        let excerpt = scrubber.excerpt(&bytes, false);
        prop_assert!(!excerpt.chars().any(|c| c.is_control() && !"\n\t".contains(c)));
    }
}
