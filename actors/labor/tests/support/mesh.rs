//! A mesh without a network: remote tasks are computed in this process, by peers that follow a script.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use actix::{Actor, Context, Handler, Recipient};
use actor_messages::JobId;
use actor_messages::work::{
    CloseJob, Distrust, ListMembers, MemberChange, MemberChanged, Members, OfferJob, SendTasks,
    TaskFinished,
};
use kernel_labor::{Member, assign};
use kernel_tasks::{Task, TaskId, TaskOutput, execute, numeric_class};

use super::compute::Release;

/// Our own peer id on this mesh; sorts between the others.
pub const ME: &str = "m-own";

/// What a peer does with tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// Computes them.
    Honest,
    /// Computes so many, then is gone.
    LostAfter(usize),
    /// Refuses the job when it is offered.
    Refusing,
    /// Says that each task failed.
    Failing,
    /// Sends bytes that are no result.
    Babbling,
    /// Sends a result that is well-formed and wrong.
    Lying,
    /// Gives every answer twice, and what the others do a third time.
    Doubling,
    /// Takes tasks and says nothing.
    Silent,
    /// Is not told of the job, which waits for its user's yes.
    Held,
    /// Sends results that are one column too wide.
    Widening,
    /// Has another arithmetic.
    OtherClass,
}

/// A peer of the test.
#[derive(Clone, Debug)]
pub struct PeerScript {
    pub peer: &'static str,
    pub capacity: u32,
    pub conduct: Conduct,
}

pub fn peer(peer: &'static str, conduct: Conduct) -> PeerScript {
    PeerScript {
        peer,
        capacity: 1,
        conduct,
    }
}

/// Peer and task of everything that was sent, in order.
pub type Sent = Arc<Mutex<Vec<(String, TaskId)>>>;

pub struct InProcessMesh {
    sent: Sent,
    peers: Vec<PeerScript>,
    offers: BTreeMap<JobId, OfferJob>,
    computed: BTreeMap<String, usize>,
    gone: BTreeSet<String>,
    /// Lets this machine's own workers go, once the script has played.
    free: Recipient<Release>,
}

impl InProcessMesh {
    pub fn new(peers: Vec<PeerScript>, free: Recipient<Release>, sent: Sent) -> Self {
        Self {
            sent,
            peers,
            offers: BTreeMap::new(),
            computed: BTreeMap::new(),
            gone: BTreeSet::new(),
            free,
        }
    }

    fn conduct(&self, peer: &str) -> Conduct {
        self.peers
            .iter()
            .find(|script| script.peer == peer)
            .expect("a known peer")
            .conduct
    }

    fn compute(&mut self, peer: &str, id: TaskId, task: &Task) {
        let conduct = self.conduct(peer);
        let done = self.computed.entry(peer.to_owned()).or_default();
        let Some((job, offer)) = self.offers.iter().next_back() else {
            return;
        };
        if self.gone.contains(peer) {
            return;
        }
        if matches!(conduct, Conduct::LostAfter(count) if *done == count) {
            self.gone.insert(peer.to_owned());
            let changed = MemberChanged {
                job: job.clone(),
                peer: peer.to_owned(),
                change: MemberChange::Down,
            };
            offer.changed.try_send(changed).expect("room");
            self.free.try_send(Release).expect("room");
            return;
        }
        if matches!(conduct, Conduct::Silent | Conduct::Held) {
            return;
        }
        *done += 1;
        let right = execute(task, &offer.blobs, &|| false).expect("a result");
        let output: Result<Arc<[u8]>, String> = match conduct {
            Conduct::Failing => Err("The kernel broke".to_owned()),
            Conduct::Babbling => Ok(vec![1, 2, 3].into()),
            Conduct::Widening => Ok(widened(&right).into()),
            Conduct::Lying => Ok(altered(&right).into()),
            _ => Ok(right.into()),
        };
        let times = if conduct == Conduct::Doubling { 2 } else { 1 };
        let answer = TaskFinished {
            job: job.clone(),
            id,
            peer: peer.to_owned(),
            output,
        };
        for _ in 0..times {
            offer.finished.try_send(answer.clone()).expect("room");
        }
        if matches!(conduct, Conduct::Lying | Conduct::Doubling)
            && let Some(honest) = self
                .peers
                .iter()
                .find(|script| script.conduct == Conduct::Honest)
        {
            // Another peer answers the same task as well, late or early.
            let right = execute(task, &offer.blobs, &|| false).expect("a result");
            let peer = honest.peer.to_owned();
            let answer = TaskFinished {
                job: job.clone(),
                id,
                peer,
                output: Ok(right.into()),
            };
            offer.finished.try_send(answer).expect("room");
        }
        if conduct != Conduct::Honest && !matches!(conduct, Conduct::LostAfter(_)) {
            self.free.try_send(Release).expect("room");
        }
    }
}

/// A picture with one more column.
fn widened(right: &[u8]) -> Vec<u8> {
    let mut output = TaskOutput::decode(right).expect("a result");
    let TaskOutput::Image {
        rows,
        columns,
        values,
    } = &mut output
    else {
        panic!("only pictures are widened");
    };
    *columns += 1;
    *values = vec![1.0; (*rows * *columns) as usize];
    output.encode().expect("a result")
}

/// The same kind of result with other numbers.
fn altered(right: &[u8]) -> Vec<u8> {
    let mut output = TaskOutput::decode(right).expect("a result");
    match &mut output {
        TaskOutput::LowRank { max_abs, .. } => *max_abs += 1.0,
        TaskOutput::Image { values, .. } => values[0] += 1.0,
        TaskOutput::Mask { volume_ml, .. } => *volume_ml = None,
        TaskOutput::Labels { voxel_mm3, .. } => *voxel_mm3 = None,
        TaskOutput::Slab(parts) => parts.reverse(),
    }
    output.encode().expect("a result")
}

impl Actor for InProcessMesh {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(4096);
    }
}

impl Handler<ListMembers> for InProcessMesh {
    type Result = ();

    fn handle(&mut self, request: ListMembers, _: &mut Self::Context) {
        let member = |peer: &str, capacity: u32, class: [u8; 32]| Member {
            peer: peer.to_owned(),
            incarnation: 7,
            capacity,
            memory_bytes: 1 << 30,
            numeric_class: class,
            link_cost: 0,
        };
        let class = *numeric_class().bytes();
        let mut members = vec![(member(ME, 1, class), "own name".to_owned())];
        for script in &self.peers {
            let class = if script.conduct == Conduct::OtherClass {
                [9; 32]
            } else {
                class
            };
            members.push((
                member(script.peer, script.capacity, class),
                script.peer.to_owned(),
            ));
        }
        members.sort_by(|a, b| a.0.peer.cmp(&b.0.peer));
        let answer = Members {
            job: request.job,
            me: ME.to_owned(),
            members,
        };
        request.reply.try_send(answer).expect("room");
    }
}

impl Handler<OfferJob> for InProcessMesh {
    type Result = ();

    fn handle(&mut self, offer: OfferJob, _: &mut Self::Context) {
        // As every member does: the assignment is computed again and compared.
        let assignment = assign(&offer.tasks, &offer.membership).expect("an assignment");
        assert_eq!(assignment.digest(), *offer.assignment_digest.bytes());
        for script in self
            .peers
            .iter()
            .filter(|script| script.conduct == Conduct::Refusing)
        {
            let change = MemberChange::Refused("Busy with other work".to_owned());
            let changed = MemberChanged {
                job: offer.job.clone(),
                peer: script.peer.to_owned(),
                change,
            };
            offer.changed.try_send(changed).expect("room");
            self.gone.insert(script.peer.to_owned());
            self.free.try_send(Release).expect("room");
        }
        for script in self
            .peers
            .iter()
            .filter(|script| script.conduct == Conduct::Held)
        {
            let changed = MemberChanged {
                job: offer.job.clone(),
                peer: script.peer.to_owned(),
                change: MemberChange::Held,
            };
            offer.changed.try_send(changed).expect("room");
        }
        self.offers.insert(offer.job.clone(), offer);
    }
}

impl Handler<SendTasks> for InProcessMesh {
    type Result = ();

    fn handle(&mut self, send: SendTasks, _: &mut Self::Context) {
        for (id, task) in &send.tasks {
            assert_eq!(task.id(), *id);
            self.sent
                .lock()
                .expect("no test panics holding it")
                .push((send.peer.clone(), *id));
            self.compute(&send.peer, *id, task);
        }
    }
}

impl Handler<Distrust> for InProcessMesh {
    type Result = ();
    fn handle(&mut self, _: Distrust, _: &mut Context<Self>) {}
}

impl Handler<CloseJob> for InProcessMesh {
    type Result = ();

    fn handle(&mut self, close: CloseJob, _: &mut Self::Context) {
        self.offers
            .remove(&close.job)
            .expect("an offered job is closed once");
    }
}
