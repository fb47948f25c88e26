//! Matrix parameters: a `.npy` file, or rows of the orthonormal cosine basis, as a block with a content address.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use kernel_tasks::{Digest, MatrixBlock, PIXELS_MAX};
use ndarray::Array2;
use ndarray_npy::ReadNpyExt;
use ndarray_npy::npy::header::Header;

use crate::document::DocumentSource;
use crate::limits::{MATRIX_FILE_BYTES_MAX, MATRIX_HEADER_BYTES_MAX};
use crate::storage::reason;

/// Where a matrix parameter comes from, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatrixSource {
    /// A `.npy` file.
    File(PathBuf),
    /// The first rows of the orthonormal DCT-II basis of the slices' column count.
    Cosine {
        /// How many rows, at least one.
        rows: u32,
    },
    /// A model of the registry.
    Model(Digest),
    /// A formula or a pipeline.
    Document(DocumentSource),
}

/// Why a matrix parameter cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// Not the path of a file and not `dct:P`.
    #[error(
        "Parameter {name} is `{text}`; give the path of a .npy file, or dct:P for the first P rows of the cosine basis"
    )]
    Text {
        /// The parameter.
        name: String,
        /// What was typed.
        text: String,
    },
    /// More rows than the basis has.
    #[error(
        "Parameter {name} asks for {rows} rows of the cosine basis, and slices of {columns} columns have {columns}"
    )]
    CosineRows {
        /// The parameter.
        name: String,
        /// Rows asked for.
        rows: u32,
        /// Columns of the slices.
        columns: usize,
    },
    /// The file of a pipeline cannot be read.
    #[error("The pipeline file `{file}` of parameter {name} cannot be read: {reason}")]
    Pipeline {
        /// The parameter.
        name: String,
        /// Name of the file, without its folders.
        file: String,
        /// In words.
        reason: String,
    },
    /// The file cannot be read as a matrix.
    #[error("The matrix file `{file}` cannot be used: {reason}")]
    File {
        /// Name of the file, without its folders.
        file: String,
        /// In words.
        reason: String,
    },
}

/// Reads the text of a matrix parameter.
pub fn parse(name: &str, text: &str) -> Result<MatrixSource, MatrixError> {
    let wrong = || MatrixError::Text {
        name: name.to_owned(),
        text: text.chars().take(80).collect(),
    };
    let text = text.trim();
    if let Some(rows) = text.strip_prefix("dct:") {
        return match rows.parse::<u32>() {
            Ok(rows) if rows > 0 => Ok(MatrixSource::Cosine { rows }),
            _ => Err(wrong()),
        };
    }
    if text.is_empty() {
        Err(wrong())
    } else {
        Ok(MatrixSource::File(PathBuf::from(text)))
    }
}

/// Makes the matrix. `columns` is the column count of the slices, for the cosine basis.
pub fn load(name: &str, source: &MatrixSource, columns: usize) -> Result<MatrixBlock, MatrixError> {
    match source {
        MatrixSource::Model(digest) => Err(MatrixError::File {
            file: digest.short(),
            reason: "it is a model".to_owned(),
        }),
        MatrixSource::Document(_) => Err(MatrixError::File {
            file: name.to_owned(),
            reason: "it is a document".to_owned(),
        }),
        MatrixSource::Cosine { rows } => {
            cosine_basis(*rows, columns).ok_or_else(|| MatrixError::CosineRows {
                name: name.to_owned(),
                rows: *rows,
                columns,
            })
        }
        MatrixSource::File(path) => read_npy(path).map_err(|reason| MatrixError::File {
            file: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            reason,
        }),
    }
}

/// `[rows, columns]` of the orthonormal DCT-II basis, computed in f64 and rounded once; `None` when there are fewer rows than asked.
///
/// Row p, column j is `c · cos(π (2j + 1) p / 2n)` with `c = √(1/n)` for p = 0 and `√(2/n)` otherwise
/// (Ahmed, Natarajan, Rao: Discrete Cosine Transform, IEEE Trans. Computers C-23, 1974).
pub fn cosine_basis(rows: u32, columns: usize) -> Option<MatrixBlock> {
    let columns_u32 = u32::try_from(columns).ok()?;
    let count = u64::from(rows) * u64::from(columns_u32);
    if rows == 0 || rows > columns_u32 || count > PIXELS_MAX {
        return None;
    }
    let n = u64::from(columns_u32);
    let first = (1.0 / n as f64).sqrt();
    let other = (2.0 / n as f64).sqrt();
    let values = (0..u64::from(rows))
        .flat_map(|p| (0..n).map(move |j| (p, (2 * j + 1) * p)))
        .map(|(p, turns)| (if p == 0 { first } else { other } * cosine(turns, n)) as f32)
        .collect();
    Some(MatrixBlock {
        rows,
        columns: columns_u32,
        values,
    })
}

/// `cos(π · turns / 2n)`: the angle is brought into the first eighth of the circle in integers, so that no error grows with it.
fn cosine(turns: u64, n: u64) -> f64 {
    let circle = 4 * n;
    let turns = turns % circle;
    // cos(2π − x) = cos x, then cos(π − x) = −cos x.
    let half = turns.min(circle - turns);
    let (quarter, sign) = if half > n {
        (2 * n - half, -1.0)
    } else {
        (half, 1.0)
    };
    let angle = |turns: u64| std::f64::consts::PI * turns as f64 / (2 * n) as f64;
    // cos x = sin(π/2 − x) keeps small angles small.
    let value = if 2 * quarter > n {
        angle(n - quarter).sin()
    } else {
        angle(quarter).cos()
    };
    sign * value
}

fn read_npy(path: &Path) -> Result<MatrixBlock, String> {
    let file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => "there is no permission to read it".to_owned(),
        _ => reason(&error),
    })?;
    let mut bytes = Vec::new();
    let length = file
        .take(MATRIX_FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| reason(&error))?;
    if length as u64 > MATRIX_FILE_BYTES_MAX {
        return Err(format!("it is longer than {MATRIX_FILE_BYTES_MAX} bytes"));
    }
    check_header_length(&bytes)?;
    let header = Header::from_reader(&mut bytes.as_slice())
        .map_err(|error| format!("its header is not NumPy's: {error}"))?;
    let [rows, columns] = header.shape[..] else {
        return Err(format!(
            "it has {} dimensions, and a matrix has 2",
            header.shape.len()
        ));
    };
    let fits = rows
        .checked_mul(columns)
        .is_some_and(|count| count > 0 && count as u64 <= PIXELS_MAX);
    if !fits {
        return Err(format!(
            "its shape {rows} x {columns} is empty or too large"
        ));
    }
    let kind = header
        .type_descriptor
        .as_string()
        .map(String::as_str)
        .unwrap_or_default()
        .to_owned();
    let cursor = Cursor::new(bytes);
    let unreadable =
        |error: ndarray_npy::ReadNpyError| format!("its data do not fit its header: {error}");
    let values: Array2<f32> = match kind.trim_start_matches(['<', '>', '=']) {
        "f4" => Array2::<f32>::read_npy(cursor).map_err(unreadable)?,
        "f8" => Array2::<f64>::read_npy(cursor)
            .map_err(unreadable)?
            .mapv(|value| value as f32),
        _ => {
            return Err(format!(
                "its values are of type `{}`, and f4 or f8 is needed",
                kind.chars().take(16).collect::<String>()
            ));
        }
    };
    MatrixBlock::from_array(values.view()).map_err(|error| error.to_string())
}

/// The header's text is parsed by recursion, so its length is bounded before.
fn check_header_length(bytes: &[u8]) -> Result<(), String> {
    let length = match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => {
            u32::from(u16::from_le_bytes([*a, *b]))
        }
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => {
            u32::from_le_bytes([*a, *b, *c, *d])
        }
        _ => return Err("it is not a NumPy file".to_owned()),
    };
    if length as usize > MATRIX_HEADER_BYTES_MAX {
        return Err(format!(
            "its header of {length} bytes is longer than {MATRIX_HEADER_BYTES_MAX}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray_npy::WriteNpyExt;

    #[test]
    fn the_cosine_basis_is_orthonormal_and_starts_with_the_mean() {
        let block = cosine_basis(24, 24).expect("as many rows as columns");
        let basis = block.to_array().expect("a matrix");
        let product = basis.dot(&basis.t());
        for ((row, column), value) in product.indexed_iter() {
            let wanted = if row == column { 1.0 } else { 0.0 };
            assert!(
                (value - wanted).abs() < 1e-6,
                "row {row}, column {column}: {value}"
            );
        }
        assert!(
            basis
                .row(0)
                .iter()
                .all(|value| (value - (1.0_f32 / 24.0).sqrt()).abs() < 1e-7)
        );
        assert!(basis[[1, 0]] > 0.0 && basis[[1, 23]] < 0.0);
        assert_eq!(cosine_basis(25, 24), None);
        assert_eq!(cosine_basis(0, 24), None);
    }

    #[test]
    fn matrices_of_f4_and_f8_in_either_order_are_read_and_others_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("w.npy");
        let single =
            Array2::from_shape_fn((3, 5), |(row, column)| row as f32 - column as f32 * 0.5);
        let check = |path: &Path| load("weights", &MatrixSource::File(path.to_owned()), 5);
        single
            .write_npy(File::create(&path).expect("a file"))
            .expect("written");
        let wanted = MatrixBlock::from_array(single.view()).expect("a matrix");
        assert_eq!(check(&path), Ok(wanted.clone()));
        single
            .mapv(f64::from)
            .write_npy(File::create(&path).expect("a file"))
            .expect("written");
        assert_eq!(check(&path), Ok(wanted.clone()));
        single
            .t()
            .to_owned()
            .reversed_axes()
            .write_npy(File::create(&path).expect("a file"))
            .expect("written");
        assert_eq!(check(&path), Ok(wanted));
        single
            .mapv(|value| value as i32)
            .write_npy(File::create(&path).expect("a file"))
            .expect("written");
        let refused = check(&path).expect_err("integers").to_string();
        assert!(
            refused.contains("w.npy") && refused.contains("i4"),
            "{refused}"
        );
        assert!(
            !refused.contains(&*folder.path().to_string_lossy()),
            "{refused}"
        );
        std::fs::write(&path, b"junk").expect("written");
        assert!(check(&path).is_err());
        let mut long = b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec();
        long.extend_from_slice(&[b'('; 4096]);
        std::fs::write(&path, long).expect("written");
        assert!(check(&path).is_err());
    }

    #[test]
    fn a_matrix_parameter_is_a_path_or_a_row_count() {
        assert_eq!(
            parse("weights", "dct:8"),
            Ok(MatrixSource::Cosine { rows: 8 })
        );
        assert!(parse("weights", "dct:0").is_err());
        assert!(parse("weights", "dct:many").is_err());
        assert!(parse("weights", " ").is_err());
        assert_eq!(
            parse("weights", "w.npy"),
            Ok(MatrixSource::File("w.npy".into()))
        );
    }
}
