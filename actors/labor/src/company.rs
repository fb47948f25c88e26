//! Who takes part in a job: the members are asked for, chosen, and given the job.

use actix::{AsyncContext, Context};
use actor_messages::work::{ListMembers, Members, OfferJob};
use actor_messages::{JobId, JobState};
use kernel_imaging::Severity;
use kernel_labor::Member;
use kernel_tasks::{Determinism, Digest, numeric_class};

use crate::active::{JournalState, Phase};
use crate::actor::{LaborActor, MeshDoors};
use crate::error::bounded_sentence;
use crate::files::FilesRequest;
use crate::limits::MEMBERS_WAIT_MAX;
use crate::run::{Company, Run};
use crate::sources::Sources;

/// The peer id of this machine where there is no mesh to give it one.
const LOCAL_PEER: &str = "local";

impl LaborActor {
    pub(crate) fn ask_members(
        &mut self,
        id: &JobId,
        mesh: &MeshDoors,
        context: &mut Context<Self>,
    ) {
        let request = ListMembers {
            job: id.clone(),
            patient: true,
            reply: context.address().recipient(),
        };
        if mesh.list.try_send(request).is_err() {
            self.notice(
                Severity::Warning,
                "The mesh does not answer now; the job runs on this workstation alone",
            );
            return self.open_alone(id, context);
        }
        let late = id.clone();
        context.run_later(MEMBERS_WAIT_MAX, move |actor, context| {
            if actor.jobs.get(&late).is_some_and(|job| job.phase == Phase::Members) {
                let seconds = MEMBERS_WAIT_MAX.as_secs();
                let text = format!("The mesh did not name its members within {seconds} s; the job runs on this workstation alone");
                actor.notice(Severity::Warning, text);
                actor.open_alone(&late, context);
            }
        });
    }

    pub(crate) fn open_alone(&mut self, id: &JobId, context: &mut Context<Self>) {
        let me = Member {
            peer: LOCAL_PEER.to_owned(),
            incarnation: 0,
            capacity: 1,
            memory_bytes: u64::MAX,
            numeric_class: *numeric_class().bytes(),
            link_cost: 0,
        };
        self.open(
            id,
            LOCAL_PEER.to_owned(),
            vec![(me, String::new())],
            context,
        );
    }

    /// The mesh has named who could help.
    pub(crate) fn members_named(&mut self, members: Members, context: &mut Context<Self>) {
        let id = members.job.clone();
        let Some(job) = self.jobs.get(&id).filter(|job| job.phase == Phase::Members) else {
            return;
        };
        let strict = job.request.level == Determinism::Strict;
        let Some(class) = members
            .members
            .iter()
            .find(|(member, _)| member.peer == members.me)
            .map(|(me, _)| me.numeric_class)
        else {
            return self.open_alone(&id, context);
        };
        let mut company = Vec::with_capacity(members.members.len());
        for (member, name) in members.members {
            if let Err(error) = member.check() {
                self.notice(
                    Severity::Warning,
                    format!(
                        "Workstation {} takes no part: {error}",
                        bounded_sentence(&name)
                    ),
                );
            } else if strict && member.numeric_class != class {
                let text = format!(
                    "Workstation {} takes no part in this strict job: its arithmetic is of class {}, and ours is of class {}",
                    bounded_sentence(&name),
                    Digest::from(member.numeric_class).short(),
                    Digest::from(class).short()
                );
                self.notice(Severity::Warning, text);
            } else {
                company.push((member, bounded_sentence(&name)));
            }
        }
        self.open(&id, members.me, company, context);
    }

    /// Assigns, begins the journal, offers the job, and sends the first tasks.
    fn open(
        &mut self,
        id: &JobId,
        me: String,
        members: Vec<(Member, String)>,
        context: &mut Context<Self>,
    ) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        let Some(ready) = job.ready.take() else {
            return;
        };
        let own = members
            .iter()
            .find(|(member, _)| member.peer == me)
            .map(|(member, _)| member.numeric_class);
        let required_class =
            own.filter(|_| job.request.level == Determinism::Strict && !job.checked.spec.exact);
        let company = Company {
            me,
            members,
            required_class,
            local_window: self.options.local_window,
        };
        let (mut run, mut steps) = match Run::open(ready, company) {
            Ok(opened) => opened,
            Err(error) => return self.fail(id, error, context),
        };
        let (taken_up, followed) = run.take_up(std::mem::take(&mut job.earlier));
        job.taken_up = taken_up;
        steps.extend(followed);
        let header = Box::new(run.header(&self.options.application, &id.0));
        let begin = FilesRequest::Begin {
            header,
            sources: Sources::of(&job.inputs),
            wish: job.wish(),
        };
        let begun = self.files.ask(id, begin, context.address().recipient());
        job.journal = if begun.is_ok() {
            JournalState::Busy
        } else {
            JournalState::Absent
        };
        job.phase = Phase::Tasks;
        let offer = run.is_shared().then(|| OfferJob {
            job: id.clone(),
            membership: run.opening().membership.clone(),
            tasks: run.opening().tasks.clone(),
            assignment_digest: run.epochs().0.assignment_digest.into(),
            blobs: job.blobs.clone(),
            example: run.slices().first().and_then(|(_, task)| run.task(*task)),
            finished: context.address().recipient(),
            changed: context.address().recipient(),
        });
        let others: Vec<String> = run.others().map(str::to_owned).collect();
        job.run = Some(run);
        if let Err(error) = begun {
            self.notice(
                Severity::Warning,
                format!("{error}; the job goes on without a journal"),
            );
        }
        self.enter(id, JobState::Running);
        self.take_steps(id, steps, context);
        if self
            .jobs
            .get(id)
            .is_none_or(|job| job.phase != Phase::Tasks)
        {
            // Everything was computed before the crash.
            return;
        }
        if let Some((offer, mesh)) = offer.zip(self.options.mesh.clone())
            && mesh.offer.try_send(offer).is_err()
        {
            self.notice(
                Severity::Warning,
                "The mesh takes no job now; it runs on this workstation alone",
            );
            others
                .iter()
                .for_each(|peer| self.lose_member(id, peer, context));
        }
        self.dispatch(id, context);
    }
}
