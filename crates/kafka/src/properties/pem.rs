//! PEM text, and telling it apart from the stores it is mistaken for.

/// What a file of keys or certificates holds, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// Text between `-----BEGIN` and `-----END`.
    Pem,
    /// Java key store.
    Jks,
    /// PKCS#12.
    Pkcs12,
    /// Something else.
    Other,
}

/// Looks at the content, since the declared type is often absent and sometimes wrong.
pub fn kind_of(bytes: &[u8]) -> StoreKind {
    const JKS_MAGIC: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
    const DER_SEQUENCE: u8 = 0x30;
    match bytes {
        _ if bytes.starts_with(&JKS_MAGIC) => StoreKind::Jks,
        _ if contains(bytes, b"-----BEGIN ") => StoreKind::Pem,
        [DER_SEQUENCE, 0x80..=0x84, ..] => StoreKind::Pkcs12,
        _ => StoreKind::Other,
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Brings inline PEM back into lines: in a properties file its newlines are usually blanks.
/// Returns only the blocks, in order; None if there is none.
pub fn rewrap(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("-----BEGIN ") {
        let after = &rest[start + "-----BEGIN ".len()..];
        let (label, after) = after.split_once("-----")?;
        let end = format!("-----END {label}-----");
        let (body, after) = after.split_once(end.as_str())?;
        out.push_str(&format!("-----BEGIN {label}-----\n"));
        // `Proc-Type:` and `DEK-Info:` headers of old encrypted keys need their own lines.
        let headers = body.lines().filter(|line| line.contains(": ")).map(str::trim);
        let mut any = false;
        for header in headers {
            out.push_str(header);
            out.push('\n');
            any = true;
        }
        if any {
            out.push('\n');
        }
        let base64: String = body
            .lines()
            .filter(|line| !line.contains(": "))
            .flat_map(str::chars)
            .filter(|c| !c.is_whitespace())
            .collect();
        let mut column = 0;
        for c in base64.chars() {
            out.push(c);
            column += 1;
            if column == 64 {
                out.push('\n');
                column = 0;
            }
        }
        if column > 0 {
            out.push('\n');
        }
        out.push_str(&end);
        out.push('\n');
        rest = after;
    }
    (!out.is_empty()).then_some(out)
}

/// Labels of the blocks in a PEM text, such as `CERTIFICATE` and `ENCRYPTED PRIVATE KEY`.
pub fn labels(text: &str) -> Vec<&str> {
    text.split("-----BEGIN ")
        .skip(1)
        .filter_map(|after| after.split_once("-----").map(|(label, _)| label))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(kind_of(b"\xfe\xed\xfe\xed\x00\x00"), StoreKind::Jks);
        assert_eq!(kind_of(b"\x30\x82\x0a\x00"), StoreKind::Pkcs12);
        assert_eq!(kind_of(b"# my ca\n-----BEGIN CERTIFICATE-----\n"), StoreKind::Pem);
        assert_eq!(kind_of(b""), StoreKind::Other);
        assert_eq!(kind_of(b"0"), StoreKind::Other);
    }

    #[test]
    fn inline_pem_gets_its_lines_back() {
        let body = "A".repeat(70);
        let inline = format!(
            "-----BEGIN CERTIFICATE----- {body} -----END CERTIFICATE----- -----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----"
        );
        let wrapped = rewrap(&inline).unwrap();
        let lines: Vec<&str> = wrapped.lines().collect();
        assert_eq!(lines[1].len(), 64);
        assert_eq!(lines[2].len(), 6);
        assert_eq!(labels(&wrapped), ["CERTIFICATE", "PRIVATE KEY"]);
        assert_eq!(rewrap(&wrapped).unwrap(), wrapped, "wrapping twice changes nothing");
    }

    #[test]
    fn headers_of_old_keys_survive() {
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nQUJD\n-----END RSA PRIVATE KEY-----\n";
        assert_eq!(rewrap(old).unwrap(), old);
    }

    #[test]
    fn no_block_or_a_broken_one() {
        for text in ["", "hello", "-----BEGIN X-----", "-----BEGIN X----- a -----END Y-----", "-----BEGIN "] {
            assert_eq!(rewrap(text), None, "{text:?}");
        }
    }
}
