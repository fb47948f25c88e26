//! `mesh.json`: the name of this node, its port and how often it was started.

use std::net::TcpListener;
use std::path::Path;

use actor_messages::SharingLimits;
use serde::{Deserialize, Serialize};

use crate::error::MeshError;
use crate::home::{self, ChangeLock, Stamp};

/// Longest name of a node, in characters.
pub(crate) const NAME_CHARACTERS_MAX: usize = 48;

/// What is kept about this node itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Shown to paired nodes; the host name unless the file says otherwise.
    pub name: String,
    /// Chosen once, so that address books stay right.
    pub listen_port: u16,
    /// Raised at every start: a node that restarts is a new member.
    #[serde(default)]
    pub incarnation: u64,
    /// What the user gives to paired nodes.
    #[serde(default)]
    pub limits: SharingLimits,
    /// Whether a job has left this home before.
    #[serde(default)]
    pub has_sent: bool,
}

impl Settings {
    /// Reads the file, or makes it with the host's name and a free port.
    pub(crate) fn load(home: &Path) -> Result<Self, MeshError> {
        let _lock = ChangeLock::take(home)?;
        Self::load_locked(home)
    }

    /// Counts one more start.
    pub(crate) fn begin_incarnation(home: &Path) -> Result<Self, MeshError> {
        Self::change(home, |settings| {
            settings.incarnation = settings.incarnation.saturating_add(1)
        })
    }

    /// Remembers the port that is listened on.
    pub(crate) fn keep_port(home: &Path, port: u16) -> Result<Self, MeshError> {
        Self::change(home, |settings| settings.listen_port = port)
    }

    /// Remembers that a job has left.
    pub(crate) fn keep_sent(home: &Path) -> Result<Self, MeshError> {
        Self::change(home, |settings| settings.has_sent = true)
    }

    /// Remembers what the user gives.
    pub(crate) fn keep_limits(home: &Path, limits: &SharingLimits) -> Result<Self, MeshError> {
        Self::change(home, |settings| settings.limits.clone_from(limits))
    }

    /// The limits, if the file was changed since `stamp`, which is renewed.
    pub(crate) fn limits_if_changed(
        home: &Path,
        stamp: &mut Stamp,
    ) -> Result<Option<SharingLimits>, MeshError> {
        let path = home.join("mesh.json");
        let now = home::stamp(&path);
        if now == *stamp {
            return Ok(None);
        }
        // The stamp is taken before the file is read: a change in between is seen the next time.
        *stamp = now;
        Ok(home::read_json::<Self>(&path)?.map(|settings| settings.limits))
    }

    fn change(home: &Path, change: impl FnOnce(&mut Self)) -> Result<Self, MeshError> {
        let _lock = ChangeLock::take(home)?;
        let mut settings = Self::load_locked(home)?;
        change(&mut settings);
        home::write_json(&home.join("mesh.json"), &settings, true)?;
        Ok(settings)
    }

    fn load_locked(home: &Path) -> Result<Self, MeshError> {
        let path = home.join("mesh.json");
        if let Some(mut settings) = home::read_json::<Self>(&path)? {
            settings.name = plain_text(&settings.name, NAME_CHARACTERS_MAX);
            if settings.name.is_empty() {
                settings.name = host_name();
            }
            return Ok(settings);
        }
        let settings = Self {
            name: host_name(),
            listen_port: free_port(),
            incarnation: 0,
            limits: SharingLimits::default(),
            has_sent: false,
        };
        home::write_json(&path, &settings, true)?;
        Ok(settings)
    }
}

/// What the node of this home gives to paired nodes.
pub fn sharing_limits(home: &Path) -> Result<SharingLimits, MeshError> {
    home::create(home)?;
    Ok(Settings::load(home)?.limits)
}

/// Changes what the node of this home gives; one that runs takes it over within about a second.
pub fn set_sharing_limits(home: &Path, limits: &SharingLimits) -> Result<(), MeshError> {
    home::create(home)?;
    Settings::keep_limits(home, limits).map(drop)
}

/// A port that is free now; 0 where the system gives none, and the choice is left to the listener.
fn free_port() -> u16 {
    TcpListener::bind(("0.0.0.0", 0))
        .and_then(|listener| listener.local_addr())
        .map_or(0, |address| address.port())
}

/// The first label of the host's name: never the user's.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_default();
    let label = name.trim().split('.').next().unwrap_or_default();
    let name = plain_text(label, NAME_CHARACTERS_MAX);
    if name.is_empty() {
        "workstation".to_owned()
    } else {
        name
    }
}

/// Text from elsewhere, made safe to show: one line, no control characters, bounded.
pub(crate) fn plain_text(text: &str, characters_max: usize) -> String {
    let visible = |character: &char| !character.is_control() && !is_invisible(*character);
    text.chars()
        .filter(visible)
        .take(characters_max)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Marks that turn the direction of text or take no room could make one name look like another.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_chosen_once_and_starts_are_counted() {
        let home = tempfile::tempdir().expect("temporary folder");
        let first = Settings::load(home.path()).expect("made");
        let second = Settings::begin_incarnation(home.path()).expect("counted");
        assert_eq!(first.listen_port, second.listen_port);
        assert_eq!(second.incarnation, first.incarnation + 1);
        assert_eq!(Settings::load(home.path()).expect("read"), second);
    }

    #[test]
    fn a_name_from_elsewhere_is_one_bounded_line() {
        let text = plain_text("reading\u{1b}[31m\nroom\u{202e}", 12);
        assert_eq!(text, "reading[31mr");
    }
}
