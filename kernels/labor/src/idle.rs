//! What a member with nothing left to do takes over, by a rule that depends on the log alone.

use crate::catalogue::Catalogue;
use crate::pace::{Ends, ticks};
use crate::station::Roster;

/// Tasks of one member that are looked at, besides the one it has begun.
const LOOKS_MAX: usize = 4;
/// Most members that compute one task since they were idle, the one that had it first included.
const DOUBLES_MAX: usize = 3;
/// One part in so many of what a member has is taken to be under way, or about to be, and is left with it.
const IN_HAND_PARTS: usize = 3;
/// Most tasks that are taken to be so.
const IN_HAND_MAX: usize = 32;
/// Most tasks that one member takes over before it has nothing again: so many, or where that is more, one part in
/// [`TAKINGS_PARTS`] of its share of the open ones. What is taken is hardly given back, and speeds are estimates.
pub(crate) const TAKINGS_MIN: usize = 8;
/// See [`TAKINGS_MIN`].
pub(crate) const TAKINGS_PARTS: usize = 16;
/// Most members that are asked again after an answer whether they would take something.
pub(crate) const ASKED_AGAIN_MAX: usize = 8;

/// A task that goes to an idle station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taking {
    pub rank: u32,
    pub from: usize,
    /// Whether `from` keeps it as well: it has begun.
    pub doubled: bool,
}

/// What one station may take from the others, while it takes it.
pub(crate) struct Prospects {
    station: usize,
    /// Who is here, in peer order, and when each should be done.
    ends: Vec<(usize, Ends)>,
}

impl Prospects {
    /// What this station may take now.
    pub(crate) fn new(roster: &Roster, station: usize) -> Self {
        let ends = roster.present.values();
        Self {
            station,
            ends: ends.map(|at| (*at, roster.ends(*at))).collect(),
        }
    }

    /// The next task the station should take, if any, from whoever should finish last, by the speeds that the log shows.
    ///
    /// Of what is not begun the longest task beyond the first part is moved, if the station, with all it took already, would have done
    /// it before the other is done with all that it has not begun: so what is left goes on longest first, as it was assigned. The task
    /// that was begun is doubled, if the station has nothing and would have done it before everybody who has it.
    pub(crate) fn next(&self, catalogue: &Catalogue, roster: &Roster) -> Option<Taking> {
        let mut best: Option<(u128, Taking)> = None;
        for (from, ends) in &self.ends {
            // Strictly later, so that of equals the lower peer id gives.
            if *from != self.station
                && best.is_none_or(|(other, _)| other < ends.all)
                && let Some(taking) = taking_from(catalogue, roster, self.station, (*from, *ends))
            {
                best = Some((ends.all, taking));
            }
        }
        best.map(|(_, taking)| taking)
    }

    /// After a taking was carried out.
    pub(crate) fn took(&mut self, roster: &Roster, taking: Taking) {
        for (at, ends) in &mut self.ends {
            if *at == taking.from {
                *ends = roster.ends(*at);
            }
        }
    }
}

fn taking_from(
    catalogue: &Catalogue,
    roster: &Roster,
    station: usize,
    (from, ends): (usize, Ends),
) -> Option<Taking> {
    let bench = &roster.benches[station];
    let pending = &roster.stations[from].pending;
    let begun = *pending.first_key_value()?.0;
    // The part that is done of what was begun is unknown: moving on the whole of it would give tasks to slower members too late.
    let (own, theirs) = (roster.ends(station).all, ends.all - ends.begun);
    let in_hand = (pending.len() / IN_HAND_PARTS).clamp(1, IN_HAND_MAX);
    let ranks = pending.keys().skip(in_hand).take(LOOKS_MAX);
    for rank in ranks.chain([&begun]).copied() {
        let entry = catalogue.entry(rank);
        let holders = &roster.standings[rank as usize].holders;
        if holders.contains(&station) || !bench.fits(entry) || roster.is_barred(rank, station) {
            continue;
        }
        let finish = own + ticks(bench.weight(entry), bench.speed());
        let has_begun = |holder: usize| {
            let pending = &roster.stations[holder].pending;
            pending.first_key_value().map(|(first, _)| *first) == Some(rank)
        };
        let is_sooner = |holder: &usize| {
            let ends = roster.ends(*holder);
            finish
                < if has_begun(*holder) {
                    ends.begun
                } else {
                    ends.all
                }
        };
        let sooner = holders.iter().all(is_sooner);
        let moved = rank != begun && finish < theirs && sooner;
        let doubled = rank == begun && sooner && own == 0 && holders.len() < DOUBLES_MAX;
        if moved || doubled {
            return Some(Taking {
                rank,
                from,
                doubled,
            });
        }
    }
    None
}
