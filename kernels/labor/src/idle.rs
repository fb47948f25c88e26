//! What a member with nothing left to do takes over, by a rule that depends on the log alone.

use crate::catalogue::Catalogue;
use crate::placing::Bench;
use crate::station::Roster;

/// Tasks of one member that are looked at, from its last one on.
const LOOKS_MAX: usize = 4;
/// Most members that compute one task since they were idle, the one that had it first included.
const DOUBLES_MAX: usize = 3;

/// A task that goes to an idle station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taking {
    pub rank: u32,
    pub from: usize,
    /// Whether `from` keeps it as well: it may have begun, or may be faster than it says.
    pub doubled: bool,
}

/// The next task the station should take, if any: one of the last of whoever would finish last. It is moved where the station, with
/// all it took already, would have done it even before the other reaches it; it is doubled where that is only likely.
///
/// The other's first task is under way, by an unknown part: moving on the whole of it would give tasks to slower members too late,
/// so a move counts it as done, and a double, which can only help, as not begun. A third has to be twice as fast as both others.
pub(crate) fn next_taking(
    catalogue: &Catalogue,
    roster: &Roster,
    station: usize,
) -> Option<Taking> {
    let mut best: Option<Taking> = None;
    for &from in roster.present.values().filter(|from| **from != station) {
        let victim = &roster.benches[from];
        // Strictly later, so that of equals the lower peer id gives.
        let later = best.is_none_or(|other| {
            let other = &roster.benches[other.from];
            other.finishes_before(other.load(), victim, victim.load())
        });
        if later && let Some(taking) = taking_from(catalogue, roster, station, from) {
            best = Some(taking);
        }
    }
    best
}

fn taking_from(
    catalogue: &Catalogue,
    roster: &Roster,
    station: usize,
    from: usize,
) -> Option<Taking> {
    let bench = &roster.benches[station];
    let pending = &roster.stations[from].pending;
    let (first, begun) = pending.first_key_value()?;
    for rank in pending.keys().rev().take(LOOKS_MAX).copied() {
        let entry = catalogue.entry(rank);
        let holders = &roster.standings[rank as usize].holders;
        if holders.contains(&station)
            || holders.len() >= DOUBLES_MAX
            || !bench.fits(entry)
            || roster.is_barred(rank, station)
        {
            continue;
        }
        let finish = bench.load() + bench.weight(entry);
        let before = |holder: &Bench, load: u64| bench.finishes_before(finish, holder, load);
        let victim = &roster.benches[from];
        let moved = holders.len() == 1 && rank != *first && before(victim, victim.load() - begun);
        let doubled = match holders.len() {
            1 => before(victim, victim.load()),
            _ => holders.iter().all(|holder| {
                let holder = &roster.benches[*holder];
                before(holder, holder.load() / 2)
            }),
        };
        if moved || doubled {
            return Some(Taking {
                rank,
                from,
                doubled: !moved,
            });
        }
    }
    None
}
