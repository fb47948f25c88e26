//! How a job is opened: split into tasks, its members seated, the assignment of epoch 0 computed.

use std::collections::BTreeMap;
use std::sync::Arc;

use actor_messages::MemberCell;
use kernel_labor::{Input, LaborArray, LaborError, LaborTask, Member, Membership, Opening};
use kernel_tasks::{Determinism, TaskError, split};

use super::{Run, Seat, Slot, Step};
use crate::error::LaborActorError;
use crate::lane::Lane;
use crate::limits::{PEER_WINDOW_MIN, PEER_WINDOW_PER_CAPACITY, SPOT_CHECK_ONE_IN};
use crate::request::CheckedJob;
use crate::timeline::Recorder;

/// What `Run::open` is made of.
pub struct Company {
    /// Our own peer id.
    pub me: String,
    /// Members of epoch 0, our own included, with their names.
    pub members: Vec<(Member, String)>,
    /// The class they must share, for strict jobs of operations that are not exact.
    pub required_class: Option<[u8; 32]>,
    /// Tasks in flight on this machine.
    pub local_window: usize,
}

impl Run {
    /// Splits the job, fixes the members and computes the assignment of epoch 0.
    pub fn open(
        checked: CheckedJob,
        company: Company,
    ) -> Result<(Self, Vec<Step>), LaborActorError> {
        let mut membership = Membership::new(
            company
                .members
                .iter()
                .map(|(member, _)| member.clone())
                .collect(),
        )?;
        if let Some(class) = company.required_class {
            membership = membership.requiring_class(class);
        }
        // Seats are in the order of the membership: by peer id.
        let seats: Vec<Seat> = membership
            .members()
            .iter()
            .map(|member| company.seat(member))
            .collect();
        let me = seats.iter().position(|seat| seat.member.peer == company.me);
        let me = me.ok_or_else(|| LaborError::PeerUnknown {
            peer: company.me.clone(),
        })?;
        let opening = Opening {
            job: *checked.job.digest().bytes(),
            tasks: Vec::new(),
            membership,
            strict: checked.job.level == Determinism::Strict,
            spot_check_one_in: SPOT_CHECK_ONE_IN,
        };
        let mut run = Self {
            me,
            checked,
            array: LaborArray::new(),
            seats,
            slices: Arc::default(),
            slice_slots: Vec::new(),
            slots: Vec::new(),
            slot_of: BTreeMap::new(),
            opening,
            epochs: Vec::new(),
            suspended: false,
            paused: false,
            recorder: Recorder::new(),
            records: Vec::new(),
            outputs_to_keep: Vec::new(),
        };
        run.split()?;
        let mut steps = run.apply(Input::Open(run.opening.clone()), None);
        if let Some(at) = steps
            .iter()
            .position(|step| matches!(step, Step::Failed(_)))
            && let Step::Failed(error) = steps.swap_remove(at)
        {
            return Err(error);
        }
        // The opening is in the header.
        run.records.clear();
        if run.epochs.is_empty() {
            Err(LaborError::NoTasks.into())
        } else {
            Ok((run, steps))
        }
    }

    /// One slot for each task; slices with equal pixels share it.
    fn split(&mut self) -> Result<(), TaskError> {
        let checked = &self.checked;
        let mut slices = Vec::with_capacity(checked.job.inputs.len());
        for (task, input) in split(&checked.job)?.into_iter().zip(&checked.job.inputs) {
            let id = task.id();
            slices.push((*input, id));
            if let Some(slot) = self.slot_of.get(&id) {
                self.slice_slots.push(*slot);
                continue;
            }
            let bytes_of = |blob| checked.blob_bytes.get(blob).copied().unwrap_or(0);
            self.opening.tasks.push(LaborTask {
                id: *id.bytes(),
                cost: task.cost(&checked.shapes)?,
                memory_bytes: task.memory_bytes(&checked.shapes)?,
                inputs: task
                    .blobs()
                    .iter()
                    .map(|blob| (*blob.bytes(), bytes_of(blob)))
                    .collect(),
            });
            self.slot_of.insert(id, self.slots.len());
            self.slice_slots.push(self.slots.len());
            let slice = slices.len();
            self.slots.push(Slot {
                task: Arc::new(task),
                slice,
                member: 0,
                reassigned: false,
                output: None,
            });
        }
        self.slices = Arc::new(slices);
        Ok(())
    }
}

impl Company {
    fn seat(&self, member: &Member) -> Seat {
        let given = self
            .members
            .iter()
            .find(|(other, _)| other.peer == member.peer);
        let (name, window) = if member.peer == self.me {
            ("this workstation", self.local_window)
        } else {
            let window = (member.capacity as usize).saturating_mul(PEER_WINDOW_PER_CAPACITY);
            (
                given.map_or("", |(_, name)| name.as_str()),
                window.max(PEER_WINDOW_MIN),
            )
        };
        let cell = MemberCell {
            peer: member.peer.clone(),
            name: name.to_owned(),
            capacity: member.capacity,
            done: 0,
            lost: false,
            deadline_ms: None,
        };
        Seat {
            member: member.clone(),
            cell,
            lane: Lane::new(window),
            waited_since: None,
            held: false,
        }
    }
}
