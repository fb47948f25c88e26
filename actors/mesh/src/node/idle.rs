//! Whether somebody uses this machine: hands at the window, work of our own, or other programs.

use std::time::{Duration, Instant};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// How long after the last sign of use a machine counts as idle.
const IDLE_AFTER: Duration = Duration::from_secs(60);
/// More of one core than this in use by other programs counts as use, per cent.
const OTHERS_USE_PERCENT: f32 = 50.0;

/// When this machine was last in use.
pub(super) struct Idle {
    system: System,
    used_at: Instant,
}

impl Idle {
    /// A machine on which this program was just started is in use.
    pub(super) fn new() -> Self {
        Self {
            system: System::new(),
            used_at: Instant::now(),
        }
    }

    /// Somebody moves, clicks or types.
    pub(super) fn touch(&mut self) {
        self.used_at = Instant::now();
    }

    /// Whether the machine is in use; to be asked about once a second, since use is measured between two questions.
    pub(super) fn is_in_use(&mut self, own_work: bool) -> bool {
        if own_work || self.others_percent() > OTHERS_USE_PERCENT {
            self.touch();
        }
        self.used_at.elapsed() < IDLE_AFTER
    }

    /// What other programs use, in per cent of one core; what this one computes for peers is no use of the machine.
    fn others_percent(&mut self) -> f32 {
        self.system.refresh_cpu_usage();
        let me = Pid::from_u32(std::process::id());
        self.system.refresh_processes_specifics(
            ProcessesToUpdate::Some(&[me]),
            true,
            ProcessRefreshKind::nothing().with_cpu(),
        );
        let all: f32 = self.system.cpus().iter().map(|core| core.cpu_usage()).sum();
        let ours = self.system.process(me).map_or(0.0, |me| me.cpu_usage());
        (all - ours).max(0.0)
    }
}
