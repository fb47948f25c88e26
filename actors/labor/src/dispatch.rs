//! Tasks go out, answers come in, members are lost; what follows from each is the labor array's decision.

use std::time::Duration;

use actix::dev::SendError;
use actix::{AsyncContext, Context};
use actor_messages::JobId;
use actor_messages::work::{
    Distrust, ExecuteTask, MemberChange, MemberChanged, Rank, SendTasks, TaskFinished,
};
use kernel_imaging::Severity;
use kernel_labor::Input;
use kernel_tasks::Digest;

use crate::active::Phase;
use crate::actor::LaborActor;
use crate::error::{LaborActorError, bounded_sentence};
use crate::limits::CHECKS_PATIENCE_PARTS;
use crate::run::Step;

impl LaborActor {
    /// Sends what the windows allow. What a full mailbox refuses stays in its lane until an answer or the next tick.
    pub(crate) fn dispatch(&mut self, id: &JobId, context: &mut Context<Self>) {
        let Some(job) = self
            .jobs
            .get_mut(id)
            .filter(|job| job.phase == Phase::Tasks)
        else {
            return;
        };
        let Some(run) = job.run.as_mut() else { return };
        let mut unreachable = Vec::new();
        for (member, tasks) in run.take_sends() {
            job.dirty = true;
            if member == run.me() {
                for (index, task) in tasks.iter().enumerate() {
                    let Some(body) = run.task(*task) else {
                        continue;
                    };
                    let request = ExecuteTask {
                        job: id.clone(),
                        task: body,
                        id: *task,
                        blobs: job.blobs.clone(),
                        rank: Rank::Own,
                        cancelled: job.stop.clone(),
                        reply: context.address().recipient(),
                    };
                    match self.options.execute.try_send(request) {
                        Ok(()) => {}
                        Err(SendError::Full(_)) => {
                            run.put_back(member, &tasks[index..]);
                            break;
                        }
                        Err(SendError::Closed(_)) => {
                            return self.fail(
                                id,
                                LaborActorError::Stopped("compute part"),
                                context,
                            );
                        }
                    }
                }
                continue;
            }
            let bodies = tasks
                .iter()
                .filter_map(|task| run.task(*task).map(|body| (*task, body)))
                .collect();
            let peer = run.peer(member).to_owned();
            let request = SendTasks {
                job: id.clone(),
                peer: peer.clone(),
                tasks: bodies,
            };
            match self
                .options
                .mesh
                .as_ref()
                .map(|mesh| mesh.send.try_send(request))
            {
                Some(Ok(())) => {}
                Some(Err(SendError::Full(_))) => run.put_back(member, &tasks),
                Some(Err(SendError::Closed(_))) | None => unreachable.push(peer),
            }
        }
        for peer in unreachable {
            self.lose_member(id, &peer, context);
        }
    }

    /// An answer: committed once, or tried elsewhere.
    pub(crate) fn task_finished(&mut self, finished: TaskFinished, context: &mut Context<Self>) {
        let id = finished.job;
        let Some(job) = self
            .jobs
            .get_mut(&id)
            .filter(|job| job.phase == Phase::Tasks)
        else {
            return;
        };
        let Some(run) = job.run.as_mut() else { return };
        let Some(returned) = run.returned(&finished.peer, finished.id) else {
            return;
        };
        let member = returned.member;
        if let (Some(busy), Ok(_)) = (returned.busy, &finished.output) {
            let (operation, peer) = (&job.request.operation, run.peer(member));
            self.calibration
                .observe(operation, peer, returned.work, busy);
        }
        job.dirty = true;
        let expected = run.expected(finished.id);
        let (task, own, peer) = (
            *finished.id.bytes(),
            member == run.me(),
            run.peer(member).to_owned(),
        );
        let output = finished.output.and_then(|bytes| {
            if own {
                Ok(bytes)
            } else {
                expected
                    .ok_or_else(|| "it is no task of this job".to_owned())
                    .and_then(|expected| expected.accept(bytes))
            }
        });
        let steps = match output {
            Ok(bytes) => {
                let digest = *Digest::of(&bytes).bytes();
                run.apply(Input::Done { peer, task, digest }, Some(bytes))
            }
            // Somebody else was faster: why this one failed matters no more; who was to check it does so no more.
            Err(_) if run.is_committed(finished.id) => run.refuse(peer, finished.id),
            Err(reason) if own => {
                let (slice, reason) = (run.slice_number(finished.id), bounded_sentence(&reason));
                vec![Step::Failed(LaborActorError::TaskFailed { slice, reason })]
            }
            Err(reason) => {
                let text = format!(
                    "Workstation {} could not compute slice {}, which is tried elsewhere: {}",
                    run.name(member),
                    run.slice_number(finished.id),
                    bounded_sentence(&reason)
                );
                let mut steps = vec![Step::Notice(text)];
                steps.extend(run.refuse(peer, finished.id));
                steps
            }
        };
        self.take_steps(&id, steps, context);
        self.dispatch(&id, context);
        self.advance_files(&id, context);
    }

    /// A member is gone or will not do the job.
    pub(crate) fn member_changed(&mut self, changed: MemberChanged, context: &mut Context<Self>) {
        let job = self
            .jobs
            .get(&changed.job)
            .filter(|job| job.phase == Phase::Tasks);
        let Some(name) = job
            .and_then(|job| job.run.as_ref()?.name_of(&changed.peer))
            .map(str::to_owned)
        else {
            return;
        };
        let text = match &changed.change {
            MemberChange::Held | MemberChange::Offered => {
                let held = changed.change == MemberChange::Held;
                let run = self
                    .jobs
                    .get_mut(&changed.job)
                    .and_then(|job| job.run.as_mut());
                return run
                    .into_iter()
                    .for_each(|run| run.hold(&changed.peer, held));
            }
            MemberChange::Down => {
                format!("Workstation {name} was lost; its unfinished tasks go to the others")
            }
            MemberChange::Refused(reason) => format!(
                "Workstation {name} does not take the job: {}",
                bounded_sentence(reason)
            ),
        };
        self.notice(Severity::Warning, text);
        self.lose_member(&changed.job, &changed.peer, context);
        self.dispatch(&changed.job, context);
        self.advance_files(&changed.job, context);
    }

    /// Peers are past their deadlines, and this machine is idle: others compute as well what they have.
    pub(crate) fn take_late(&mut self, id: &JobId, context: &mut Context<Self>) {
        let (usual, calibration) = (self.late_after, &self.calibration);
        let Some(job) = self
            .jobs
            .get_mut(id)
            .filter(|job| job.phase == Phase::Tasks)
        else {
            return;
        };
        let Some(run) = job.run.as_mut() else { return };
        let operation = &job.request.operation;
        let me = run.peer(run.me()).to_owned();
        // A check is worth a short wait: what it checks is there.
        let longest = if run.is_answered() {
            usual / CHECKS_PATIENCE_PARTS
        } else {
            Duration::MAX
        };
        let late = run.late_members(|peer, work| {
            let deadline = calibration.deadline(operation, [peer, &me], work, usual);
            deadline.min(longest)
        });
        let (inputs, count) = run.late(&late);
        if inputs.is_empty() {
            return;
        }
        let silent = late.iter().filter(|member| !run.is_held(**member));
        let names: Vec<&str> = silent.map(|member| run.name(*member)).collect();
        let text = format!(
            "No answer in time from {}; the {count} tasks there are tried elsewhere and here too",
            bounded_sentence(&names.join(", ")),
        );
        let is_news = count > 0 && !names.is_empty();
        let steps = inputs
            .into_iter()
            .flat_map(|input| run.apply(input, None))
            .collect();
        if is_news {
            self.notice(Severity::Warning, text);
        }
        self.take_steps(id, steps, context);
    }

    pub(crate) fn lose_member(&mut self, id: &JobId, peer: &str, context: &mut Context<Self>) {
        let run = self.jobs.get_mut(id).and_then(|job| job.run.as_mut());
        let steps = run.and_then(|run| run.lose(peer).map(|input| run.apply(input, None)));
        self.take_steps(id, steps.unwrap_or_default(), context);
        self.push_snapshot(id);
    }

    pub(crate) fn take_steps(&mut self, id: &JobId, steps: Vec<Step>, context: &mut Context<Self>) {
        for step in steps {
            match step {
                Step::Notice(text) => self.notice(Severity::Warning, text),
                Step::Wrong(peer) => {
                    let clause = "it gave an answer that two others contradict".to_owned();
                    // The job goes on without the member whether the mesh hears of it or not.
                    if let Some(mesh) = &self.options.mesh
                        && mesh.distrust.try_send(Distrust { peer, clause }).is_err()
                    {
                        let text =
                            "The mesh is busy; a member that was proven wrong stays connected";
                        self.notice(Severity::Warning, text);
                    }
                }
                Step::Contradiction(text) => {
                    self.notice(
                        Severity::Warning,
                        format!("{text}; a third computation decides"),
                    );
                    let run = self.jobs.get_mut(id).and_then(|job| job.run.as_mut());
                    let steps = run
                        .map(|run| run.apply(Input::Resume, None))
                        .unwrap_or_default();
                    self.take_steps(id, steps, context);
                }
                Step::Finished(digest) => self.finish(id, digest, context),
                Step::Failed(error) => self.fail(id, error, context),
            }
        }
    }
}
