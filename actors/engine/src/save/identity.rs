//! Names and times of the objects that are made here.

use std::time::SystemTime;

/// Domain of the UIDs of objects made here.
const UID_DOMAIN: &str = "clisonix 2026-11 derived object v1";

/// By this machine's clock, which is in no digest.
pub fn now_unix_s() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or_default()
}

/// A UID out of a UUID of version 8 (PS3.5 B.2), which is a digest of what it is of.
pub fn uid(of: &str) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(UID_DOMAIN);
    hasher.update(of.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    uid_of(bytes)
}

/// The UID of 16 bytes, of which six bits are those of the version.
pub fn uid_of(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    format!("2.25.{}", u128::from_be_bytes(bytes))
}
