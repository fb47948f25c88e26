//! Who may compute a task besides those that have it: the last resort against members that are here and answer nothing.

use crate::Id;
use crate::member::has_class;
use crate::step::unknown_task;
use crate::work::Work;

/// Most members that compute one task at once: who had it, who doubled it, and one that helps.
const HOLDERS_MAX: usize = 3;

impl Work {
    /// The rank of the task and the station of the member that may help with it, or a sentence why it may not.
    pub(crate) fn helper(&self, peer: &str, task: &Id) -> Result<(u32, usize), String> {
        let Some(rank) = self.catalogue.rank(task) else {
            return Err(unknown_task(task).to_string());
        };
        let Some(station) = self.roster.present.get(peer).copied() else {
            return Err(format!("Member {peer} is not here"));
        };
        let holders = &self.roster.standings[rank as usize].holders;
        if holders.is_empty() {
            Err("Nobody has the task".to_owned())
        } else if holders.contains(&station) {
            Err(format!("Member {peer} has the task already"))
        } else if holders.len() >= HOLDERS_MAX {
            Err(format!("{} members have the task already", holders.len()))
        } else if self.roster.is_barred(rank, station)
            || !self.roster.benches[station].fits(self.catalogue.entry(rank))
            || !has_class(
                &self.roster.stations[station].member,
                self.required_class.as_ref(),
            )
        {
            Err(format!("Member {peer} cannot compute the task"))
        } else {
            Ok((rank, station))
        }
    }
}
