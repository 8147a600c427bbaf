/// What stands between groups of three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// U+202F, a narrow space that does not break: for pages.
    Thin,
    /// For terminals and logs, where a narrow space may be drawn as a box.
    Comma,
}

/// `123456` as `123 456`. Four digits stay together only below 1,000.
pub fn count(number: i128, separator: Separator) -> String {
    let digits = number.unsigned_abs().to_string();
    let between = match separator {
        Separator::Thin => "\u{202f}",
        Separator::Comma => ",",
    };
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * between.len() + 1);
    if number < 0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push_str(between);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_three_from_the_right() {
        let comma = |n| count(n, Separator::Comma);
        assert_eq!(comma(0), "0");
        assert_eq!(comma(999), "999");
        assert_eq!(comma(1_000), "1,000");
        assert_eq!(comma(123_456), "123,456");
        assert_eq!(comma(-2_000_000), "-2,000,000");
        assert_eq!(comma(i128::from(i64::MIN)), "-9,223,372,036,854,775,808");
        assert_eq!(count(123_457, Separator::Thin), "123\u{202f}457");
    }
}
