//! `clisonix limits`: what this workstation gives to paired ones, and what it does not.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use actor_engine::{ModelStore, running_mesh, set_sharing_limits, sharing_limits};
use actor_messages::{Digest, ShareHours, SharingLimits, operation};

use super::failure::Failure;
use super::session::Session;

/// A running node looks at its settings about once a second.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Shows or changes what this workstation gives to paired ones; a running node takes it over at once.
#[derive(clap::Args)]
pub struct Limits {
    /// Takes no work of others until --resume.
    #[arg(long, conflicts_with = "resume")]
    pause: bool,
    /// Takes work of others again.
    #[arg(long)]
    resume: bool,
    /// Cores for others at most, or `all`.
    #[arg(long, value_name = "N", value_parser = cores)]
    cores: Option<Wish<u32>>,
    /// Memory for others at most, in bytes, or `all`.
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    memory: Option<Wish<u64>>,
    /// The hours in which work is taken, local time, as 18:00-07:00, or `all`.
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    hours: Option<Wish<ShareHours>>,
    /// Whether work is taken only while nobody uses this workstation: yes or no.
    #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
    only_idle: Option<bool>,
    /// An operation that is computed for others, or `all`; may be given several times, and replaces the earlier list.
    #[arg(long = "operation", value_name = "NAME")]
    operations: Vec<String>,
    /// A model that is run for others, by name or digest, or `all`; may be given several times, and replaces the earlier list.
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
}

/// A bound, or none.
#[derive(Clone, Copy)]
enum Wish<T> {
    All,
    Most(T),
}

impl<T> Wish<T> {
    fn bound(self) -> Option<T> {
        match self {
            Self::All => None,
            Self::Most(bound) => Some(bound),
        }
    }
}

fn cores(text: &str) -> Result<Wish<u32>, String> {
    match text {
        "all" => Ok(Wish::All),
        text => match text.parse() {
            Ok(cores @ 1..=1024) => Ok(Wish::Most(cores)),
            _ => Err("write a number of cores from 1 to 1024, or all".to_owned()),
        },
    }
}

fn bytes(text: &str) -> Result<Wish<u64>, String> {
    match text {
        "all" => Ok(Wish::All),
        text => text
            .parse()
            .map(Wish::Most)
            .map_err(|_| "write a number of bytes, or all".to_owned()),
    }
}

fn hours(text: &str) -> Result<Wish<ShareHours>, String> {
    match text {
        "all" => Ok(Wish::All),
        text => text
            .parse()
            .map(Wish::Most)
            .map_err(|error: actor_messages::NoHours| error.to_string()),
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("write yes or no".to_owned()),
    }
}

impl Limits {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let before = sharing_limits(session.home()).map_err(Failure::failed)?;
        let after = self.changed(session, before.clone())?;
        if after != before {
            set_sharing_limits(session.home(), &after).map_err(Failure::failed)?;
            wait_for_node(session, &after)?;
        }
        session.answer(&after, || text(&after))
    }

    fn changed(
        self,
        session: &Session,
        mut limits: SharingLimits,
    ) -> Result<SharingLimits, Failure> {
        if self.pause || self.resume {
            limits.paused = self.pause;
        }
        if let Some(cores) = self.cores {
            limits.cores = cores.bound();
        }
        if let Some(bytes) = self.memory {
            limits.memory_bytes = bytes.bound();
        }
        if let Some(hours) = self.hours {
            limits.hours = hours.bound();
        }
        if let Some(only_idle) = self.only_idle {
            limits.only_idle = only_idle;
        }
        if !self.operations.is_empty() {
            limits.operations = listed(&self.operations, |name| {
                operation(name).map_err(Failure::usage)?;
                Ok(name.to_owned())
            })?;
        }
        if !self.models.is_empty() {
            let store = ModelStore::new(session.home());
            limits.models = listed(&self.models, |name| match name.parse::<Digest>() {
                // A model need not be here: it comes with the job that runs it.
                Ok(digest) => Ok(digest),
                Err(_) => Ok(store.find(name).map_err(Failure::failed)?.digest),
            })?;
        }
        Ok(limits)
    }
}

/// Returns once the node that runs with this home holds to the limits; at once where none runs.
fn wait_for_node(session: &Session, limits: &SharingLimits) -> Result<(), Failure> {
    let until = Instant::now() + TAKEN_OVER_WITHIN;
    while let Some(mesh) = running_mesh(session.home()).map_err(Failure::failed)? {
        if mesh.limits == *limits {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(Failure::failed(
                "The limits are kept, but the running node has not taken them over; start it again",
            ));
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// The list, or none where it is `all`.
fn listed<T: Ord>(
    names: &[String],
    read: impl Fn(&str) -> Result<T, Failure>,
) -> Result<Option<BTreeSet<T>>, Failure> {
    if names.iter().any(|name| name == "all") {
        return Ok(None);
    }
    names
        .iter()
        .map(|name| read(name))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn text(limits: &SharingLimits) -> String {
    let all = || "all".to_owned();
    let list = |names: Vec<String>| names.join(", ");
    [
        (
            "work of others",
            if limits.paused { "paused" } else { "taken" }.to_owned(),
        ),
        (
            "cores",
            limits.cores.map_or_else(all, |cores| cores.to_string()),
        ),
        (
            "memory",
            limits
                .memory_bytes
                .map_or_else(all, |bytes| format!("{bytes} bytes")),
        ),
        (
            "hours",
            limits.hours.map_or_else(all, |hours| hours.to_string()),
        ),
        (
            "only while idle",
            if limits.only_idle { "yes" } else { "no" }.to_owned(),
        ),
        (
            "operations",
            limits
                .operations
                .as_ref()
                .map_or_else(all, |names| list(names.iter().cloned().collect())),
        ),
        (
            "models",
            limits.models.as_ref().map_or_else(all, |models| {
                list(models.iter().map(ToString::to_string).collect())
            }),
        ),
    ]
    .map(|(name, value)| format!("{name:<16} {value}"))
    .join("\n")
}
