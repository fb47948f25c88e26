//! The assignment of an epoch: longest task first, each to the member that would finish it first.

use crate::catalogue::Catalogue;
use crate::field::Field;
use crate::hash::Hash;
use crate::member::has_class;
use crate::placing::Bench;
use crate::{Id, LaborError, LaborTask, Member, Membership};

const DOMAIN: &str = "clisonix 2026-11 labor assignment v1";

/// Who computes what. Equal tasks and equal members give equal assignments on every node, in whatever order they were listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    membership: Membership,
    /// (task, member index) in task order.
    places: Vec<(Id, u32)>,
    /// Tasks of each member, longest first.
    tasks: Vec<Vec<Id>>,
    loads: Vec<u64>,
}

/// Places every task by list scheduling on uniform related machines, longest processing time first.
///
/// Tasks go by falling cost, then by rising id; each to the member with the earliest finish, which is (its load + the task's cost +
/// link cost x bytes it does not hold yet) / capacity, compared by cross multiplication of whole numbers; of equals to the lower peer id.
/// A task's memory, and the numeric class a [`Membership`] requires, are hard limits.
///
/// Bound: with no transfers and no task kept out by memory, the last finish is at most 2m/(m+1) times the least possible on m members
/// (T. Gonzalez, O. H. Ibarra, S. Sahni, "Bounds for LPT schedules on uniform processors", SIAM Journal on Computing 6, 1977).
/// Since the last task to finish, of cost p, was put where it finishes first, the last finish is also at most
/// (all work + (m - 1) p) / all capacity: with many tasks a member this is close to the best there can be. How close is shown against
/// two lower bounds, `Plan::lower_bound_ticks` (all work by all together; the longest task on the fastest) and the higher
/// `Plan::whole_bound_ticks`: in a time T member i does at most floor(T x speed / p) tasks that cost p or more, so T must be long enough
/// for these to be as many as there are, for every p. With 20 tasks a member of costs 20 or 800 the second is up to 1.06 times the
/// first, which no schedule reaches then; against it the worst of 2,000 seeds is 1.008 (`examples/figures.rs`).
///
/// Errors: no tasks, an id with two descriptions, costs or transfers too large to count, or a task that fits nowhere, with the limit.
pub fn assign(tasks: &[LaborTask], members: &Membership) -> Result<Assignment, LaborError> {
    assign_catalogue(&Catalogue::new(tasks)?, members).map(|(assignment, _)| assignment)
}

/// The assignment, and the benches as they stand after it.
pub(crate) fn assign_catalogue(
    catalogue: &Catalogue,
    membership: &Membership,
) -> Result<(Assignment, Vec<Bench>), LaborError> {
    let members = membership.members();
    let mut benches = members
        .iter()
        .map(|member| Bench::new(member, catalogue))
        .collect::<Result<Vec<_>, _>>()?;
    let required = membership.required_class();
    let candidates: Vec<usize> = (0..members.len())
        .filter(|index| has_class(&members[*index], required))
        .collect();
    if let (Some(required), true) = (required, candidates.is_empty()) {
        return Err(LaborError::ClassNowhere {
            required: *required,
        });
    }
    let mut field = Field::new(&benches, candidates, catalogue);
    let mut member_of_rank = vec![0; catalogue.len()];
    let mut tasks = vec![Vec::new(); members.len()];
    for (rank, place) in (0..).zip(&mut member_of_rank) {
        let entry = catalogue.entry(rank);
        let index = field.place(entry, &mut benches)?;
        tasks[index].push(entry.id);
        *place = u32::try_from(index).expect("a membership has at most 4096 members");
    }
    let places = catalogue
        .ranks()
        .iter()
        .map(|(id, rank)| (*id, member_of_rank[*rank as usize]))
        .collect();
    let loads = benches.iter().map(Bench::load).collect();
    Ok((
        Assignment {
            membership: membership.clone(),
            places,
            tasks,
            loads,
        },
        benches,
    ))
}

impl Assignment {
    /// BLAKE3 over the membership digest and every (task id, place of its member in peer order) in task order.
    pub fn digest(&self) -> Id {
        let mut hash = Hash::new(DOMAIN);
        hash.id(&self.membership.digest())
            .integer(self.places.len() as u64);
        for (task, index) in &self.places {
            hash.id(task).integer((*index).into());
        }
        hash.finish()
    }

    /// The members it was made for.
    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    /// How many tasks it places.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it places none; never true of an assignment that [`assign`] gave.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The tasks of a peer, longest first; none for a peer that is not a member.
    pub fn tasks_of(&self, peer: &str) -> &[Id] {
        self.index(peer).map_or(&[], |index| &self.tasks[index])
    }

    /// The member that computes this task.
    pub fn member_of(&self, task: &Id) -> Option<&Member> {
        let place = self
            .places
            .binary_search_by(|(other, _)| other.cmp(task))
            .ok()?;
        Some(&self.membership.members()[self.places[place].1 as usize])
    }

    /// The load of a peer in work units, transfers included; its finish is this over its capacity.
    pub fn load_of(&self, peer: &str) -> u64 {
        self.index(peer).map_or(0, |index| self.loads[index])
    }

    /// (task, member) in task order.
    pub fn iter(&self) -> impl Iterator<Item = (&Id, &Member)> {
        self.places
            .iter()
            .map(|(task, index)| (task, &self.membership.members()[*index as usize]))
    }

    fn index(&self, peer: &str) -> Option<usize> {
        self.membership
            .members()
            .binary_search_by(|member| member.peer.as_str().cmp(peer))
            .ok()
    }
}
