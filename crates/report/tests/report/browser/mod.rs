//! Pages as a browser shows them: on a phone, on a desk, on paper.

mod cdp;

use std::path::PathBuf;

use cdp::Browser;
use report::{Format, Options, ReportInput, render};
use serde_json::Value;

use crate::fixture;
use crate::hostile::PAYLOADS;

/// The browser, or a message nobody can overlook.
fn browser() -> Option<Browser> {
    let browser = Browser::start();
    if browser.is_none() {
        let line = "=".repeat(100);
        eprintln!("{line}\nSKIPPED: no Chromium here (PATH, or CHROMIUM=…). No page was looked at.\n{line}");
    }
    browser
}

fn pages(inputs: Vec<(&'static str, ReportInput)>) -> (tempfile::TempDir, Vec<(&'static str, PathBuf)>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(name, input): (&'static str, ReportInput)| {
        let path = folder.path().join(format!("{name}.html"));
        std::fs::write(&path, render(Format::Html, &input, &Options::default()).unwrap()).unwrap();
        (name, path)
    };
    let paths = inputs.into_iter().map(write).collect();
    (folder, paths)
}

/// Everything that stands out to the right of the window, with the words in it.
const TOO_WIDE: &str = "(() => {
  const width = document.documentElement.clientWidth;
  const out = [...document.querySelectorAll('body *')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1 && !e.closest('.hidden, thead');
  });
  return { scroll: document.documentElement.scrollWidth, width,
           out: out.slice(0, 5).map(e => e.tagName + '.' + e.className + ': ' + e.textContent.trim().slice(0, 60)) };
})()";

#[test]
fn pages_fit_a_phone_and_a_desk_and_load_nothing() {
    let Some(mut browser) = browser() else { return };
    let long = "a-topic-whose-name-has-no-end.".repeat(12);
    let mut inputs = fixture::all();
    inputs.push(("long", fixture::hostile(&long)));
    let (_folder, paths) = pages(inputs);
    for (name, path) in paths {
        for (width, height) in [(390, 844), (1280, 900)] {
            let mut page = browser.page();
            page.size(width, height);
            page.open(&path);
            let measured = page.ask(TOO_WIDE);
            assert_eq!(measured["width"], width, "{name}: the window has the width that was asked for");
            assert!(
                measured["scroll"].as_u64().unwrap() <= u64::from(width),
                "{name} at {width}: {measured}"
            );
            assert_eq!(measured["out"], Value::Array(Vec::new()), "{name} at {width}");
            let text = page.ask("document.body.innerText.trim().length").as_u64().unwrap();
            assert!(text > 400, "{name} at {width} shows {text} letters");
            let ground = page.ask("getComputedStyle(document.querySelector('.verdict')).borderLeftStyle");
            assert_eq!(ground, "solid", "{name}: the style sheet is in force");
            assert_eq!(page.complaints(), Vec::<String>::new(), "{name} at {width}");
            assert_eq!(page.requests(), [format!("file://{}", path.display())], "{name} at {width}");
        }
    }
}

#[test]
fn the_drawing_stands_beside_its_words() {
    let Some(mut browser) = browser() else { return };
    let (_folder, paths) = pages(vec![("forty", fixture::unreachable())]);
    for width in [390, 1280] {
        let mut page = browser.page();
        page.size(width, 900);
        page.open(&paths[0].1);
        // A node is a shape of the drawing; its row's first line of words stands at the same height.
        let far = page.ask(
            "[...document.querySelectorAll('.plan .step')].filter(step => {
               const node = step.querySelector('.node').getBoundingClientRect();
               const name = step.querySelector('.name').getBoundingClientRect();
               const middle = node.top + node.height / 2;
               return middle < name.top - 2 || middle > name.bottom + 2 || node.right > name.left;
             }).map(step => step.textContent.trim().slice(0, 40))",
        );
        assert_eq!(far, Value::Array(Vec::new()), "at {width}");
        // Rows follow one another without a gap, so the lines are whole.
        let gaps = page.ask(
            "[...document.querySelectorAll('.plan .drawn')].map(e => e.getBoundingClientRect())
               .filter((box, i, all) => i > 0 && Math.abs(box.top - all[i - 1].bottom) > 0.6).length",
        );
        assert_eq!(gaps, 0, "at {width}");
        let readable = page.ask("Math.min(...[...document.querySelectorAll('.plan p')].map(e => parseFloat(getComputedStyle(e).fontSize)))");
        assert!(readable.as_f64().unwrap() >= 12.0, "at {width}: {readable}");
    }
}

#[test]
fn on_paper_everything_is_open_and_no_row_may_be_cut() {
    let Some(mut browser) = browser() else { return };
    let (_folder, paths) = pages(vec![("lagging", fixture::lagging())]);
    let mut page = browser.page();
    // The width between the margins of A4.
    page.size(680, 900);
    page.open(&paths[0].1);
    page.print_media(true);
    let closed = page.ask(
        "[...document.querySelectorAll('details .inside')].filter(e => e.getBoundingClientRect().height < 10).length",
    );
    assert_eq!(closed, 0, "a closed detail would be lost on paper");
    let cut = page.ask(
        "[...document.querySelectorAll('tr, li.step, figure, .verdict, .found')]
           .filter(e => getComputedStyle(e).breakInside !== 'avoid').length",
    );
    assert_eq!(cut, 0);
    let heads = page.ask(
        "[...document.querySelectorAll('thead')].filter(e => getComputedStyle(e).display !== 'table-header-group').length",
    );
    assert_eq!(heads, 0, "the head of a table comes again on each page");
    assert!(page.ask(TOO_WIDE)["scroll"].as_u64().unwrap() <= 680);
    let pdf = page.pdf();
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 20_000, "{} bytes", pdf.len());
}

/// The skeleton of the page as the browser built it.
const SKELETON: &str = "[...document.querySelectorAll('*')].map(e => e.tagName + ' ' + e.getAttributeNames().join(' ')).join('\\n')";

#[test]
fn hostile_text_is_text_to_a_browser() {
    let Some(mut browser) = browser() else { return };
    let mut inputs = vec![("harmless", fixture::hostile("harmless"))];
    inputs.extend(PAYLOADS.iter().map(|payload| ("payload", fixture::hostile(payload))));
    let folder = tempfile::tempdir().unwrap();
    let mut page = browser.page();
    page.size(1280, 900);
    let mut skeleton = Value::Null;
    for (place, (name, input)) in inputs.iter().enumerate() {
        let path = folder.path().join(format!("{place}.html"));
        std::fs::write(&path, render(Format::Html, input, &Options::default()).unwrap()).unwrap();
        page.open(&path);
        let built = page.ask(SKELETON);
        if *name == "harmless" {
            skeleton = built;
            continue;
        }
        let payload = PAYLOADS[place - 1];
        assert!(built == skeleton, "{payload:?} built something");
        assert_eq!(page.requests().len(), place + 1, "{payload:?}: {:?}", page.requests().last());
        assert_eq!(page.complaints(), Vec::<String>::new(), "{payload:?}");
    }
}
