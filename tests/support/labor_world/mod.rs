//! A world in virtual time for the labor array: machines that crash, stall, lie and lose their line, all from one seed.
//!
//! `life` runs one job from its opening to its end and says in one sentence what went wrong, if anything did.
#![allow(dead_code)]

mod driver;
mod events;
mod hands;
mod machine;
mod oracle;
mod plan;
mod seeded;

pub use events::World;
pub use plan::Plan;
pub use seeded::Seeded;

use kernel_labor::{ArrayState, Id, Input, LaborArray, Opening};

/// What came out of a life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Over all results.
    pub result_digest: Id,
    /// Over all placements.
    pub schedule_digest: Id,
    /// Virtual time at which the job was complete.
    pub makespan: u64,
    /// Memberships that held.
    pub epochs: usize,
    /// Inputs in the log.
    pub inputs: usize,
    /// Contradictions that a third computation settled.
    pub settled: usize,
    /// Tasks confirmed by a second peer.
    pub checked: usize,
}

/// Runs one life to its end, checks everything that must hold, and replays its log.
pub fn life(plan: &Plan) -> Result<Story, String> {
    let mut world = World::new(plan)?;
    world.run()?;
    let story = world.story()?;
    replays(&world, &story, plan)?;
    Ok(story)
}

/// What the result must be: one honest machine alone, without any fault.
pub fn calm_digest(plan: &Plan) -> Result<Id, String> {
    let mut array = LaborArray::new();
    let alone = Opening {
        membership: kernel_labor::Membership::new(vec![plan.members[0].clone()])
            .map_err(|error| error.to_string())?,
        ..plan.opening()
    };
    array.apply(Input::Open(alone));
    for task in &plan.tasks {
        array.apply(Input::Done {
            peer: plan.members[0].peer.clone(),
            task: task.id,
            digest: plan::truth(&task.id),
        });
    }
    match array.state() {
        ArrayState::Completed => Ok(array.result_digest().expect("an open job")),
        state => Err(format!("The calm run stands at {state:?}")),
    }
}

/// The log, through bytes and with its tasks and members listed in another order, gives the same array.
fn replays(world: &World, story: &Story, plan: &Plan) -> Result<(), String> {
    let bytes = postcard::to_stdvec(world.log()).map_err(|error| error.to_string())?;
    let mut log: Vec<Input> = postcard::from_bytes(&bytes).map_err(|error| error.to_string())?;
    if let Some(Input::Open(opening)) = log.first_mut() {
        Seeded(plan.seed ^ 0x0bad_cafe).shuffle(&mut opening.tasks);
        let mut members = opening.membership.members().to_vec();
        members.reverse();
        opening.membership =
            kernel_labor::Membership::new(members).map_err(|error| error.to_string())?;
    }
    let again = LaborArray::replay(&log);
    if again.schedule_digest() != Some(story.schedule_digest) {
        return Err("The replay gives another schedule".to_owned());
    }
    if again.result_digest() != Some(story.result_digest) {
        return Err("The replay gives another result".to_owned());
    }
    if again != *world.array() {
        return Err("The replay gives another array".to_owned());
    }
    Ok(())
}
