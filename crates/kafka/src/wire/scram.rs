//! The client's part of SCRAM (RFC 5802) with SHA-256 and SHA-512, as Kafka uses it: no channel binding, no SASLprep.

use openssl::base64::{decode_block, encode_block};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkcs5::pbkdf2_hmac;
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// Fewer would weaken the password's protection; Kafka's brokers refuse to store less.
const LEAST_ITERATIONS: usize = 4_096;
/// More would let whatever answers at the address keep us busy for minutes.
const MOST_ITERATIONS: usize = 1_000_000;

/// A login under way.
pub(super) struct Scram {
    digest: MessageDigest,
    nonce: String,
    first_bare: String,
    server_signature: Option<Vec<u8>>,
}

impl Scram {
    /// `nonce` must be fresh random printable ASCII without a comma.
    pub fn new(digest: MessageDigest, username: &str, nonce: String) -> Self {
        let name = username.replace('=', "=3D").replace(',', "=2C");
        let first_bare = format!("n={name},r={nonce}");
        Scram { digest, nonce, first_bare, server_signature: None }
    }

    /// The first message.
    pub fn first(&self) -> String {
        format!("n,,{}", self.first_bare)
    }

    /// Answers the server's challenge with the proof. Errors never hold the password.
    pub fn answer(&mut self, challenge: &str, password: &str) -> Result<String, String> {
        if let Some(error) = field(challenge, "e=") {
            return Err(format!("the broker refused: {error}"));
        }
        let malformed = || "the broker's SCRAM challenge is malformed".to_owned();
        let nonce = field(challenge, "r=").ok_or_else(malformed)?;
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err("the broker's SCRAM challenge does not answer ours".to_owned());
        }
        let salt = field(challenge, "s=").and_then(|salt| decode_block(salt).ok()).ok_or_else(malformed)?;
        let iterations: usize =
            field(challenge, "i=").and_then(|count| count.parse().ok()).ok_or_else(malformed)?;
        if !(LEAST_ITERATIONS..=MOST_ITERATIONS).contains(&iterations) {
            return Err(format!(
                "the broker asks for {iterations} SCRAM iterations; {LEAST_ITERATIONS} to {MOST_ITERATIONS} are sensible"
            ));
        }
        let without_proof = format!("c=biws,r={nonce}");
        let signed = format!("{},{challenge},{without_proof}", self.first_bare);
        let (proof, signature) = self
            .proof(password, &salt, iterations, &signed)
            .map_err(|_| "OpenSSL cannot compute SCRAM".to_owned())?;
        self.server_signature = Some(signature);
        Ok(format!("{without_proof},p={}", encode_block(&proof)))
    }

    /// Checks that the server knows the password too.
    pub fn finish(&self, message: &str) -> Result<(), String> {
        if let Some(error) = field(message, "e=") {
            return Err(format!("the broker refused: {error}"));
        }
        let theirs = field(message, "v=").and_then(|value| decode_block(value).ok());
        match (theirs, &self.server_signature) {
            (Some(theirs), Some(ours))
                if theirs.len() == ours.len() && openssl::memcmp::eq(&theirs, ours) =>
            {
                Ok(())
            }
            _ => Err("the broker did not prove that it knows the password: this may not be the real cluster"
                .to_owned()),
        }
    }

    fn proof(
        &self,
        password: &str,
        salt: &[u8],
        iterations: usize,
        signed: &str,
    ) -> Result<(Vec<u8>, Vec<u8>), ErrorStack> {
        let mut salted = vec![0; self.digest.size()];
        pbkdf2_hmac(password.as_bytes(), salt, iterations, self.digest, &mut salted)?;
        let client_key = self.hmac(&salted, b"Client Key")?;
        let stored_key = openssl::hash::hash(self.digest, &client_key)?;
        let client_signature = self.hmac(&stored_key, signed.as_bytes())?;
        let proof = client_key.iter().zip(&client_signature).map(|(a, b)| a ^ b).collect();
        let server_key = self.hmac(&salted, b"Server Key")?;
        Ok((proof, self.hmac(&server_key, signed.as_bytes())?))
    }

    fn hmac(&self, key: &[u8], data: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let key = PKey::hmac(key)?;
        let mut signer = Signer::new(self.digest, &key)?;
        signer.update(data)?;
        signer.sign_to_vec()
    }
}

fn field<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.split(',').find_map(|part| part.strip_prefix(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange of RFC 7677, section 3.
    #[test]
    fn rfc_7677() {
        let mut scram = Scram::new(MessageDigest::sha256(), "user", "rOprNGfwEbeRWgbNEkqO".into());
        assert_eq!(scram.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let challenge =
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        assert_eq!(
            scram.answer(challenge, "pencil").unwrap(),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        scram.finish("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").unwrap();
        assert!(scram.finish("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").is_err());
        assert!(scram.finish("e=other-error").unwrap_err().contains("other-error"));
        assert!(scram.finish("").is_err());
    }

    #[test]
    fn names_are_escaped() {
        let scram = Scram::new(MessageDigest::sha256(), "a=b,c", "x".into());
        assert_eq!(scram.first(), "n,,n=a=3Db=2Cc,r=x");
    }

    #[test]
    fn hostile_challenges() {
        for challenge in [
            "",
            "r=other1,s=AAAA,i=4096",
            "r=x,s=AAAA,i=4096",
            "r=x1,s=*,i=4096",
            "r=x1,s=AAAA,i=1",
            "r=x1,s=AAAA,i=99999999999",
            "r=x1,s=AAAA,i=2000000",
            "r=x1,i=4096",
            "e=no",
        ] {
            let mut scram = Scram::new(MessageDigest::sha512(), "u", "x".into());
            let error = scram.answer(challenge, "hunter2").unwrap_err();
            assert!(!error.contains("hunter2"), "{challenge:?}: {error}");
        }
    }
}
