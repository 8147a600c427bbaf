/// A group name in which `*` stands for any text and `?` for one character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(Vec<char>);

impl Glob {
    pub fn new(text: &str) -> Glob {
        Glob(text.chars().collect())
    }

    /// Whether it can match more than itself.
    pub fn is_pattern(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    /// Whether it matches the whole name. Takes no longer than both lengths multiplied.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut in_name) = (0, 0);
        // Where to go on if what follows the last `*` does not fit: that `*` takes one character more.
        let mut last_star: Option<(usize, usize)> = None;
        while in_name < name.len() {
            match self.0.get(at) {
                Some('*') => {
                    last_star = Some((at, in_name));
                    at += 1;
                }
                Some(&wanted) if wanted == '?' || wanted == name[in_name] => {
                    at += 1;
                    in_name += 1;
                }
                _ => match &mut last_star {
                    Some((star, taken)) => {
                        *taken += 1;
                        (at, in_name) = (*star + 1, *taken);
                    }
                    None => return false,
                },
            }
        }
        self.0[at..].iter().all(|rest| *rest == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, without any cleverness.
    fn oracle(glob: &[char], name: &[char]) -> bool {
        match glob.split_first() {
            None => name.is_empty(),
            Some(('*', rest)) => (0..=name.len()).any(|taken| oracle(rest, &name[taken..])),
            Some((wanted, rest)) => name
                .split_first()
                .is_some_and(|(first, others)| (*wanted == '?' || wanted == first) && oracle(rest, others)),
        }
    }

    #[test]
    fn it_matches_what_its_definition_matches() {
        let words = |letters: &[char], longest: u32| -> Vec<String> {
            let mut all = vec![String::new()];
            let mut last = all.clone();
            for _ in 0..longest {
                last =
                    last.iter().flat_map(|word| letters.iter().map(move |c| format!("{word}{c}"))).collect();
                all.extend(last.clone());
            }
            all
        };
        for glob in words(&['a', 'b', '*', '?'], 4) {
            let chars: Vec<char> = glob.chars().collect();
            for name in words(&['a', 'b'], 5) {
                let expected = oracle(&chars, &name.chars().collect::<Vec<_>>());
                assert_eq!(Glob::new(&glob).matches(&name), expected, "{glob} {name}");
            }
        }
    }

    #[test]
    fn a_hostile_pattern_does_not_hang() {
        let name = "a".repeat(10_000);
        assert!(!Glob::new(&format!("{}b", "*a".repeat(200))).matches(&name));
    }
}
