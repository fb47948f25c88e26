//! A second node on this machine, for the demo: this program again with a home of its own, paired with ours.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

use super::failure::Failure;
use super::pair;
use super::session::Session;

/// A running `clisonix node`; it ends with this value.
pub struct LocalNode {
    program: Child,
    peer: String,
    address: String,
}

/// What is read of the document that `clisonix node --json` prints.
#[derive(Deserialize)]
struct Told {
    addresses: Vec<String>,
}

impl LocalNode {
    /// Pairs the homes, starts the node and waits until it listens.
    pub fn start(here: &Session, home: PathBuf) -> Result<Self, Failure> {
        let paired = pair::pair_homes(here.home(), &home)?;
        let told = |error: &dyn std::fmt::Display| {
            Failure::failed(format!(
                "A second node cannot be started on this machine: {error}"
            ))
        };
        let program = std::env::current_exe().map_err(|error| told(&error))?;
        let mut program = Command::new(program)
            .arg("--home")
            .arg(&home)
            .args(["--json", "node", "--listen", "127.0.0.1:0", "--cores", "1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| told(&error))?;
        let printed = program.stdout.take();
        // From here on the program ends with this value, also where it says nothing useful.
        let mut node = Self {
            program,
            peer: paired.peer,
            address: String::new(),
        };
        let printed = printed.ok_or_else(|| told(&"it has no standard output"))?;
        let mut documents = serde_json::Deserializer::from_reader(printed).into_iter::<Told>();
        let document = documents
            .next()
            .ok_or_else(|| told(&"it ended before it listened"))?;
        let addresses = document.map_err(|error| told(&error))?.addresses;
        node.address = addresses
            .into_iter()
            .next()
            .ok_or_else(|| told(&"it has no address"))?;
        Ok(node)
    }

    /// Its peer id.
    pub fn peer(&self) -> &str {
        &self.peer
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for LocalNode {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing of it is left.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
