//! A job of some slices, offered as labor would.

use std::collections::BTreeMap;
use std::sync::Arc;

use actor_messages::work::{Members, OfferJob, SendTasks};
use actor_messages::{BlobStore, JobId};
use kernel_labor::{LaborTask, Membership, assign};
use kernel_tasks::{
    BlockShape, Determinism, Digest, MatrixBlock, ParameterValue, Parameters, PixelBlock,
    StoredSamples, Task, TaskId, execute, operation,
};

use super::TestNode;

pub const ROWS: u32 = 160;
pub const COLUMNS: u32 = 128;

/// Tasks with their blobs, and what they give when computed here.
pub struct TestJob {
    pub job: JobId,
    pub blobs: BlobStore,
    pub tasks: BTreeMap<TaskId, Arc<Task>>,
    pub labor: Vec<LaborTask>,
    pub expected: BTreeMap<TaskId, Vec<u8>>,
}

impl TestJob {
    /// Small outputs: they travel in the answer.
    pub fn threshold(slices: u32) -> Self {
        Self::new("threshold", slices, |_| {
            BTreeMap::from([
                ("low".to_owned(), ParameterValue::Real(100.0)),
                ("high".to_owned(), ParameterValue::Real(900.0)),
            ])
        })
    }

    /// One task with a square input of two bytes a pixel.
    pub fn square(side: u32) -> Self {
        Self::of_blocks("threshold", &[block(side, side, 0)], |_| {
            BTreeMap::from([
                ("low".to_owned(), ParameterValue::Real(100.0)),
                ("high".to_owned(), ParameterValue::Real(900.0)),
            ])
        })
    }

    /// Large outputs, and a matrix that all tasks share: both travel as blobs.
    pub fn transform(slices: u32) -> Self {
        Self::new("transform-matrix", slices, |blobs| {
            let values = (0..192 * COLUMNS)
                .map(|index| (index % 17) as f32 - 8.0)
                .collect();
            let weights = MatrixBlock {
                rows: 192,
                columns: COLUMNS,
                values,
            };
            let digest = blobs
                .insert(weights.encode().expect("encodes"))
                .expect("fits");
            BTreeMap::from([("weights".to_owned(), ParameterValue::Matrix(digest))])
        })
    }

    fn new(
        name: &str,
        slices: u32,
        values: impl Fn(&BlobStore) -> BTreeMap<String, ParameterValue>,
    ) -> Self {
        let blocks: Vec<PixelBlock> = (0..slices)
            .map(|slice| block(ROWS, COLUMNS, slice))
            .collect();
        Self::of_blocks(name, &blocks, values)
    }

    fn of_blocks(
        name: &str,
        blocks: &[PixelBlock],
        values: impl Fn(&BlobStore) -> BTreeMap<String, ParameterValue>,
    ) -> Self {
        let blobs = BlobStore::new(1 << 28);
        let spec = operation(name).expect("known");
        let parameters = Parameters::from_values(spec, values(&blobs)).expect("in range");
        let mut shapes = BTreeMap::new();
        for digest in parameters.matrices() {
            shapes.insert(
                digest,
                BlockShape {
                    rows: 192,
                    columns: COLUMNS,
                },
            );
        }
        let mut test = Self {
            job: JobId(format!(
                "{:016x}",
                (blocks.len() as u64) << 8 | name.len() as u64
            )),
            blobs,
            tasks: BTreeMap::new(),
            labor: Vec::new(),
            expected: BTreeMap::new(),
        };
        for block in blocks {
            let digest = test
                .blobs
                .insert(block.encode().expect("encodes"))
                .expect("fits");
            shapes.insert(digest, block.shape());
            let task = Task {
                operation: name.to_owned(),
                version: spec.version,
                parameters: parameters.clone(),
                inputs: vec![digest],
                level: Determinism::Strict,
            };
            test.add(task, &shapes);
        }
        test
    }

    fn add(&mut self, task: Task, shapes: &BTreeMap<Digest, BlockShape>) {
        use kernel_tasks::Blobs;
        let length = |digest: &Digest| self.blobs.get(digest).map_or(0, |blob| blob.len() as u64);
        let inputs = task.blobs();
        self.labor.push(LaborTask {
            id: *task.id().bytes(),
            cost: task.cost(shapes).expect("known shapes"),
            memory_bytes: task.memory_bytes(shapes).expect("known shapes"),
            inputs: inputs
                .iter()
                .map(|digest| (*digest.bytes(), length(digest)))
                .collect(),
        });
        self.expected.insert(
            task.id(),
            execute(&task, &self.blobs, &|| false).expect("computes"),
        );
        self.tasks.insert(task.id(), Arc::new(task));
    }

    /// Offers the job and sends every task to `peer`.
    pub fn give_all(&self, node: &TestNode, members: &Members, peer: &str) {
        let membership = membership(members);
        let digest = assign(&self.labor, &membership).expect("fits").digest();
        self.offer(node, membership, digest.into());
        let tasks = self
            .tasks
            .iter()
            .map(|(id, task)| (*id, task.clone()))
            .collect();
        let sent = SendTasks {
            job: self.job.clone(),
            peer: peer.to_owned(),
            tasks,
        };
        node.mesh.try_send(sent).expect("room");
    }

    pub fn offer(&self, node: &TestNode, membership: Membership, assignment_digest: Digest) {
        let offer = OfferJob {
            job: self.job.clone(),
            membership,
            tasks: self.labor.clone(),
            assignment_digest,
            blobs: self.blobs.clone(),
            example: self.tasks.values().next().cloned(),
            finished: node.finished(),
            changed: node.changed(),
        };
        node.mesh.try_send(offer).expect("room");
    }
}

pub fn membership(members: &Members) -> Membership {
    let members = members
        .members
        .iter()
        .map(|(member, _)| member.clone())
        .collect();
    Membership::new(members).expect("members")
}

fn block(rows: u32, columns: u32, slice: u32) -> PixelBlock {
    let sample = |index: u32| {
        (index.wrapping_mul(2_654_435_761).wrapping_add(slice * 977) >> 20) as i16 % 1_500
    };
    PixelBlock {
        rows,
        columns,
        samples: StoredSamples::I16((0..rows * columns).map(sample).collect()),
        slope: 1.0,
        intercept: 0.0,
        padding: None,
        voxel_mm: Some([1.0, 0.5, 0.5]),
    }
}
