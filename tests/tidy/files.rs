use crate::rust_files;

/// Lines of a file up to its tests.
fn lines_without_tests(text: &str) -> usize {
    text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count()
}

fn is_test(path: &std::path::Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn no_file_is_longer_than_600_lines_without_its_tests() {
    let long: Vec<String> = rust_files()
        .iter()
        .filter(|file| !is_test(&file.path) && lines_without_tests(&file.text) > 600)
        .map(|file| format!("{}: {}", file.path.display(), lines_without_tests(&file.text)))
        .collect();
    assert!(long.is_empty(), "split these:\n{}", long.join("\n"));
}

#[test]
fn the_median_file_is_short() {
    let mut lengths: Vec<usize> = rust_files()
        .iter()
        .filter(|file| !is_test(&file.path))
        .map(|file| lines_without_tests(&file.text))
        .collect();
    lengths.sort_unstable();
    assert!(lengths[lengths.len() / 2] <= 120, "the median file has {} lines", lengths[lengths.len() / 2]);
}

#[test]
fn no_module_is_called_by_what_it_is_not() {
    let vague = ["common", "utils", "util", "core", "imp", "misc", "helpers"];
    let found: Vec<String> = rust_files()
        .iter()
        .filter(|file| {
            file.path.iter().any(|part| vague.contains(&part.to_string_lossy().trim_end_matches(".rs")))
        })
        .map(|file| file.path.display().to_string())
        .collect();
    assert!(found.is_empty(), "name these after what they hold:\n{}", found.join("\n"));
}
