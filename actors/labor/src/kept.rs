//! What the files thread holds open of jobs that could be resumed: their outputs and the locks on their wishes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use actor_messages::JobId;

use crate::error::LaborActorError;
use crate::limits::OUTPUTS_BYTES_MAX;
use crate::resumption::{self, Earlier, KeptOutput, Wish, append_outputs, outputs_path, wish_path};
use crate::storage::{Storage, StoredFile, reason, write_whole};

/// Files of outputs and locks, by job.
#[derive(Default)]
pub struct Kept {
    /// With the bytes that each may still take.
    outputs: BTreeMap<JobId, (Box<dyn StoredFile>, u64)>,
    /// Held while the job lives, so that no other process takes it up.
    locks: BTreeMap<JobId, File>,
}

impl Kept {
    /// What an earlier run committed, in at most so many bytes; from now on nobody else can take it up.
    pub fn earlier(
        &mut self,
        home: &Path,
        resumes: Option<(JobId, u64)>,
    ) -> Result<Earlier, LaborActorError> {
        let Some((job, bytes_max)) = resumes else {
            return Ok(Earlier::new());
        };
        let lock = resumption::lock(home, &job)?;
        let earlier = resumption::read_outputs(home, &job, bytes_max)?;
        self.locks.insert(job, lock);
        Ok(earlier)
    }

    /// Writes the wish of a job, locks it, and begins its outputs.
    pub fn begin(
        &mut self,
        storage: &mut dyn Storage,
        home: &Path,
        job: &JobId,
        wish: &Wish,
    ) -> Result<(), LaborActorError> {
        resumption::make_room(storage, home);
        let failed = |reason: String| LaborActorError::HomeFile {
            what: "wish",
            job: job.0.clone(),
            reason,
        };
        let text = serde_json::to_vec(wish).map_err(|error| failed(error.to_string()))?;
        let outputs = storage
            .create(&outputs_path(home, job))
            .and_then(|outputs| {
                write_whole(storage, &wish_path(home, job), &text).map(|()| outputs)
            })
            .map_err(|error| failed(reason(&error)))?;
        let lock = resumption::lock(home, job)?;
        self.locks.insert(job.clone(), lock);
        self.outputs
            .insert(job.clone(), (outputs, OUTPUTS_BYTES_MAX));
        Ok(())
    }

    /// Keeps outputs that the journal is about to commit; returns once they are on the disk.
    pub fn append(&mut self, job: &JobId, outputs: &[KeptOutput]) -> io::Result<()> {
        let Some((file, left_bytes)) = self.outputs.get_mut(job) else {
            return Ok(());
        };
        let bytes: u64 = outputs.iter().map(|output| output.bytes.len() as u64).sum();
        match left_bytes.checked_sub(bytes) {
            Some(left) => {
                *left_bytes = left;
                append_outputs(file.as_mut(), outputs)
            }
            // What is there stays good; what comes from now on runs again.
            None => {
                self.outputs.remove(job);
                Ok(())
            }
        }
    }

    /// The job is over. What only a resumption needs goes, its own and that of the job it resumed, unless it can still be resumed.
    pub fn close(
        &mut self,
        storage: &mut dyn Storage,
        home: &Path,
        job: &JobId,
        resumable: bool,
        resumes: Option<&JobId>,
    ) {
        self.outputs.remove(job);
        for over in [Some(job), resumes].into_iter().flatten() {
            if !resumable {
                resumption::forget(storage, home, over);
            }
            self.locks.remove(over);
        }
    }
}
