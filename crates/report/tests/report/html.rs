//! What holds for every page, whatever a browser makes of it.

use base64::Engine;
use report::{Format, Options, ReportInput, render};
use sha2::{Digest, Sha256};

use runbook::verdict::Level;
use runbook::world::PartitionPosition;

use crate::fixture;

fn html(input: &ReportInput) -> String {
    render(Format::Html, input, &Options::default()).unwrap()
}

#[test]
fn the_style_is_the_one_the_policy_names() {
    let page = html(&fixture::lagging()).replace("&#x2f;", "/");
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'");
    assert!(page.contains(&policy), "{policy}");
}

#[test]
fn nothing_runs_and_nothing_is_loaded() {
    for (name, input) in fixture::all() {
        let page = html(&input);
        for wrong in
            ["<script", "<link", "<img", "<iframe", "<object", "<form", " style=", "javascript:", "@import"]
        {
            assert!(!page.contains(wrong), "{name} has {wrong}");
        }
        assert!(!has_handler(&page), "{name}");
        let urls: Vec<&str> =
            page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(urls.iter().all(|url| url.starts_with('#')), "{name}: {urls:?}");
    }
}

/// An attribute such as `onclick=`.
fn has_handler(page: &str) -> bool {
    page.split('<').skip(1).any(|tag| {
        let inside = tag.split('>').next().unwrap();
        inside.split_whitespace().skip(1).any(|word| word.starts_with("on") && word.contains('='))
    })
}

#[test]
fn every_link_has_its_place_and_every_place_is_one() {
    for (name, input) in fixture::all() {
        let page = html(&input);
        let ids: Vec<&str> =
            page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "{name}: an id stands twice");
        for link in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(ids.contains(&link), "{name}: no place for #{link}");
        }
        for label in page.split("aria-labelledby=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(ids.contains(&label), "{name}: no label #{label}");
        }
    }
}

#[test]
fn every_header_has_a_scope_and_every_colour_a_word() {
    for (name, input) in fixture::all() {
        let page = html(&input);
        assert!(!page.contains("<th>"), "{name}");
        assert_eq!(page.matches("<th ").count(), page.matches("<th scope=").count(), "{name}");
        for level in page.split("<span class=\"level ").skip(1) {
            let (word, rest) = level.split_once('"').unwrap();
            assert!(
                rest.split("</span>").nth(1).unwrap().trim() == word,
                "{name}: {word} stands beside its word"
            );
        }
        assert!(page.contains("<html lang=\"en\">"), "{name}");
    }
}

#[test]
fn every_step_and_every_need_is_drawn() {
    let input = fixture::unreachable();
    assert_eq!(input.plan.steps.len(), 40);
    let page = html(&input);
    assert_eq!(page.matches("<li class=\"step").count(), 40);
    assert_eq!(page.matches("<li class=\"step commit\">").count(), 1);
    let needs: usize = input.plan.steps.iter().map(|step| step.needs.len()).sum();
    let into_a_node = page.matches("y2=\"20\"").count();
    assert_eq!(into_a_node, needs);
}

/// Relative luminance contrast of the colours that carry text, as WCAG 2 computes it: 4.5 for ordinary text.
#[test]
fn text_stands_out_from_what_it_stands_on() {
    let style = include_str!("../../templates/html/report.css");
    let color = |name: &str| {
        let value = style.split_once(&format!("--{name}: #")).unwrap().1;
        u32::from_str_radix(&value[..6], 16).unwrap()
    };
    let luminance = |rgb: u32| {
        [16, 8, 0]
            .map(|shift| f64::from((rgb >> shift) & 0xff) / 255.0)
            .map(|c| if c <= 0.039_28 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) })
    };
    let luminance = |rgb| {
        let [r, g, b] = luminance(rgb);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let pairs = [
        ("ink", "paper"),
        ("ink", "wash"),
        ("soft", "paper"),
        ("soft", "wash"),
        ("link", "paper"),
        ("green", "green-wash"),
        ("yellow", "yellow-wash"),
        ("unknown", "unknown-wash"),
        ("red", "red-wash"),
        ("red", "paper"),
        ("ink", "red-wash"),
        ("soft", "red-wash"),
        ("soft", "yellow-wash"),
        ("soft", "unknown-wash"),
        ("soft", "green-wash"),
        ("link", "yellow-wash"),
    ];
    for (text, ground) in pairs {
        let (a, b) = (luminance(color(text)), luminance(color(ground)));
        let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
        assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
    }
}

#[test]
fn a_run_over_very_much_stays_a_page() {
    let mut input = fixture::lagging();
    let table = &mut input.positions[0];
    let exact = table.seen.partitions.last().unwrap().clone();
    table.seen.partitions.extend((0..5_000).map(|n| PartitionPosition { partition: n, ..exact.clone() }));
    let place = ("settlement".to_owned(), "offset-boundary".to_owned());
    let items = &mut input.judgements.get_mut(&place).unwrap().items;
    let good = items.iter().find(|item| item.level == Level::Green).unwrap().clone();
    items.extend(std::iter::repeat_n(good, 20_000));
    let page = html(&input);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(page.contains("And 4\u{202f}804 more partitions"), "what is left out is said");
    assert!(page.contains("And 19\u{202f}802 more, none of them worse"));
    let red = page.find("<td role=\"cell\"><span class=\"level red\">").unwrap();
    let green = page[red..].find("<td role=\"cell\"><span class=\"level green\">");
    assert!(green.is_some(), "the worst items come first");
}

#[test]
fn nothing_judged_is_never_told_as_good() {
    let page = html(&fixture::empty());
    assert!(!page.contains("is green"), "no sentence says that anything is green");
    assert!(page.contains("nothing is known"));
}
