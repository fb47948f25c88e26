//! `clisonix verify`: computes the result of a receipt again and says whether it is equal.

use std::path::PathBuf;

use actor_messages::Digest;
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;

/// Computes the result of a receipt again and says equal or not equal.
#[derive(clap::Args)]
pub struct Verify {
    /// A NAME.receipt.json.
    receipt: PathBuf,
    /// Where the images are, if this home does not remember them.
    #[arg(long, num_args = 1.., value_name = "PATH")]
    input: Vec<PathBuf>,
}

#[derive(Serialize)]
struct VerifyRecord {
    receipt: PathBuf,
    equal: bool,
    operation: String,
    version: u32,
    slice_index: u32,
    output: Digest,
    recomputed: Digest,
}

impl Verify {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let verified = actor_engine::verify(&self.receipt, session.home(), &self.input)
            .map_err(Failure::failed)?;
        let record = VerifyRecord {
            receipt: self.receipt,
            equal: verified.equal,
            operation: verified.receipt.operation.clone(),
            version: verified.receipt.version,
            slice_index: verified.receipt.slice_index,
            output: verified.receipt.output,
            recomputed: verified.recomputed,
        };
        session.answer(&record, || {
            let word = if record.equal { "equal" } else { "not equal" };
            format!(
                "{word}: {} slice {}: {}",
                record.operation,
                record.slice_index + 1,
                record.recomputed
            )
        })?;
        if record.equal {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "Not equal: the receipt `{}` says {}, computing again gives {}",
            record.receipt.display(),
            record.output,
            record.recomputed
        )))
    }
}
