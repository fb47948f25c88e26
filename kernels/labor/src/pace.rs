//! How fast members have shown themselves to be, by what they answered: whole numbers from the log, and no clock.

use crate::station::Roster;

/// Bits of a tick: a member of capacity 1 does a unit of work in 2^16 ticks.
const TICK_BITS: u32 = 16;
/// Bits of a speed: a capacity of 1 is a speed of 2^10.
const SPEED_BITS: u32 = 10;
/// A member is taken for at most 2^6 times slower or faster than it says.
const FACTOR_BITS: u32 = 6;
/// A member is believed by what it declares for one part in so many of the time that the job should take.
const PRIOR_PARTS: u128 = 16;
/// A task that takes longer than it should will take at least one part in so many of the time it took already.
const OVERDUE_PARTS: u128 = 2;
/// Speeds are estimated after so small a part of the time for which members are believed.
const LOOK_PARTS: u128 = 16;

/// What one station did so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Pace {
    /// Weight of the tasks that it had and answered.
    done: u64,
    /// Ticks in which it had something to do, up to the last time that it had nothing.
    busy: u128,
    /// When it last began to have something, if it has.
    since: Option<u128>,
    /// When it last answered, or began to have something.
    last: u128,
}

/// The array's own time. It goes on with every answer, by the work that was done over the capacity of those who had work: what
/// members did in the same time is compared, and how long that was by any clock changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pacer {
    now: u128,
    busy_capacity: u64,
    paces: Vec<Pace>,
    /// Ticks for which a member is believed by what it declares.
    prior: u128,
    /// When speeds were last estimated, and when idle members were last asked again.
    estimated: Option<u128>,
    asked: Option<u128>,
}

impl Pacer {
    /// For a job of this much work on members of this capacity together.
    pub(crate) fn new(cost: u64, capacity: u64) -> Self {
        let expected = ticks(cost, speed_declared(capacity.max(1)));
        Self {
            now: 0,
            busy_capacity: 0,
            paces: Vec::new(),
            prior: (expected / PRIOR_PARTS).max(1),
            estimated: None,
            asked: None,
        }
    }

    /// Whether enough has happened since idle members were last asked again; counts as asking.
    pub(crate) fn asks_again(&mut self) -> bool {
        let due = is_due(self.now, self.asked, self.prior);
        if due {
            self.asked = Some(self.now);
        }
        due
    }

    /// One more station, with the next number.
    pub(crate) fn enter(&mut self) {
        self.paces.push(Pace::default());
    }

    /// The station has something to do from now on.
    pub(crate) fn begins(&mut self, station: usize, capacity: u32) {
        let pace = &mut self.paces[station];
        (pace.since, pace.last) = (Some(self.now), self.now);
        self.busy_capacity += u64::from(capacity);
    }

    /// The station has nothing more to do.
    pub(crate) fn ends(&mut self, station: usize, capacity: u32) {
        let pace = &mut self.paces[station];
        if let Some(since) = pace.since.take() {
            pace.busy += self.now - since;
            self.busy_capacity -= u64::from(capacity);
        }
    }

    /// The station answered a task that it has.
    pub(crate) fn answers(&mut self, station: usize, weight: u64) {
        self.now += self.ticks_of_all(weight);
        let pace = &mut self.paces[station];
        pace.done = pace.done.saturating_add(weight);
        pace.last = self.now;
    }

    /// What the station declares, as long as its answers could be those of such a member; or else what it did in the time that it had
    /// work, half of the task that it has begun taken for done. `slack` is how far the array's time may be off.
    fn speed(&self, station: usize, capacity: u32, begun: u64, slack: u128) -> u64 {
        let pace = &self.paces[station];
        let busy = pace.busy + pace.since.map_or(0, |since| self.now - since);
        let declared = u128::from(speed_declared(capacity.into()));
        let speed =
            |done: u64, busy: u128| (u128::from(done) << (TICK_BITS + SPEED_BITS)) / busy.max(1);
        let least = speed(pace.done, busy + slack);
        let most = speed(pace.done.saturating_add(begun), busy.saturating_sub(slack));
        let shown = if (least..=most).contains(&declared) {
            declared
        } else {
            // The prior is at most the ticks of all work, 2^80, and a declared speed below 2^42.
            let prior = (self.prior * declared) >> (TICK_BITS + SPEED_BITS);
            let prior = u64::try_from(prior).unwrap_or(u64::MAX);
            let done = pace.done.saturating_add(begun / 2).saturating_add(prior);
            speed(done, busy + self.prior)
        };
        let shown = shown.clamp(declared >> FACTOR_BITS, declared << FACTOR_BITS);
        u64::try_from(shown).expect("a declared speed below 2^42, and 2^6 times as fast")
    }

    /// Ticks that all who have work need for this much of it together.
    fn ticks_of_all(&self, weight: u64) -> u128 {
        ticks(weight, speed_declared(self.busy_capacity.max(1)))
    }

    /// Ticks until the station should be done with the task it has begun.
    fn remaining(&self, station: usize, weight: u64, speed: u64) -> u128 {
        let elapsed = self.now - self.paces[station].last;
        let left = ticks(weight, speed).saturating_sub(elapsed);
        left.max(elapsed / OVERDUE_PARTS)
    }
}

/// Whether a small part of the job's time has gone by: in a large job not every answer is worth a look at everybody.
fn is_due(now: u128, last: Option<u128>, prior: u128) -> bool {
    last.is_none_or(|last| now - last >= prior / LOOK_PARTS)
}

/// The speed of a member that is as fast as it says.
pub(crate) fn speed_declared(capacity: u64) -> u64 {
    capacity << SPEED_BITS
}

/// Ticks that this much work takes at a speed.
pub(crate) fn ticks(weight: u64, speed: u64) -> u128 {
    let work = u128::from(weight) << (TICK_BITS + SPEED_BITS);
    quotient(work, speed.into())
}

/// The same as `/`; a division of 128 bits costs several times one of 64, and most numbers are short.
fn quotient(dividend: u128, divisor: u128) -> u128 {
    match (u64::try_from(dividend), u64::try_from(divisor)) {
        (Ok(dividend), Ok(divisor)) => (dividend / divisor).into(),
        _ => dividend / divisor,
    }
}

/// When a station should be done, in ticks from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    /// With the task it has begun: its longest.
    pub begun: u128,
    /// With all it has.
    pub all: u128,
}

impl Roster {
    /// Takes everybody who is here for as fast as they have shown themselves to be.
    pub(crate) fn estimate(&mut self) {
        if !is_due(self.pacer.now, self.pacer.estimated, self.pacer.prior) {
            return;
        }
        self.pacer.estimated = Some(self.pacer.now);
        // Work that is under way is not in the array's time yet.
        let begun = self.present.values();
        let begun = begun.filter_map(|station| self.stations[*station].pending.first_key_value());
        let slack = self
            .pacer
            .ticks_of_all(begun.map(|(_, weight)| *weight).sum());
        for station in self.present.values().copied() {
            let begun = self.stations[station].pending.first_key_value();
            let begun = begun.map_or(0, |(_, weight)| *weight);
            let bench = &mut self.benches[station];
            bench.set_speed(self.pacer.speed(station, bench.capacity(), begun, slack));
        }
    }

    /// When the station should be done, at the speed it is taken for.
    pub(crate) fn ends(&self, station: usize) -> Ends {
        let bench = &self.benches[station];
        let Some((_, weight)) = self.stations[station].pending.first_key_value() else {
            return Ends { begun: 0, all: 0 };
        };
        let begun = self.pacer.remaining(station, *weight, bench.speed());
        let others = ticks(bench.load() - weight, bench.speed());
        Ends {
            begun,
            all: begun + others,
        }
    }
}
