//! The page of figures of a headless node, in the text form that Prometheus reads: `GET /metrics`, and nothing else.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actor_messages::{MeshSnapshot, Meter, PeerState};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};

use crate::error::EngineError;

/// Readers at a time; others wait.
const READERS_MAX: usize = 8;
/// A reader that takes longer is let go.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// The page while it is served; it ends with this value.
pub struct MetricsPage {
    shown: Arc<Mutex<Shown>>,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

#[derive(Default)]
struct Shown {
    mesh: Option<Arc<MeshSnapshot>>,
    meter: Meter,
}

/// Which peer a figure is about.
type PeerLabels = Vec<(String, String)>;

impl MetricsPage {
    /// Listens at an address; whoever reaches it may read. Errors: the address cannot be used.
    pub fn start(listen: SocketAddr) -> Result<Self, EngineError> {
        let refused = |error: std::io::Error| EngineError::Metrics {
            address: listen,
            reason: error.to_string(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(refused)?;
        let listener = runtime
            .block_on(TcpListener::bind(listen))
            .map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let shown = Arc::new(Mutex::new(Shown::default()));
        let (stop, stopped) = oneshot::channel();
        let served = shown.clone();
        std::thread::Builder::new()
            .name("clisonix-metrics".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = serve(listener, served) => {}
                        _ = stopped => {}
                    }
                });
            })
            .map_err(refused)?;
        Ok(Self {
            shown,
            address,
            _stop: stop,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The mesh as it is from now on.
    pub fn show_mesh(&self, mesh: Arc<MeshSnapshot>) {
        self.lock().mesh = Some(mesh);
    }

    /// The gauges as they are from now on.
    pub fn show_meter(&self, meter: Meter) {
        self.lock().meter = meter;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shown> {
        // Each change is whole before the guard drops.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener, shown: Arc<Mutex<Shown>>) {
    let readers = Arc::new(Semaphore::new(READERS_MAX));
    loop {
        // The semaphore is never closed.
        let Ok(permit) = readers.clone().acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of sockets for a moment: the next try may find one.
            tokio::time::sleep(READ_WITHIN / 10).await;
            continue;
        };
        let shown = shown.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| {
                let response = respond(&request, &shown);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), answer);
            // A reader that went away needs nothing any more.
            let _ = tokio::time::timeout(READ_WITHIN, connection).await;
            drop(permit);
        });
    }
}

fn respond(request: &Request<Incoming>, shown: &Mutex<Shown>) -> Response<Full<Bytes>> {
    let text = |status: StatusCode, text: String| {
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = status;
        response
    };
    if request.method() != Method::GET || request.uri().path() != "/metrics" {
        return text(StatusCode::NOT_FOUND, "GET /metrics\n".to_owned());
    }
    let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    match page(&shown) {
        Ok(page) => text(StatusCode::OK, page),
        Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    }
}

/// Made anew for each reader, from what is true now.
fn page(shown: &Shown) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::with_prefix("clisonix");
    let gauge = |registry: &mut Registry, name: &str, help: &str, value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    let meter = &shown.meter;
    gauge(
        &mut registry,
        "resident_memory_bytes",
        "Memory of this program",
        meter.resident_bytes,
    );
    gauge(
        &mut registry,
        "work_waiting",
        "Pieces of work that wait for a core",
        meter.queued as u64,
    );
    if let Some(mesh) = &shown.mesh {
        mesh_figures(&mut registry, mesh);
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

fn mesh_figures(registry: &mut Registry, mesh: &MeshSnapshot) {
    let single = |registry: &mut Registry, name: &str, help: &str, value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    let takes = u64::from(mesh.sharing && mesh.takes_nothing.is_none());
    single(
        registry,
        "takes_work",
        "1 while work of paired nodes is taken",
        takes,
    );
    single(
        registry,
        "cores_given",
        "Cores given to paired nodes",
        mesh.me.capacity.into(),
    );
    single(
        registry,
        "memory_given_bytes",
        "Memory given to paired nodes",
        mesh.me.memory_bytes,
    );
    let gauges = || Family::<PeerLabels, Gauge>::default();
    let counters = || Family::<PeerLabels, Counter>::default();
    let (up, round_trip) = (gauges(), gauges());
    let (done, given, failed) = (counters(), counters(), counters());
    let (sent, received) = (counters(), counters());
    for peer in &mesh.peers {
        let labels = vec![
            ("peer".to_owned(), peer.peer.clone()),
            ("name".to_owned(), peer.name.clone()),
        ];
        let is_up = matches!(peer.state, PeerState::Ready | PeerState::Working);
        up.get_or_create(&labels).set(is_up.into());
        if let Some(round_trip_us) = peer.round_trip_us {
            let micros = i64::try_from(round_trip_us).unwrap_or(i64::MAX);
            round_trip.get_or_create(&labels).set(micros);
        }
        for (family, count) in [
            (&done, peer.tasks_done),
            (&given, peer.tasks_given),
            (&failed, peer.failures),
            (&sent, peer.bytes_sent),
            (&received, peer.bytes_received),
        ] {
            family.get_or_create(&labels).inc_by(count);
        }
    }
    registry.register("peer_connected", "1 while the paired node is connected", up);
    registry.register(
        "peer_round_trip_microseconds",
        "Last round trip of a sign of life",
        round_trip,
    );
    registry.register(
        "tasks_received",
        "Tasks that the paired node computed for this one",
        done,
    );
    registry.register("tasks_given", "Tasks computed for the paired node", given);
    registry.register(
        "peer_failures",
        "Tasks that failed or were lost with it",
        failed,
    );
    registry.register_with_unit("sent", "Sent to the paired node", Unit::Bytes, sent);
    registry.register_with_unit(
        "received",
        "Received from the paired node",
        Unit::Bytes,
        received,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = std::net::TcpStream::connect(address).expect("it listens");
        stream.write_all(request.as_bytes()).expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer
    }

    #[test]
    fn the_page_holds_the_gauges_and_nothing_else_is_served() {
        let page = MetricsPage::start(SocketAddr::from(([127, 0, 0, 1], 0))).expect("starts");
        page.show_meter(Meter {
            resident_bytes: 4_096,
            ..Meter::default()
        });
        let get = |path| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        let answer = ask(page.address(), &get("/metrics"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(
            answer.contains("clisonix_resident_memory_bytes 4096"),
            "{answer}"
        );
        assert!(ask(page.address(), &get("/etc/passwd")).starts_with("HTTP/1.1 404"));
    }
}
