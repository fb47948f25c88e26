//! What a task gives back, with its error figures, as canonical bytes and as a picture.

use kernel_algebra::BitMask;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, Raw, malformed, pixel_count};
use crate::{BLOB_BYTES_MAX, OutputKind, TaskError};

pub(crate) const WHAT: &str = "task output";
const VERSION: u16 = 1;

/// The result of one slice.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskOutput {
    /// Factors whose product `u · diag(s) · vt` stands for the slice, and how far it is from the slice.
    LowRank {
        /// Rows of the slice.
        rows: u32,
        /// Columns of the slice.
        columns: u32,
        /// Singular values kept.
        k: u32,
        /// Left vectors `[rows, k]`.
        u: Vec<f32>,
        /// Singular values `[k]`, falling.
        s: Vec<f32>,
        /// Right vectors `[k, columns]`.
        vt: Vec<f32>,
        /// Root of the squared error over root of the squared values.
        relative_frobenius: f64,
        /// The greatest error of any pixel, in modality units.
        max_abs: f32,
        /// Peak signal to noise ratio in dB, the peak being the range of the slice; infinite when nothing was lost.
        psnr_db: f64,
    },
    /// Real numbers `[rows, columns]`.
    Image {
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
        /// Values, `rows * columns` of them.
        values: Vec<f32>,
    },
    /// One bit a pixel; each row starts a new word, and the first pixel is the lowest bit.
    Mask {
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
        /// `rows * ceil(columns / 64)` words; bits past the last column are zero.
        words: Vec<u64>,
        /// Pixels marked.
        count: u64,
        /// Their volume, where the voxel size is known.
        volume_ml: Option<f64>,
    },
    /// One label a voxel, over one slice or several neighbouring ones.
    Labels {
        /// Slices, at least one.
        slices: u32,
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
        /// `[slices, rows, columns]` in C order.
        labels: Vec<u8>,
        /// Voxels of each label, from 0 on.
        counts: Vec<u64>,
        /// Volume of one voxel, where it is known.
        voxel_mm3: Option<f64>,
    },
    /// Images or masks of neighbouring slices that one task computed: at least two, of one kind and shape.
    Slab(Vec<TaskOutput>),
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    version: u16,
    rows: u32,
    columns: u32,
    #[serde(borrow)]
    body: Body<'a>,
}

#[derive(Serialize, Deserialize)]
enum Body<'a> {
    LowRank {
        k: u32,
        relative_frobenius: f64,
        max_abs: f32,
        psnr_db: f64,
        #[serde(borrow)]
        u: Raw<'a>,
        s: Raw<'a>,
        vt: Raw<'a>,
    },
    Image(#[serde(borrow)] Raw<'a>),
    Mask {
        count: u64,
        volume_ml: Option<f64>,
        words: Raw<'a>,
    },
    Labels {
        slices: u32,
        voxel_mm3: Option<f64>,
        counts: Raw<'a>,
        labels: Raw<'a>,
    },
    /// The canonical bytes of each slice's output.
    Slab(#[serde(borrow)] Vec<Raw<'a>>),
}

impl TaskOutput {
    /// The kind of this output.
    pub fn kind(&self) -> OutputKind {
        match self {
            Self::LowRank { .. } => OutputKind::LowRank,
            Self::Image { .. } => OutputKind::Image,
            Self::Mask { .. } => OutputKind::Mask,
            Self::Labels { .. } => OutputKind::Model,
            Self::Slab(parts) => parts.first().map_or(OutputKind::Image, Self::kind),
        }
    }

    /// Rows and columns of the picture.
    pub fn shape(&self) -> [u32; 2] {
        match self {
            Self::LowRank { rows, columns, .. }
            | Self::Image { rows, columns, .. }
            | Self::Mask { rows, columns, .. }
            | Self::Labels { rows, columns, .. } => [*rows, *columns],
            Self::Slab(parts) => parts.first().map_or([0, 0], Self::shape),
        }
    }

    /// Bytes of the numbers themselves, to be compared with those of the slice.
    pub fn bytes(&self) -> u64 {
        let count = |numbers: &[f32]| numbers.len() as u64 * 4;
        match self {
            Self::LowRank { u, s, vt, .. } => count(u) + count(s) + count(vt),
            Self::Image { values, .. } => count(values),
            Self::Mask { words, .. } => words.len() as u64 * 8,
            Self::Labels { labels, .. } => labels.len() as u64,
            Self::Slab(parts) => parts.iter().map(Self::bytes).sum(),
        }
    }

    /// Whether the vectors fit the shape, the shape its limits, and the counts the bits.
    pub fn check(&self) -> Result<(), TaskError> {
        let [rows, columns] = self.shape();
        let pixels = pixel_count(WHAT, rows, columns)?;
        let (rows, columns) = (rows as usize, columns as usize);
        let length = |name: &str, found: usize, expected: usize| {
            if found == expected {
                Ok(())
            } else {
                Err(malformed(
                    WHAT,
                    format_args!("{name} has {found} values, not {expected}"),
                ))
            }
        };
        match self {
            Self::LowRank { k, u, s, vt, .. } => {
                let kept = *k as usize;
                if kept == 0 || kept > rows.min(columns) {
                    return Err(malformed(
                        WHAT,
                        format_args!("rank {k} is no rank of {rows} x {columns}"),
                    ));
                }
                length("u", u.len(), rows * kept)?;
                length("s", s.len(), kept)?;
                length("vt", vt.len(), kept * columns)
            }
            Self::Image { values, .. } => length("the image", values.len(), pixels),
            Self::Mask {
                words,
                count,
                volume_ml,
                ..
            } => {
                let mask = BitMask::from_words([1, rows, columns], words.clone())
                    .map_err(|error| malformed(WHAT, error))?;
                if mask.count() != *count {
                    return Err(malformed(
                        WHAT,
                        format_args!("{count} pixels are claimed and {} are marked", mask.count()),
                    ));
                }
                match volume_ml {
                    Some(volume_ml) if !(*volume_ml >= 0.0 && volume_ml.is_finite()) => Err(
                        malformed(WHAT, format_args!("a volume of {volume_ml} ml is none")),
                    ),
                    _ => Ok(()),
                }
            }
            Self::Labels { .. } => self.check_labels(pixels),
            Self::Slab(parts) => crate::slab::check(parts),
        }
    }

    /// The canonical bytes; their [`Digest::of`](crate::Digest::of) is the output digest. Fails where [`TaskOutput::check`] does.
    pub fn encode(&self) -> Result<Vec<u8>, TaskError> {
        self.check()?;
        let [rows, columns] = self.shape();
        let wire = |body: Body<'_>| {
            canonical::encode(&Wire {
                version: VERSION,
                rows,
                columns,
                body,
            })
        };
        Ok(match self {
            Self::LowRank {
                k,
                u,
                s,
                vt,
                relative_frobenius,
                max_abs,
                psnr_db,
                ..
            } => {
                let [u, s, vt] = [u, s, vt].map(|factor| canonical::f32_bytes(factor));
                let (relative_frobenius, max_abs, psnr_db) =
                    (*relative_frobenius, *max_abs, *psnr_db);
                wire(Body::LowRank {
                    k: *k,
                    relative_frobenius,
                    max_abs,
                    psnr_db,
                    u: Raw(&u),
                    s: Raw(&s),
                    vt: Raw(&vt),
                })
            }
            Self::Image { values, .. } => wire(Body::Image(Raw(&canonical::f32_bytes(values)))),
            Self::Mask {
                words,
                count,
                volume_ml,
                ..
            } => {
                let words = canonical::u64_bytes(words);
                wire(Body::Mask {
                    count: *count,
                    volume_ml: *volume_ml,
                    words: Raw(&words),
                })
            }
            Self::Labels {
                slices,
                labels,
                counts,
                voxel_mm3,
                ..
            } => wire(Body::Labels {
                slices: *slices,
                voxel_mm3: *voxel_mm3,
                counts: Raw(&canonical::u64_bytes(counts)),
                labels: Raw(labels),
            }),
            Self::Slab(parts) => {
                let parts = parts.iter().map(Self::encode);
                let parts = parts.collect::<Result<Vec<_>, _>>()?;
                wire(Body::Slab(parts.iter().map(|part| Raw(part)).collect()))
            }
        })
    }

    /// Reads what [`TaskOutput::encode`] wrote; bounded by [`BLOB_BYTES_MAX`], and never panics on foreign bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, TaskError> {
        Self::read(bytes, true)
    }

    /// Reads one slice of a slab.
    pub(crate) fn decode_part(bytes: &[u8]) -> Result<Self, TaskError> {
        Self::read(bytes, false)
    }

    fn read(bytes: &[u8], slabs: bool) -> Result<Self, TaskError> {
        let Wire {
            version: _,
            rows,
            columns,
            body,
        } = canonical::decode(WHAT, bytes, BLOB_BYTES_MAX, VERSION)?;
        let pixels = pixel_count(WHAT, rows, columns)?;
        let f32_values = |raw: Raw<'_>, count: usize| canonical::f32_values(WHAT, raw.0, count);
        let output = match body {
            Body::LowRank {
                k,
                relative_frobenius,
                max_abs,
                psnr_db,
                u,
                s,
                vt,
            } => {
                // A rank above both sides could overflow the products below, and is no rank.
                if k > rows.min(columns) {
                    return Err(malformed(
                        WHAT,
                        format_args!("rank {k} is no rank of {rows} x {columns}"),
                    ));
                }
                let (kept, high, wide) = (k as usize, rows as usize, columns as usize);
                let (u, s, vt) = (
                    f32_values(u, high * kept)?,
                    f32_values(s, kept)?,
                    f32_values(vt, kept * wide)?,
                );
                Self::LowRank {
                    rows,
                    columns,
                    k,
                    u,
                    s,
                    vt,
                    relative_frobenius,
                    max_abs,
                    psnr_db,
                }
            }
            Body::Image(values) => Self::Image {
                rows,
                columns,
                values: f32_values(values, pixels)?,
            },
            Body::Mask {
                count,
                volume_ml,
                words,
            } => {
                let words = canonical::u64_values(
                    WHAT,
                    words.0,
                    rows as usize * (columns as usize).div_ceil(64),
                )?;
                Self::Mask {
                    rows,
                    columns,
                    words,
                    count,
                    volume_ml,
                }
            }
            Body::Labels {
                slices,
                voxel_mm3,
                counts,
                labels,
            } => Self::Labels {
                slices,
                rows,
                columns,
                labels: labels.0.to_vec(),
                counts: canonical::u64_values(WHAT, counts.0, counts.0.len() / 8)?,
                voxel_mm3,
            },
            Body::Slab(_) if !slabs => return Err(malformed(WHAT, "it has a slab in a slab")),
            Body::Slab(parts) => Self::Slab(crate::slab::decode(&parts)?),
        };
        output.check()?;
        Ok(output)
    }
}
