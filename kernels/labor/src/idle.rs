//! What a member with nothing left to do takes over, by a rule that depends on the log alone.

use crate::catalogue::Catalogue;
use crate::station::Roster;

/// A task that goes to an idle station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taking {
    pub rank: u32,
    pub from: usize,
    /// Whether `from` keeps it as well: it is that station's last task, and has probably begun.
    pub doubled: bool,
}

/// The next task the station should take, if any: the shortest one of whoever would finish last, as long as the station,
/// with all it took already, would have done it before that finish. Nothing is held by more than two.
pub(crate) fn next_taking(
    catalogue: &Catalogue,
    roster: &Roster,
    station: usize,
) -> Option<Taking> {
    let bench = &roster.benches[station];
    let mut best: Option<Taking> = None;
    for &from in roster.present.values().filter(|from| **from != station) {
        let pending = &roster.stations[from].pending;
        let Some((&rank, _)) = pending.last_key_value() else {
            continue;
        };
        let entry = catalogue.entry(rank);
        let doubled = pending.len() == 1;
        let holders = &roster.standings[rank as usize].holders;
        if holders.len() > 1 || !bench.fits(entry) || roster.is_barred(rank, station) {
            continue;
        }
        let finish = bench.load() + bench.weight(entry);
        let victim = &roster.benches[from];
        if !bench.finishes_before(finish, victim, victim.load()) {
            continue;
        }
        // Strictly later, so that of equals the lower peer id gives.
        let later = best.is_none_or(|other| {
            let other = &roster.benches[other.from];
            other.finishes_before(other.load(), victim, victim.load())
        });
        if later {
            best = Some(Taking {
                rank,
                from,
                doubled,
            });
        }
    }
    best
}
