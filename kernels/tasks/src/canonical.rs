//! The one byte form of everything that is hashed or sent: postcard of a versioned struct, bounded before it is read.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::TaskError;

/// Most rows of a block: the greatest value DICOM's Rows (0028,0010) can hold.
pub const ROWS_MAX: u32 = 65_535;
/// Most columns of a block: the greatest value DICOM's Columns (0028,0011) can hold.
pub const COLUMNS_MAX: u32 = 65_535;
/// Most pixels of one block, and most values of one matrix: 512 MiB as f32.
pub const PIXELS_MAX: u64 = 1 << 27;
/// Most bytes of one encoded blob or output: the pixels at eight bytes each, and a header.
pub const BLOB_BYTES_MAX: u64 = PIXELS_MAX * 8 + 4096;
/// Most slices of one job.
pub const JOB_SLICES_MAX: usize = 100_000;
/// Most inputs of one task.
pub const TASK_INPUTS_MAX: usize = 256;
/// Most bytes of an encoded task.
pub(crate) const TASK_BYTES_MAX: u64 = 64 * 1024;
/// Most bytes of an encoded job: its digests, and a header.
pub(crate) const JOB_BYTES_MAX: u64 = JOB_SLICES_MAX as u64 * 32 + 64 * 1024;

/// The canonical bytes of a value whose struct carries its own version.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("writing plain values into a vector has no way to fail")
}

/// Reads canonical bytes. Anything longer than `bytes_max`, of another version, left over, or written in another way than [`encode`] writes it is refused,
/// so that one value has one digest.
pub(crate) fn decode<'a, T: Serialize + Deserialize<'a>>(
    what: &'static str,
    bytes: &'a [u8],
    bytes_max: u64,
    version: u16,
) -> Result<T, TaskError> {
    let length = bytes.len() as u64;
    if length > bytes_max {
        return Err(TaskError::TooMany {
            what: "Bytes of an encoded value",
            count: length,
            limit: bytes_max,
        });
    }
    // The version comes first in every form, so that a stranger's bytes are told from an older program's.
    let (found, _) =
        postcard::take_from_bytes::<u16>(bytes).map_err(|error| malformed(what, error))?;
    if found != version {
        return Err(malformed(
            what,
            format_args!("version {found} is not version {version}"),
        ));
    }
    let value: T = postcard::from_bytes(bytes).map_err(|error| malformed(what, error))?;
    let same = postcard::serialize_with_flavor(&value, Same(bytes)).unwrap_or(false);
    if same {
        Ok(value)
    } else {
        Err(malformed(what, "it is not in canonical form"))
    }
}

/// Compares what would be written with what is there, without writing it.
struct Same<'a>(&'a [u8]);

impl postcard::ser_flavors::Flavor for Same<'_> {
    type Output = bool;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, written: &[u8]) -> postcard::Result<()> {
        self.0 = self
            .0
            .strip_prefix(written)
            .ok_or(postcard::Error::SerializeBufferFull)?;
        Ok(())
    }

    fn finalize(self) -> postcard::Result<bool> {
        Ok(self.0.is_empty())
    }
}

/// An error about bytes.
pub(crate) fn malformed(what: &'static str, reason: impl std::fmt::Display) -> TaskError {
    TaskError::Malformed {
        what,
        reason: reason.to_string(),
    }
}

/// Rows times columns, once both and their product are within their limits and none is zero.
pub(crate) fn pixel_count(what: &'static str, rows: u32, columns: u32) -> Result<usize, TaskError> {
    if rows == 0 || columns == 0 {
        return Err(malformed(
            what,
            format_args!("it is {rows} x {columns}, so it is empty"),
        ));
    }
    let within = |what, count: u64, limit: u64| {
        if count > limit {
            Err(TaskError::TooMany { what, count, limit })
        } else {
            Ok(())
        }
    };
    within("Rows", rows.into(), ROWS_MAX.into())?;
    within("Columns", columns.into(), COLUMNS_MAX.into())?;
    let count = u64::from(rows) * u64::from(columns);
    within("Pixels of a block", count, PIXELS_MAX)?;
    usize::try_from(count).map_err(|_| malformed(what, "it does not fit this machine's memory"))
}

/// Bytes borrowed from the encoded form: one copy for a frame's samples, not one step a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Raw<'a>(pub &'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(Raw)
    }
}

/// Numbers as little-endian bytes.
macro_rules! little_endian {
    ($write:ident, $read:ident, $number:ty) => {
        pub(crate) fn $write(values: &[$number]) -> Vec<u8> {
            let mut bytes = Vec::with_capacity(std::mem::size_of_val(values));
            values
                .iter()
                .for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
            bytes
        }

        pub(crate) fn $read(
            what: &'static str,
            bytes: &[u8],
            count: usize,
        ) -> Result<Vec<$number>, TaskError> {
            const SIZE: usize = size_of::<$number>();
            if count.checked_mul(SIZE) != Some(bytes.len()) {
                let length = bytes.len();
                return Err(malformed(
                    what,
                    format_args!("{length} bytes are not {count} values of {SIZE} bytes"),
                ));
            }
            let (values, _) = bytes.as_chunks::<SIZE>();
            Ok(values
                .iter()
                .map(|value| <$number>::from_le_bytes(*value))
                .collect())
        }
    };
}

little_endian!(u8_bytes, u8_values, u8);
little_endian!(i8_bytes, i8_values, i8);
little_endian!(u16_bytes, u16_values, u16);
little_endian!(i16_bytes, i16_values, i16);
little_endian!(u32_bytes, u32_values, u32);
little_endian!(i32_bytes, i32_values, i32);
little_endian!(u64_bytes, u64_values, u64);
little_endian!(f32_bytes, f32_values, f32);
little_endian!(f64_bytes, f64_values, f64);
