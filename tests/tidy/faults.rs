//! The page on faults names tests that are there.

use super::rust_files;

#[test]
fn every_test_named_on_the_page_of_faults_is_there() {
    let page = std::fs::read_to_string(cutover_tests::repository().join("docs/faults.md")).unwrap();
    let files = rust_files();
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(|name| name.contains('_')).collect();
    assert!(named.len() > 30, "only {} tests are named", named.len());
    for name in named {
        let declared = format!("fn {name}(");
        assert!(files.iter().any(|file| file.text.contains(&declared)), "there is no test {name}");
    }
}
