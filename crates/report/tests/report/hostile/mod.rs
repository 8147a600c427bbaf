//! Hostile content is inert: every payload, in every place a text can come from, in every format.
//!
//! In each format a payload may only be text. So the shape of what is written must be the same as with a harmless text
//! in its place.

mod payloads;

pub use payloads::PAYLOADS;
use pulldown_cmark::{Event, Options as Markdown, Parser, Tag, TagEnd, TextMergeStream};
use report::inert::visible;
use report::{Format, Options, ReportInput, Terminal, UserTemplate, render, terminal};
use runbook::verdict::Scorecard;

use crate::fixture::hostile;

/// What every payload is compared with.
const HARMLESS: &str = "harmless";

fn written(format: Format, input: &ReportInput) -> String {
    render(format, input, &Options::default()).unwrap()
}

fn by_template(name: &str, source: &str, input: &ReportInput) -> String {
    let template = UserTemplate { name: name.to_owned(), source: source.to_owned() };
    render(Format::Html, input, &Options { template: Some(template) }).unwrap()
}

/// Fails with every payload for which `check` finds something.
fn all(check: impl Fn(&ReportInput) -> Option<String>) {
    assert!(PAYLOADS.len() >= 60);
    let harm: Vec<String> = PAYLOADS
        .iter()
        .filter_map(|payload| check(&hostile(payload)).map(|harm| format!("{payload:?}: {harm}")))
        .collect();
    assert!(harm.is_empty(), "{} of {} payloads:\n{}", harm.len(), PAYLOADS.len(), harm.join("\n"));
}

/// A character that nobody sees, or that moves the cursor or the text around it. Line breaks are the format's own.
fn hidden(text: &str) -> Option<String> {
    let found = text.chars().find(|&c| c != '\n' && visible(&c.to_string()) != c.to_string().as_str());
    found.map(|c| format!("{c:?} in the open"))
}

fn differs<T: PartialEq + std::fmt::Debug>(what: &str, is: T, should: T) -> Option<String> {
    (is != should).then(|| format!("{what}: {is:?} instead of {should:?}"))
}

/// How often each character of HTML's own stands there. Escaped text holds none of them, so a payload adds none; this
/// covers text, attributes, and the text of the drawing alike.
fn markup(page: &str) -> [usize; 4] {
    ['<', '>', '"', '\''].map(|mark| page.matches(mark).count())
}

#[test]
fn html() {
    let harmless = markup(&written(Format::Html, &hostile(HARMLESS)));
    all(|input| {
        let page = written(Format::Html, input);
        let stray = page.split('&').skip(1).find(|rest| {
            let name = rest.split(';').next().unwrap_or_default();
            name.len() > 8 || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
        });
        differs("markup", markup(&page), harmless)
            .or_else(|| stray.map(|rest| format!("an ampersand before {:?}", rest.get(..20))))
            .or_else(|| hidden(&page))
    });
}

/// Names of elements and attributes, in order.
fn elements(xml: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    let nodes = document.descendants().filter(roxmltree::Node::is_element);
    nodes
        .map(|node| {
            let attributes: Vec<&str> = node.attributes().map(|attribute| attribute.name()).collect();
            format!("{} {}", node.tag_name().name(), attributes.join(" "))
        })
        .collect()
}

#[test]
fn junit() {
    let harmless = elements(&written(Format::Junit, &hostile(HARMLESS)));
    all(|input| {
        let xml = written(Format::Junit, input);
        differs("elements", elements(&xml), harmless.clone())
            .or_else(|| hidden(&xml))
            .or_else(|| log_command(&xml))
    });
}

/// What a Markdown renderer makes of a text, without its words. Code set by back quotes and by `<code>` is one thing.
fn blocks(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut within_code = false;
    let mut run = String::new();
    for event in TextMergeStream::new(Parser::new_ext(text, Markdown::all())) {
        match &event {
            Event::Text(text) if !within_code => run.push_str(text),
            Event::Text(_) => {}
            // Something parts the text for GitHub, which looks for links in each piece by itself.
            _ => {
                linked(&run)?;
                run.clear();
            }
        }
        match event {
            Event::Text(_) | Event::SoftBreak => {}
            Event::Code(_) => found.push("code".to_owned()),
            Event::InlineHtml(html) => match &*html {
                "<!-- -->" => {}
                "<code>" => within_code = true,
                "</code>" => {
                    within_code = false;
                    found.push("code".to_owned());
                }
                other => return Err(format!("html {other}")),
            },
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                return Err(format!("a link to {dest_url}"));
            }
            Event::Start(tag) => found.push(format!("{tag:?}").chars().take(24).collect()),
            Event::End(TagEnd::Paragraph) => found.push("end".to_owned()),
            Event::End(_) => {}
            other => return Err(format!("{other:?}")),
        }
    }
    linked(&run)?;
    Ok(found)
}

/// What GitHub makes of a piece of text beyond the markup: links, mentions, references, emoji.
fn linked(text: &str) -> Result<(), String> {
    let lower = text.to_ascii_lowercase();
    for start in ["http://", "https://", "ftp://", "mailto:", "xmpp:", "www."] {
        let follows = lower.split(start).skip(1).any(|rest| rest.starts_with(|c: char| !c.is_whitespace()));
        if follows {
            return Err(format!("GitHub links {start} in {text:?}"));
        }
    }
    let letters: Vec<char> = text.chars().collect();
    for (place, &mark) in letters.iter().enumerate() {
        let next = letters.get(place + 1).copied().unwrap_or(' ');
        if (mark == '@' && next.is_alphanumeric()) || (mark == '#' && next.is_ascii_digit()) {
            return Err(format!("GitHub reads {mark}{next} in {text:?}"));
        }
    }
    let emoji = text.split(':').skip(1).any(|name| {
        let known = ["white_check_mark", "+1", "100"];
        known.contains(&name)
    });
    if emoji { Err(format!("GitHub draws an emoji in {text:?}")) } else { Ok(()) }
}

#[test]
fn markdown() {
    let harmless = blocks(&written(Format::Markdown, &hostile(HARMLESS))).unwrap();
    all(|input| {
        let text = written(Format::Markdown, input);
        match blocks(&text) {
            Err(harm) => Some(harm),
            Ok(found) => differs("blocks", found, harmless.clone()),
        }
        .or_else(|| hidden(&text))
        .or_else(|| log_command(&text))
    });
}

/// A line that the system which collects a build's output takes for a command.
fn log_command(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.trim_start().starts_with("::") || line.contains("##["));
    line.or_else(|| text.lines().find(|line| line.contains("##vso[") || line.contains("##teamcity[")))
        .map(str::to_owned)
}

#[test]
fn a_terminal() {
    let harmless = terminal(&hostile(HARMLESS), Terminal::default());
    // A line that begins with a level is a verdict; a payload may not forge one.
    let signs = ["✓", "✗", "! yellow", "? unknown"];
    let verdicts = |text: &str| {
        text.lines().filter(|line| signs.iter().any(|sign| line.trim_start().starts_with(sign))).count()
    };
    all(|input| {
        let plain = terminal(input, Terminal::default());
        let coloured = terminal(input, Terminal { width: 80, color: true });
        let forged = (verdicts(&plain) > verdicts(&harmless)).then(|| "a forged verdict".to_owned());
        hidden(&plain)
            .or_else(|| log_command(&plain))
            .or_else(|| differs("first line", plain.starts_with("OVERRIDE"), true))
            .or_else(|| differs("verdict", plain.lines().any(|line| line.starts_with("✗ red")), true))
            .or(forged)
            .or_else(|| differs("colour", strip(&coloured), Ok(plain.clone())))
    });
}

/// The text without changes of colour and weight; an error for any other escape sequence.
fn strip(text: &str) -> Result<String, String> {
    let mut pieces = text.split('\u{1b}');
    let mut out = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !(c.is_ascii_digit() || c == '[' || c == ';')).unwrap_or(0);
        if !piece.starts_with('[') || piece.as_bytes()[end] != b'm' {
            return Err(format!("ESC {:?}", piece.get(..10)));
        }
        out.push_str(&piece[end + 1..]);
    }
    Ok(out)
}

#[test]
fn json() {
    all(|input| {
        let text = written(Format::Json, input);
        let back: Scorecard = serde_json::from_str(&text).unwrap();
        differs("read back", back == input.scorecard, true)
            .or_else(|| hidden(&text))
            .or_else(|| text.contains(['<', '>', '&']).then(|| "markup in the open".to_owned()))
    });
}

#[test]
fn templates_of_the_user() {
    let html = "<p title=\"{{ run.id }}\" data-all=\"{{ runbook|tojson }}\">{{ run.id }} {{ run.id|code }}\
                <a href=\"{{ run.id|url }}\">x</a></p><svg><text>{{ run.id }}</text></svg>";
    let markdown = "# {{ run.id }}\n\n- {{ run.id }}\n\n| {{ run.id }} | {{ run.id|code }} |\n|---|---|\n| {{ run.id }} | x |\n";
    let page = by_template("a.html", html, &hostile(HARMLESS));
    let shape = blocks(&by_template("a.md", markdown, &hostile(HARMLESS))).unwrap();
    all(|input| {
        let hidden_or = |text: &str| hidden(text);
        let of_html = by_template("a.html", html, input);
        let address = of_html.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let of_markdown = by_template("a.md", markdown, input);
        let csv = by_template("a.csv", "{{ run.id }},{{ run.id }}", input);
        let text = by_template("a.txt", "{{ run.id }}", input);
        let json = by_template("a.json", "[{{ run.id }}, {{ run|tojson }}]", input);
        differs("html", markup(&of_html), markup(&page))
            .or_else(|| differs("address", address.as_str(), "#"))
            .or_else(|| differs("markdown", blocks(&of_markdown), Ok(shape.clone())))
            .or_else(|| csv_field(&csv))
            .or_else(|| log_command(&text))
            .or_else(|| serde_json::from_str::<serde_json::Value>(&json).err().map(|error| error.to_string()))
            .or_else(|| {
                [&of_html, &of_markdown, &csv, &text, &json].into_iter().find_map(|text| hidden_or(text))
            })
    });
}

/// A row of twice the same quoted field, which is no formula.
fn csv_field(row: &str) -> Option<String> {
    let field = &row[1..(row.len() - 3) / 2];
    if row != format!("\"{field}\",\"{field}\"") {
        return Some(format!("not two fields: {row}"));
    }
    let formula = field.trim_start().starts_with(['=', '+', '-', '@']);
    let leaves = field.replace("\"\"", "").contains('"');
    (formula || leaves).then(|| format!("field {field:?}"))
}

/// A gate that was opened against its checks is the first thing a reader is told, in every format.
#[test]
fn an_override_comes_first() {
    let input = hostile(HARMLESS);
    assert!(terminal(&input, Terminal::default()).starts_with("OVERRIDE harmless\n"));
    let markdown = written(Format::Markdown, &input);
    assert!(markdown.starts_with("> **Override:** harmless\n"), "{}", &markdown[..80]);
    let page = written(Format::Html, &input);
    let (_, body) = page.split_once("<body>").unwrap();
    let place = |what: &str| body.find(what).unwrap_or_else(|| panic!("{what} is not there"));
    assert!(place("<strong>Override:</strong> harmless") < place("Cutover scorecard"));
}
