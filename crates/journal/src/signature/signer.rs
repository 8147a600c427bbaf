use ssh_key::{Algorithm, EcdsaCurve, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

use super::NAMESPACE;

/// A private key that signs. It is never shown or stored.
pub struct Signer {
    key: PrivateKey,
}

/// Why a file does not sign. No part of the file is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("it is locked with a passphrase")]
    Locked,
    #[error("the passphrase does not open it")]
    WrongPassphrase,
    #[error(
        "it is a public key; the private key signs, and one that only ssh-agent or a token holds cannot be used here"
    )]
    Public,
    #[error("a key of kind {0} cannot sign here; ssh-ed25519 and ecdsa-sha2-nistp256 can")]
    Kind(String),
    #[error("it is no private key in OpenSSH's form")]
    NotAKey,
    #[error("it cannot sign")]
    CannotSign,
}

impl Signer {
    /// The key in a file; `passphrase` opens a locked one.
    ///
    /// # Errors
    /// [`KeyError::Locked`] when a passphrase is needed and none was given.
    pub fn read(bytes: &[u8], passphrase: Option<&str>) -> Result<Signer, KeyError> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        if PublicKey::from_openssh(text.trim()).is_ok() {
            return Err(KeyError::Public);
        }
        let key = PrivateKey::from_openssh(bytes).map_err(|_| KeyError::NotAKey)?;
        match key.algorithm() {
            Algorithm::Ed25519 | Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 } => {}
            other => return Err(KeyError::Kind(other.to_string())),
        }
        if !key.is_encrypted() {
            return Ok(Signer { key });
        }
        let passphrase = passphrase.ok_or(KeyError::Locked)?;
        let key = key.decrypt(passphrase).map_err(|_| KeyError::WrongPassphrase)?;
        Ok(Signer { key })
    }

    /// Its public half: kind and base64.
    pub fn public_key(&self) -> String {
        let mut public = self.key.public_key().clone();
        public.set_comment("");
        public.to_openssh().unwrap_or_default().trim().to_owned()
    }

    /// The signature of a document, in armour.
    pub fn sign(&self, document: &str) -> Result<String, KeyError> {
        SshSig::sign(&self.key, NAMESPACE, HashAlg::Sha512, document.as_bytes())
            .and_then(|signature| signature.to_pem(LineEnding::LF))
            .map_err(|_| KeyError::CannotSign)
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("public_key", &self.public_key()).finish_non_exhaustive()
    }
}
