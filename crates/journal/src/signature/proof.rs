use ssh_key::{PublicKey, SshSig};

/// What a signature is for, in OpenSSH's words: one made for something else is none of ours.
pub const NAMESPACE: &str = "cutover";

/// Longer is no signature of one key.
const LONGEST: usize = 8 << 10;

/// The public key (kind and base64) whose signature over `document` this is. Whose key it is, is another question.
///
/// # Errors
/// What does not fit, in words.
pub fn verified_key(document: &str, signature: &str) -> Result<String, String> {
    if signature.len() > LONGEST {
        return Err("the signature is longer than any of one key".to_owned());
    }
    let signature =
        SshSig::from_pem(signature).map_err(|error| format!("the signature cannot be read: {error}"))?;
    let key = PublicKey::from(signature.public_key().clone());
    key.verify(NAMESPACE, document.as_bytes(), &signature)
        .map_err(|_| "the signature is not of this document".to_owned())?;
    key.to_openssh().map_err(|error| format!("the signature's key cannot be written: {error}"))
}
