//! What the user gives: whether work of others is taken now, how much of this machine it may have, and which work.

use std::time::{Duration, Instant};

use actor_messages::{JobId, SharingLimits};
use chrono::Timelike;
use kernel_tasks::Task;

use super::Node;
use super::idle::Idle;
use super::scribe::Order;
use crate::audit::Audited;
use crate::protocol::frame::{Frame, Standing};
use crate::settings::Settings;
use crate::swarm::NetCommand;

/// How often hours and idleness are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What holds now, and when it was last looked at.
pub(super) struct Giving {
    pub(super) idle: Idle,
    looked_at: Option<Instant>,
    /// Why nothing is taken now.
    pub(super) takes_nothing: Option<String>,
    told: Option<Standing>,
}

impl Giving {
    pub(super) fn new() -> Self {
        Self {
            idle: Idle::new(),
            looked_at: None,
            takes_nothing: None,
            told: None,
        }
    }
}

impl Node {
    /// Cores given to peers. Invariant: never zero, since a member of capacity 0 is no member.
    pub(super) fn capacity(&self) -> u32 {
        let wanted = self.settings.limits.cores.unwrap_or(u32::MAX);
        self.options.capacity.min(wanted).max(1)
    }

    /// Whether fewer cores are given than compute here.
    pub(super) fn cores_are_limited(&self) -> bool {
        self.capacity() < self.options.capacity
    }

    /// Memory given to jobs of peers, bytes.
    pub(super) fn memory_bytes(&self) -> u64 {
        let wanted = self.settings.limits.memory_bytes.unwrap_or(u64::MAX);
        self.options.memory_bytes.min(wanted)
    }

    /// Takes over new limits: kept, told to all, and applied to what is under way.
    pub(super) fn set_limits(&mut self, limits: SharingLimits) {
        if limits == self.settings.limits {
            return;
        }
        self.scribe.write(Order::Limits(Box::new(limits.clone())));
        self.adopt_limits(limits);
    }

    /// The file was changed by another program of this home.
    pub(super) fn adopt_limits(&mut self, limits: SharingLimits) {
        // A value of plain fields always has a JSON form.
        let told = serde_json::to_string(&limits).unwrap_or_default();
        self.audit(&Audited::Limited(told));
        self.settings.limits = limits;
        self.giving.looked_at = None;
        self.look_after_giving();
        self.end_what_is_not_allowed();
        self.show(true);
    }

    /// Looks whether work of others is taken now; on a change they are told, and what they have here ends.
    pub(super) fn look_after_giving(&mut self) {
        let recent = |at: Instant| at.elapsed() < LOOK;
        if self.giving.looked_at.is_some_and(recent) {
            return;
        }
        self.giving.looked_at = Some(Instant::now());
        let takes_nothing = self.reason_to_take_nothing();
        if takes_nothing != self.giving.takes_nothing {
            self.giving.takes_nothing.clone_from(&takes_nothing);
            if let Some(reason) = takes_nothing {
                let jobs: Vec<JobId> = self.taken.keys().cloned().collect();
                for job in jobs {
                    self.give_up(&job, &reason);
                }
            }
        }
        self.tell_standing();
    }

    fn reason_to_take_nothing(&mut self) -> Option<String> {
        let limits = &self.settings.limits;
        let name = &self.settings.name;
        if limits.paused {
            return Some(format!("`{name}` takes no work now: its user paused it"));
        }
        if let Some(hours) = limits.hours
            && !hours.contains(minute_of_day())
        {
            return Some(format!("`{name}` takes work from {hours} only"));
        }
        let in_use = limits.only_idle && {
            let own_work = !self.given.is_empty();
            self.giving.idle.is_in_use(own_work)
        };
        in_use.then(|| format!("`{name}` takes work only while nobody uses it, and it is in use"))
    }

    /// Why a task is not computed here.
    pub(super) fn forbids(&self, task: &Task) -> Option<String> {
        let limits = &self.settings.limits;
        let name = &self.settings.name;
        if let Some(operations) = &limits.operations
            && !operations.contains(&task.operation)
        {
            let operation = &task.operation;
            return Some(format!(
                "`{name}` does not compute `{operation}` for others"
            ));
        }
        if let Some(model) = task.parameters.model()
            && let Some(models) = &limits.models
            && !models.contains(&model)
        {
            let model = model.short();
            return Some(format!("`{name}` does not run model {model} for others"));
        }
        None
    }

    fn end_what_is_not_allowed(&mut self) {
        let forbidden: Vec<(JobId, String)> = self
            .taken
            .iter()
            .filter_map(|(job, taken)| {
                let mut tasks = taken.tasks_under_way();
                Some((job.clone(), tasks.find_map(|task| self.forbids(task))?))
            })
            .collect();
        for (job, reason) in forbidden {
            self.give_up(&job, &reason);
        }
        if self.bytes_over_limit() {
            let jobs: Vec<JobId> = self.taken.keys().cloned().collect();
            let reason = format!("`{}` gives less memory than before", self.settings.name);
            for job in jobs {
                self.give_up(&job, &reason);
            }
        }
    }

    /// Ends a job of another node here, and says why.
    pub(super) fn give_up(&mut self, job: &JobId, reason: &str) {
        let Some(submitter) = self.taken.get(job).map(|taken| taken.submitter.clone()) else {
            return;
        };
        self.drop_taken(job);
        self.send(
            &submitter,
            Frame::JobRefused {
                job: job.clone(),
                reason: reason.to_owned(),
            },
        );
    }

    fn standing(&self) -> Standing {
        Standing {
            capacity: self.capacity(),
            memory_bytes: self.memory_bytes(),
            takes_nothing: self.giving.takes_nothing.clone(),
        }
    }

    fn tell_standing(&mut self) {
        let standing = self.standing();
        if self.giving.told.as_ref() == Some(&standing) {
            return;
        }
        // A full queue of wishes is no harm: whoever greets is told the standing once more.
        self.command(NetCommand::Gives(standing.capacity, standing.memory_bytes));
        let ready: Vec<String> = self
            .peers
            .values()
            .filter(|peer| peer.is_ready())
            .map(|peer| peer.key.clone())
            .collect();
        for key in ready {
            self.send(&key, Frame::Standing(standing.clone()));
        }
        self.giving.told = Some(standing);
        self.show(true);
    }

    /// Tells a peer that has just greeted; the greeting itself was written when the sockets were opened.
    pub(super) fn tell_standing_to(&mut self, key: &str) {
        let standing = self.standing();
        self.send(key, Frame::Standing(standing));
    }

    /// A peer says what it gives now.
    pub(super) fn stands(&mut self, key: &str, standing: Standing) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        if let Some(hello) = &mut peer.hello {
            hello.capacity = standing.capacity.max(1);
            hello.memory_bytes = standing.memory_bytes;
        }
        peer.takes_nothing = standing
            .takes_nothing
            .map(|reason| crate::protocol::frame::sentence(&reason));
        self.answer_waiting_members();
        self.show(true);
    }

    /// Takes over what another program of this home wrote.
    pub(super) fn look_at_settings(&mut self) {
        match Settings::limits_if_changed(&self.options.home, &mut self.settings_stamp) {
            Ok(Some(limits)) if limits != self.settings.limits => self.adopt_limits(limits),
            Ok(_) => {}
            Err(error) => self.warn(error.to_string()),
        }
    }
}

/// Local time, in minutes since midnight.
fn minute_of_day() -> u16 {
    let now = chrono::Local::now();
    u16::try_from(now.hour() * 60 + now.minute()).unwrap_or(0)
}
