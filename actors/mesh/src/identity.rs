//! Who this node is: an ed25519 key that never leaves the home folder.

use std::path::Path;

use libp2p::PeerId;
use libp2p::identity::Keypair;

use crate::error::MeshError;
use crate::home::{self, ChangeLock};

/// The key of this node and the peer id made from it.
#[derive(Clone)]
pub(crate) struct Identity {
    /// Signs handshakes.
    pub keypair: Keypair,
    /// The public name.
    pub peer: PeerId,
}

impl Identity {
    /// Reads `identity.key`, or makes it where there is none; readable by the owner only.
    pub(crate) fn load(home: &Path) -> Result<Self, MeshError> {
        let path = home.join("identity.key");
        let _lock = ChangeLock::take(home)?;
        let damaged = || MeshError::IdentityDamaged { path: path.clone() };
        let keypair = match home::read(&path)? {
            Some(bytes) => {
                close_to_others(&path)?;
                Keypair::from_protobuf_encoding(&bytes)
                    .ok()
                    .filter(|key| key.clone().try_into_ed25519().is_ok())
                    .ok_or_else(damaged)?
            }
            None => {
                let keypair = Keypair::generate_ed25519();
                let bytes = keypair.to_protobuf_encoding().map_err(|_| damaged())?;
                home::replace(&path, &bytes, true)?;
                keypair
            }
        };
        let peer = keypair.public().to_peer_id();
        Ok(Self { keypair, peer })
    }
}

/// A key copied with loose permissions is closed again.
#[cfg(unix)]
fn close_to_others(path: &Path) -> Result<(), MeshError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |source| MeshError::Write {
        path: path.to_owned(),
        source,
    };
    let mode = std::fs::metadata(path)
        .map_err(failed)?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        let owner_only = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, owner_only).map_err(failed)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn close_to_others(_path: &Path) -> Result<(), MeshError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_made_once_and_kept() {
        let home = tempfile::tempdir().expect("temporary folder");
        let first = Identity::load(home.path()).expect("made");
        let second = Identity::load(home.path()).expect("read");
        assert_eq!(first.peer, second.peer);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("temporary folder");
        Identity::load(home.path()).expect("made");
        let metadata = std::fs::metadata(home.path().join("identity.key")).expect("there");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_a_sentence_and_stays_where_it_is() {
        let home = tempfile::tempdir().expect("temporary folder");
        let path = home.path().join("identity.key");
        std::fs::write(&path, b"not a key").expect("written");
        let error = Identity::load(home.path())
            .err()
            .expect("refused")
            .to_string();
        assert!(
            error.contains("is damaged; remove the file to get a new identity"),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).expect("still there"), b"not a key");
    }
}
