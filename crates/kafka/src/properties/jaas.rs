//! `sasl.jaas.config`: one login module, a control flag and options, ended by `;`.

/// A parsed entry. Option values may be secrets, so this type has no `Debug`.
pub struct Jaas {
    /// Class name without its package: `PlainLoginModule`, `ScramLoginModule`, …
    pub module: String,
    /// Options in order, unquoted.
    pub options: Vec<(String, String)>,
}

impl Jaas {
    /// The last value of an option, as Java's map would keep it.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Parses one JAAS entry. Errors say what is wrong and never repeat the text.
pub fn parse(text: &str) -> Result<Jaas, &'static str> {
    let tokens = tokens(text)?;
    let mut rest = tokens.into_iter().peekable();
    let module = match rest.next() {
        Some(Token::Word(name)) => name.rsplit('.').next().unwrap_or_default().to_owned(),
        Some(_) => return Err("it must begin with the class name of a login module"),
        None => return Err("it is empty"),
    };
    match rest.next() {
        Some(Token::Word(flag))
            if ["required", "requisite", "sufficient", "optional"]
                .iter()
                .any(|known| flag.eq_ignore_ascii_case(known)) => {}
        _ => return Err("the login module must be followed by `required`"),
    }
    let mut options = Vec::new();
    loop {
        match rest.next() {
            Some(Token::End) => break,
            Some(Token::Word(key) | Token::Quoted(key)) => {
                if rest.next() != Some(Token::Equals) {
                    return Err(
                        "an option needs `=` and a value; a value with blanks or `;` needs double quotes",
                    );
                }
                match rest.next() {
                    Some(Token::Word(value) | Token::Quoted(value)) => options.push((key, value)),
                    _ => return Err("an option has no value after `=`"),
                }
            }
            Some(Token::Equals) => return Err("an `=` without an option name before it"),
            None => return Err("it must end with `;`"),
        }
    }
    if rest.next().is_some() {
        return Err("only one login module is possible in a client");
    }
    Ok(Jaas { module, options })
}

#[derive(PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Equals,
    End,
}

/// Java reads this with a `StreamTokenizer`: both quotes, C escapes in quotes, `//`, `/* */` comments.
fn tokens(text: &str) -> Result<Vec<Token>, &'static str> {
    let mut found = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '=' => found.push(Token::Equals),
            ';' => found.push(Token::End),
            '"' | '\'' => found.push(Token::Quoted(quoted(c, &mut chars)?)),
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
            '/' if chars.peek() == Some(&'*') => {
                chars.next();
                comment(&mut chars)?;
            }
            _ => {
                let mut word = String::from(c);
                while let Some(c) =
                    chars.next_if(|c| !c.is_whitespace() && !matches!(c, '=' | ';' | '"' | '\''))
                {
                    word.push(c);
                }
                found.push(Token::Word(word));
            }
        }
    }
    Ok(found)
}

fn comment(chars: &mut impl Iterator<Item = char>) -> Result<(), &'static str> {
    let mut star = false;
    for c in chars {
        if star && c == '/' {
            return Ok(());
        }
        star = c == '*';
    }
    Err("a comment is not closed")
}

fn quoted(
    quote: char,
    chars: &mut std::iter::Peekable<impl Iterator<Item = char>>,
) -> Result<String, &'static str> {
    let mut value = String::new();
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok(value),
            '\n' | '\r' => break,
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some('f') => value.push('\x0c'),
                Some('b') => value.push('\x08'),
                Some('a') => value.push('\x07'),
                Some('v') => value.push('\x0b'),
                Some(first @ '0'..='7') => value.push(octal(first, chars)),
                Some(other) => value.push(other),
                None => break,
            },
            c => value.push(c),
        }
    }
    Err("a quoted value is not closed")
}

/// Up to three octal digits, at most `\377`.
fn octal(first: char, chars: &mut std::iter::Peekable<impl Iterator<Item = char>>) -> char {
    let mut code = first.to_digit(8).expect("the caller matched an octal digit");
    let more = if code <= 3 { 2 } else { 1 };
    for _ in 0..more {
        match chars.peek().and_then(|c| c.to_digit(8)) {
            Some(digit) => {
                code = code * 8 + digit;
                chars.next();
            }
            None => break,
        }
    }
    char::from_u32(code).expect("three octal digits up to 377 are below 256")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> &'static str {
        match parse(text) {
            Ok(_) => panic!("{text:?} was accepted"),
            Err(what) => what,
        }
    }

    #[test]
    fn plain_and_scram() {
        let jaas = parse(
            r#"org.apache.kafka.common.security.scram.ScramLoginModule required username="checkout" password="a \"quoted\" \\ pass;word=1";"#,
        )
        .ok()
        .unwrap();
        assert_eq!(jaas.module, "ScramLoginModule");
        assert_eq!(jaas.option("username"), Some("checkout"));
        assert_eq!(jaas.option("password"), Some(r#"a "quoted" \ pass;word=1"#));
        assert_eq!(jaas.option("missing"), None);
    }

    #[test]
    fn unquoted_single_quoted_and_spread_over_lines() {
        let jaas =
            parse("a.b.PlainLoginModule REQUIRED\n  username=x /* c */ // d\n password='it is \\101';  ")
                .ok()
                .unwrap();
        assert_eq!((jaas.option("username"), jaas.option("password")), (Some("x"), Some("it is A")));
    }

    #[test]
    fn the_last_value_wins_as_in_java() {
        let jaas = parse("M required a=1 a=2;").ok().unwrap();
        assert_eq!(jaas.option("a"), Some("2"));
    }

    #[test]
    fn mistakes_are_told_without_the_text() {
        let secret = "hunter2";
        for text in [
            "",
            ";",
            "M",
            "M username=hunter2;",
            "M required password=\"hunter2",
            "M required password=\"hunter2\"",
            "M required password hunter2;",
            "M required password=;",
            "M required =hunter2;",
            "M required a=b; N required c=d;",
            "M required /* hunter2",
            "M required password=\"hunter2\n\";",
            "M required password=\"hunter2\\",
        ] {
            assert!(!wrong(text).contains(secret), "{text:?}");
        }
    }

    #[test]
    fn hostile_input_never_panics() {
        let alphabet = ['M', ' ', '=', ';', '"', '\'', '\\', '7', '0', '/', '*', '\n', 'é', '\u{1F600}'];
        let mut state = 0x9e37_79b9_u64;
        for _ in 0..20_000 {
            let text: String = (0..24)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    alphabet[usize::try_from(state >> 33).unwrap() % alphabet.len()]
                })
                .collect();
            let _ = parse(&text);
        }
        let _ = parse(&"\"".repeat(100_001));
    }
}
