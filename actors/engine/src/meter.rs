//! The gauges for the status bar: told when they change, silent when nothing happens.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context};
use actor_compute::ComputeGauges;
use actor_messages::{Event, EventInbox, Meter};

/// How often the gauges are read.
const READING_EVERY: Duration = Duration::from_millis(500);

/// Memory is told in steps of this size, so that small movements wake nobody.
const MEMORY_STEP_BYTES: u64 = 4 << 20;

/// Reads the gauges and tells of changes.
pub struct MeterActor {
    gauges: ComputeGauges,
    inbox: Arc<EventInbox>,
    told: Meter,
}

impl MeterActor {
    /// Starts on the current arbiter.
    pub fn launch(gauges: ComputeGauges, inbox: Arc<EventInbox>) {
        Self {
            gauges,
            inbox,
            told: Meter::default(),
        }
        .start();
    }

    fn read(&mut self) {
        let (cache_bytes, cache_bytes_max) = self.gauges.cache_bytes();
        let (screen_latency_p50_us, screen_latency_p99_us) = self.gauges.screen_latency_us();
        let now = Meter {
            resident_bytes: resident_bytes() / MEMORY_STEP_BYTES * MEMORY_STEP_BYTES,
            cache_bytes,
            cache_bytes_max,
            screen_latency_p50_us,
            screen_latency_p99_us,
            queued: self.gauges.queued(),
        };
        if now != self.told {
            self.told = now;
            self.inbox.push(Event::Meter(now));
        }
    }
}

impl Actor for MeterActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        self.read();
        context.run_interval(READING_EVERY, |meter, _| meter.read());
    }
}

/// Resident memory of this program, bytes; 0 where the platform has no `/proc`.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|kib| kib.trim().parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}
