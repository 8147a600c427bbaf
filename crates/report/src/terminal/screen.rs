use anstyle::{AnsiColor, Style};
use runbook::verdict::Level;
use unicode_width::UnicodeWidthChar;

use crate::inert;

/// Words with a style.
#[derive(Clone, Debug)]
pub(super) struct Span {
    text: String,
    style: Style,
}

/// A blank at which a line is not broken.
const HARD_BLANK: char = '\u{a0}';

impl Span {
    pub fn plain(text: impl AsRef<str>) -> Span {
        Span { text: inert::terminal(text.as_ref()), style: Style::new() }
    }

    pub fn strong(text: impl AsRef<str>) -> Span {
        Span { style: Style::new().bold(), ..Span::plain(text) }
    }

    pub fn faint(text: impl AsRef<str>) -> Span {
        Span { style: Style::new().dimmed(), ..Span::plain(text) }
    }

    /// Sign and word of a level, nine columns wide.
    pub fn level(level: Level) -> Span {
        let color = match level {
            Level::Green => AnsiColor::Green,
            Level::Yellow => AnsiColor::Yellow,
            Level::Unknown => AnsiColor::Magenta,
            Level::Red => AnsiColor::Red,
        };
        let style = Style::new().fg_color(Some(color.into())).bold();
        Span { text: format!("{}{HARD_BLANK}{}", level.sign(), level.word()), style }
    }

    pub fn columns(&self) -> usize {
        width(&self.text)
    }

    /// Filled with blanks up to `columns`.
    pub fn wide(mut self, columns: usize) -> Span {
        let missing = columns.saturating_sub(width(&self.text));
        self.text = self.text.replace(' ', &HARD_BLANK.to_string());
        self.text.extend(std::iter::repeat_n(HARD_BLANK, missing));
        self
    }
}

/// Lines of at most so many columns.
#[derive(Debug)]
pub(super) struct Screen {
    pub width: usize,
    color: bool,
    out: String,
}

impl Screen {
    pub fn new(width: usize, color: bool) -> Screen {
        Screen { width, color, out: String::new() }
    }

    pub fn finish(self) -> String {
        self.out
    }

    pub fn blank(&mut self) {
        self.out.push('\n');
    }

    /// A blank line and a title.
    pub fn heading(&mut self, title: &str) {
        self.blank();
        self.line(0, 0, &[Span::strong(title)]);
    }

    /// Writes spans one after the other, broken at blanks: the first line `first` columns in, the others `rest`.
    pub fn line(&mut self, first: usize, rest: usize, spans: &[Span]) {
        let mut column = first;
        let mut line: Vec<(char, Style)> = Vec::new();
        self.out.push_str(&" ".repeat(first));
        let mut blank_before = false;
        for word in words(spans) {
            let wide: usize = word.iter().map(|(c, _)| char_width(*c)).sum();
            let space = usize::from(blank_before && !line.is_empty());
            if column + space + wide > self.width && !line.is_empty() {
                self.flush(&mut line);
                self.out.push_str(&" ".repeat(rest));
                column = rest;
            } else if space == 1 {
                line.push((' ', Style::new()));
                column += 1;
            }
            for (character, style) in word {
                // A word wider than the screen is broken where the line ends.
                if column + char_width(character) > self.width && column > rest {
                    self.flush(&mut line);
                    self.out.push_str(&" ".repeat(rest));
                    column = rest;
                }
                line.push((character, style));
                column += char_width(character);
            }
            blank_before = true;
        }
        self.flush(&mut line);
    }

    fn flush(&mut self, line: &mut Vec<(char, Style)>) {
        while line.last().is_some_and(|(c, _)| *c == ' ' || *c == HARD_BLANK) {
            line.pop();
        }
        let mut current = Style::new();
        for (character, style) in line.drain(..) {
            if self.color && style != current {
                self.out.push_str(&format!("{}{}", current.render_reset(), style.render()));
                current = style;
            }
            self.out.push(if character == HARD_BLANK { ' ' } else { character });
        }
        if self.color {
            self.out.push_str(&current.render_reset().to_string());
        }
        // A line of nothing but indentation says nothing.
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }
}

/// The words of spans; two spans with no blank between them share a word.
fn words(spans: &[Span]) -> Vec<Vec<(char, Style)>> {
    let mut words = vec![Vec::new()];
    for span in spans {
        for character in span.text.chars() {
            match (character, words.last_mut()) {
                (' ', _) => words.push(Vec::new()),
                (other, Some(word)) => word.push((other, span.style)),
                (_, None) => {}
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn char_width(character: char) -> usize {
    character.width().unwrap_or(0)
}

pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(width: usize, first: usize, rest: usize, spans: &[Span]) -> String {
        let mut screen = Screen::new(width, false);
        screen.line(first, rest, spans);
        screen.finish()
    }

    #[test]
    fn lines_break_at_blanks_and_hang() {
        let spans = [Span::plain("one two three four")];
        assert_eq!(text(12, 2, 4, &spans), "  one two\n    three\n    four\n");
    }

    #[test]
    fn a_long_word_is_broken_where_the_line_ends() {
        assert_eq!(text(10, 0, 2, &[Span::plain("abcdefghijklmno")]), "abcdefghij\n  klmno\n");
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(text(6, 0, 0, &[Span::plain("注文 注文")]), "注文\n注文\n");
    }

    #[test]
    fn colour_changes_no_letter() {
        let spans = [Span::level(Level::Red), Span::plain(" x "), Span::faint("y")];
        let mut screen = Screen::new(40, true);
        screen.line(0, 0, &spans);
        let coloured = screen.finish();
        assert!(coloured.contains('\u{1b}'));
        let mut bare = String::new();
        let mut inside = false;
        for character in coloured.chars() {
            match character {
                '\u{1b}' => inside = true,
                'm' if inside => inside = false,
                _ if inside => {}
                other => bare.push(other),
            }
        }
        assert_eq!(bare, text(40, 0, 0, &spans));
    }
}
