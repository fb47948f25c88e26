//! The key behind the names that copies without identities have: the same on this workstation, and told to nobody.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use crate::error::EngineError;

const FILE: &str = "pseudonyms.key";
const UID_DOMAIN: &str = "uid";
const WORD_DOMAIN: &str = "word";

/// Makes names out of names. Without the key nobody can try out who was meant.
pub struct Key([u8; 32]);

impl Key {
    /// The key in this home; made where there is none.
    ///
    /// # Errors
    /// A sentence when it cannot be read or kept: names without it would differ from copy to copy.
    pub fn of_home(home: &Path) -> Result<Self, EngineError> {
        let path = home.join(FILE);
        let told = |reason: &dyn std::fmt::Display| {
            EngineError::Save(format!(
                "The key of pseudonyms `{}` cannot be used: {reason}",
                path.display()
            ))
        };
        if !path.exists() {
            fs::create_dir_all(home).map_err(|error| told(&error))?;
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let key: [u8; 32] = rand::random();
            match options.open(&path) {
                Ok(mut file) => file
                    .write_all(&key)
                    .and_then(|()| file.sync_all())
                    .map_err(|error| told(&error))?,
                // Another process was first; its key is read below.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(told(&error)),
            }
        }
        let bytes = fs::read(&path).map_err(|error| told(&error))?;
        match bytes.try_into() {
            Ok(key) => Ok(Self(key)),
            Err(_) => Err(told(&"it does not have 32 bytes")),
        }
    }

    fn digest(&self, domain: &str, name: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(domain.as_bytes());
        hasher.update(&[0]);
        hasher.update(name.as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// Instead of a UID.
    pub fn uid(&self, name: &str) -> String {
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&self.digest(UID_DOMAIN, name)[..16]);
        super::identity::uid_of(bytes)
    }

    /// Instead of another identifier: 15 characters.
    pub fn word(&self, name: &str) -> String {
        let digest = self.digest(WORD_DOMAIN, name);
        let hex: String = digest[..5]
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        format!("ANON-{hex}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_the_same_in_one_home_and_differ_in_another() {
        let homes = [0, 1].map(|_| tempfile::tempdir().expect("a folder"));
        let key = || Key::of_home(homes[0].path()).expect("a key");
        assert_eq!(key().uid("1.2.3"), key().uid("1.2.3"));
        assert_eq!(key().word("4711"), key().word("4711"));
        assert_ne!(key().word("4711"), key().word("4712"));
        let other = Key::of_home(homes[1].path()).expect("a key");
        assert_ne!(key().uid("1.2.3"), other.uid("1.2.3"));
        assert!(key().uid("1.2.3").len() <= 64 && key().word("4711").len() <= 16);
    }

    #[test]
    fn a_key_that_is_cut_short_is_refused() {
        let home = tempfile::tempdir().expect("a folder");
        fs::write(home.path().join(FILE), b"short").expect("written");
        let refused = Key::of_home(home.path()).err().expect("refused");
        assert!(refused.to_string().contains("32 bytes"));
    }
}
