use crate::rust_files;

/// Words that must not stand in code, with why.
const FORBIDDEN: [(&str, &str); 5] = [
    (concat!("TO", "DO"), "finish it or file an issue"),
    (concat!("FIX", "ME"), "finish it or file an issue"),
    (concat!("#[", "allow("), "use #[expect(lint, reason = …)]"),
    (concat!("src_", "cluster"), "say source and target"),
    (concat!("alter_", "configs("), "the legacy call resets what is not named"),
];

#[test]
fn forbidden_words_do_not_stand_in_code() {
    let mut found = Vec::new();
    for file in rust_files() {
        for (number, line) in file.text.lines().enumerate() {
            for (word, why) in FORBIDDEN {
                if line.contains(word) {
                    found.push(format!("{}:{}: {word}: {why}", file.path.display(), number + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn nothing_is_unsafe() {
    let found: Vec<String> = rust_files()
        .iter()
        .filter(|file| {
            let word = concat!("unsa", "fe ");
            file.text
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(&format!("{word}{{")))
        })
        .map(|file| file.path.display().to_string())
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
