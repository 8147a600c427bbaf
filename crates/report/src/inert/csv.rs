use super::visible;

/// A quoted CSV field that no spreadsheet takes for a formula.
pub fn csv(text: &str) -> String {
    let shown = visible(text);
    let formula = shown
        .trim_start()
        .starts_with(['=', '+', '-', '@', '|', '%', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    let number = shown.parse::<f64>().is_ok_and(f64::is_finite);
    let guard = if formula && !number { "'" } else { "" };
    format!("\"{guard}{}\"", shown.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::csv;

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        assert_eq!(csv("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(csv(" @SUM(1)"), "\"' @SUM(1)\"");
        assert_eq!(csv("-5"), "\"-5\"");
        assert_eq!(csv("orders"), "\"orders\"");
    }
}
