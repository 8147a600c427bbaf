//! `${env:NAME}`, `${file:/path:key}`, `${dir:/path:file}`: Kafka's configuration providers.

use super::lexer;
use super::surroundings::Surroundings;
use std::collections::BTreeMap;
use std::path::Path;

/// Which provider a name in `${name:…}` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// An environment variable.
    Env,
    /// A key of another properties file.
    File,
    /// A whole file in a directory.
    Directory,
}

/// Provider names of one configuration: the built-in ones and those of `config.providers`.
#[derive(Debug, Clone)]
pub struct Providers(BTreeMap<String, Provider>);

impl Default for Providers {
    fn default() -> Self {
        let known = [
            ("env", Provider::Env),
            ("file", Provider::File),
            ("dir", Provider::Directory),
            ("directory", Provider::Directory),
        ];
        Providers(known.into_iter().map(|(name, provider)| (name.to_owned(), provider)).collect())
    }
}

impl Providers {
    /// Adds `config.providers.<name>.class = <class>`; false for a class this program does not know.
    pub fn declare(&mut self, name: &str, class: &str) -> bool {
        let provider = match class.rsplit('.').next().unwrap_or_default() {
            "EnvVarConfigProvider" => Provider::Env,
            "FileConfigProvider" => Provider::File,
            "DirectoryConfigProvider" => Provider::Directory,
            _ => return false,
        };
        self.0.insert(name.to_owned(), provider);
        true
    }
}

/// A value after its references were replaced.
pub struct Resolved {
    /// The text.
    pub text: String,
    /// True if any of it came from elsewhere: then it is never repeated in a message.
    pub referenced: bool,
}

/// Replaces every reference, once (what a reference yields is not looked at again). Errors name the reference, never a value.
pub fn resolve(value: &str, providers: &Providers, around: &dyn Surroundings) -> Result<Resolved, String> {
    let mut text = String::with_capacity(value.len());
    let mut referenced = false;
    let mut rest = value;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let inner = &rest[start + 2..start + length];
        let Some((name, argument)) = inner.split_once(':') else {
            // Kafka leaves `${x}` without a provider alone; so do we.
            text.push_str(&rest[..=start + length]);
            rest = &rest[start + length + 1..];
            continue;
        };
        let Some(provider) = providers.0.get(name) else {
            return Err(format!(
                "`${{{}:…}}` names no configuration provider; known: {}",
                printable(name),
                providers.0.keys().cloned().collect::<Vec<_>>().join(", ")
            ));
        };
        text.push_str(&rest[..start]);
        text.push_str(&look_up(*provider, argument, around)?);
        referenced = true;
        rest = &rest[start + length + 1..];
    }
    text.push_str(rest);
    if text.contains('\0') {
        return Err("a reference yields a NUL character".to_owned());
    }
    Ok(Resolved { text, referenced })
}

/// True if the whole value is one reference.
pub fn is_one_reference(value: &str) -> bool {
    let value = value.trim();
    value.starts_with("${") && value.find('}') == Some(value.len() - 1)
}

fn look_up(provider: Provider, argument: &str, around: &dyn Surroundings) -> Result<String, String> {
    let shown = printable(argument);
    match provider {
        Provider::Env => around.env(argument).ok_or_else(|| {
            format!("the environment variable {shown} is not set (or is not UTF-8): export it before the run")
        }),
        Provider::File => {
            let (path, key) = argument
                .rsplit_once(':')
                .ok_or_else(|| format!("`${{file:{shown}}}` needs a path and a key: ${{file:/path:key}}"))?;
            let bytes = around.file(Path::new(path)).map_err(|e| format!("{}: {e}", printable(path)))?;
            let text = decode(bytes);
            let (entries, _) = lexer::entries(&text);
            let found = entries.into_iter().rev().find(|entry| entry.key == key);
            found
                .map(|entry| entry.value)
                .ok_or_else(|| format!("{} has no key {}", printable(path), printable(key)))
        }
        Provider::Directory => {
            let (path, file) = argument.rsplit_once(':').ok_or_else(|| {
                format!("`${{dir:{shown}}}` needs a directory and a file: ${{dir:/path:file}}")
            })?;
            if file.is_empty() || file.contains(['/', '\\']) || file == ".." {
                return Err(format!("`{}` in ${{dir:…}} must be a plain file name", printable(file)));
            }
            let whole = Path::new(path).join(file);
            let bytes = around.file(&whole).map_err(|e| format!("{}: {e}", whole.display()))?;
            let mut text =
                String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", whole.display()))?;
            // Editors end a file with a newline; no credential does.
            if text.ends_with('\n') {
                text.pop();
                if text.ends_with('\r') {
                    text.pop();
                }
            }
            Ok(text)
        }
    }
}

/// UTF-8, or else ISO-8859-1, which is what Java reads.
pub(super) fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| e.into_bytes().into_iter().map(char::from).collect())
}

fn printable(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::path::PathBuf;

    #[derive(Default)]
    struct Fake {
        env: BTreeMap<&'static str, &'static str>,
        files: BTreeMap<PathBuf, &'static [u8]>,
    }

    impl Surroundings for Fake {
        fn env(&self, name: &str) -> Option<String> {
            self.env.get(name).map(|value| (*value).to_owned())
        }
        fn file(&self, path: &Path) -> io::Result<Vec<u8>> {
            self.files.get(path).map(|bytes| bytes.to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
        }
        fn exists(&self, path: &Path) -> bool {
            self.files.contains_key(path)
        }
    }

    fn fake() -> Fake {
        Fake {
            env: BTreeMap::from([("PW", "hunter2"), ("NESTED", "${env:PW}")]),
            files: BTreeMap::from([
                (PathBuf::from("/s/creds"), &b"user = ann\npass: a=b;\\u0041\nuser=bob"[..]),
                (PathBuf::from("/s/raw"), &b"line\r\n"[..]),
                (PathBuf::from("C:/s/win"), &b"k=v"[..]),
            ]),
        }
    }

    fn text(value: &str) -> Result<String, String> {
        resolve(value, &Providers::default(), &fake()).map(|resolved| resolved.text)
    }

    #[test]
    fn each_provider() {
        assert_eq!(text("a${env:PW}b${env:PW}").unwrap(), "ahunter2bhunter2");
        assert_eq!(text("${file:/s/creds:user}").unwrap(), "bob");
        assert_eq!(text("${file:/s/creds:pass}").unwrap(), "a=b;A");
        assert_eq!(text("${file:C:/s/win:k}").unwrap(), "v");
        assert_eq!(text("${dir:/s:raw}").unwrap(), "line");
        assert_eq!(text("${directory:/s:raw}").unwrap(), "line");
    }

    #[test]
    fn what_is_no_reference_stays_and_nothing_is_resolved_twice() {
        for same in ["plain", "$", "${", "${open", "${name}", "a$b{c}", "}"] {
            assert_eq!(text(same).unwrap(), same);
        }
        assert_eq!(text("${env:NESTED}").unwrap(), "${env:PW}");
    }

    #[test]
    fn failures_name_the_reference_and_never_a_value() {
        for (value, part) in [
            ("${env:NOPE}", "NOPE"),
            ("${vault:x}", "vault"),
            ("${file:/s/none:k}", "/s/none"),
            ("${file:/s/creds:zz}", "zz"),
            ("${file:x}", "needs a path"),
            ("${dir:/s:../creds}", "plain file name"),
            ("${dir:/s:none}", "none"),
        ] {
            let error = text(value).unwrap_err();
            assert!(error.contains(part) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn declared_names() {
        let mut providers = Providers::default();
        assert!(providers.declare("secrets", "org.apache.kafka.common.config.provider.FileConfigProvider"));
        assert!(!providers.declare("vault", "com.example.VaultProvider"));
        assert_eq!(resolve("${secrets:/s/creds:user}", &providers, &fake()).ok().unwrap().text, "bob");
    }
}
