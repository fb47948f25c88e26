//! Ctrl-C and a polite request to end, as a flag that a command looks at while it waits.

use std::process;
use std::thread;

use actor_messages::CancelFlag;

use super::failure::Failure;

/// What a shell reports for a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// Raised by the first Ctrl-C (or SIGTERM); the second one ends the program at once.
pub fn listen() -> Result<CancelFlag, Failure> {
    let flag = CancelFlag::new();
    let raised = flag.clone();
    let told = |error: &dyn std::fmt::Display| {
        Failure::failed(format!("Ctrl-C cannot be listened for: {error}"))
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(|e| told(&e))?;
    thread::Builder::new()
        .name("clisonix-interrupt".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                wanted().await;
                raised.cancel();
                wanted().await;
                process::exit(INTERRUPTED);
            });
        })
        .map_err(|e| told(&e))?;
    Ok(flag)
}

/// Returns once somebody asks this program to end; never, where the platform cannot tell.
#[cfg(unix)]
async fn wanted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            () = interrupted() => (),
            _ = terminate.recv() => (),
        },
        Err(_) => interrupted().await,
    }
}

#[cfg(not(unix))]
async fn wanted() {
    interrupted().await;
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
