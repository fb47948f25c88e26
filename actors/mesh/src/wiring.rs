//! Opens the streams of a session: one at a time, each believed only once the other side has answered on it.
//!
//! libp2p-stream drops inbound streams without a word when several arrive at once; so a stream without an answer is
//! opened again.

use libp2p::{Stream, StreamProtocol};
use libp2p_stream::{Control, OpenStreamError};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::connections::Running;
use crate::protocol::fetch::{self, Source};
use crate::protocol::frame::Hello;
use crate::protocol::link::{Fetch, Loss, SessionId};
use crate::protocol::metered::Metered;
use crate::protocol::serve::BlobHello;
use crate::protocol::session::{self, Context};
use crate::protocol::{
    BLOB_PROTOCOL, CONTROL_PROTOCOL, GREETING_BYTES_MAX, GREETING_TIMEOUT, STREAM_RETRY,
    STREAM_TRIES, wire,
};

/// Opens the control stream, greets and runs the session.
pub(crate) async fn open_control(
    mut control: Control,
    ours: Hello,
    context: Context,
    ended: mpsc::Sender<SessionId>,
) -> Option<Loss> {
    let mut last = Loss::Closed("it did not answer".to_owned());
    for _ in 0..STREAM_TRIES {
        match open(&mut control, &context, CONTROL_PROTOCOL).await {
            Ok(stream) => match greeted(stream, &ours, &context).await {
                Ok((stream, theirs)) => {
                    return Some(run(stream, theirs, control, context, ended).await);
                }
                Err(loss @ (Loss::Version(_) | Loss::Misbehaved(_))) => return Some(loss),
                Err(loss) => last = loss,
            },
            Err(reason) => last = Loss::Closed(reason),
        }
        sleep(STREAM_RETRY).await;
    }
    Some(last)
}

/// Greets on a stream that the peer opened and runs the session; nothing where the stream was given up by its opener.
pub(crate) async fn answer_control(
    stream: Stream,
    control: Control,
    ours: Hello,
    context: Context,
    ended: mpsc::Sender<SessionId>,
) -> Option<Loss> {
    match greeted(stream, &ours, &context).await {
        Ok((stream, theirs)) => Some(run(stream, theirs, control, context, ended).await),
        Err(loss @ (Loss::Version(_) | Loss::Misbehaved(_))) => Some(loss),
        Err(_) => None,
    }
}

/// Counts a new stream and greets on it.
async fn greeted(
    stream: Stream,
    ours: &Hello,
    context: &Context,
) -> Result<(Metered<Stream>, Hello), Loss> {
    let mut stream = context
        .metered(stream, "control")
        .map_err(|error| Loss::Closed(error.to_string()))?;
    let theirs = session::greet(&mut stream, ours).await?;
    Ok((stream, theirs))
}

async fn run(
    stream: Metered<Stream>,
    theirs: Hello,
    control: Control,
    context: Context,
    ended: mpsc::Sender<SessionId>,
) -> Loss {
    let fetching = context.clone();
    session::run(stream, theirs, context, move |wanted| {
        Running::spawn(fetch_blobs(control, fetching, wanted, ended))
    })
    .await
}

/// Waits for the first wish, then opens the blob stream. When it breaks, so does the session: nothing is lost unnoticed.
async fn fetch_blobs(
    mut control: Control,
    context: Context,
    mut wanted: mpsc::Receiver<Fetch>,
    ended: mpsc::Sender<SessionId>,
) {
    let Some(first) = wanted.recv().await else {
        return;
    };
    let id = context.session;
    let fetched = match open_blobs(&mut control, &context).await {
        Some(stream) => {
            let Context {
                peer,
                session,
                pulse,
                partials,
                events,
                ..
            } = context;
            let source = Source {
                peer,
                session,
                pulse,
                partials,
                events,
            };
            fetch::run(stream, first, wanted, source).await
        }
        None => Err(std::io::Error::other("no blob stream could be opened")),
    };
    if fetched.is_err() {
        let _ = ended.send(id).await;
    }
}

async fn open_blobs(control: &mut Control, context: &Context) -> Option<Metered<Stream>> {
    for _ in 0..STREAM_TRIES {
        if let Ok(stream) = open(control, context, BLOB_PROTOCOL).await {
            let mut stream = context.metered(stream, "blobs-wanted").ok()?;
            let exchange = async {
                wire::write(&mut stream, &BlobHello::ours(), GREETING_BYTES_MAX)
                    .await
                    .ok()?;
                wire::read::<BlobHello, _>(&mut stream, GREETING_BYTES_MAX, None)
                    .await
                    .ok()
            };
            let answered = timeout(GREETING_TIMEOUT, exchange).await;
            if matches!(answered, Ok(Some(theirs)) if theirs == BlobHello::ours()) {
                return Some(stream);
            }
        }
        sleep(STREAM_RETRY).await;
    }
    None
}

async fn open(
    control: &mut Control,
    context: &Context,
    protocol: StreamProtocol,
) -> Result<Stream, String> {
    match timeout(
        GREETING_TIMEOUT,
        control.open_stream(context.peer, protocol),
    )
    .await
    {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(OpenStreamError::UnsupportedProtocol(_))) => {
            Err("it does not take part in the mesh".to_owned())
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it did not answer in time".to_owned()),
    }
}
