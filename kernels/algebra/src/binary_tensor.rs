//! A tensor that says by itself what it holds, as bytes; and its bit planes.

use ndarray::{ArrayD, ArrayViewD, IxDyn};

use crate::encoding::{Reader, push};
use crate::{AlgebraError, BinaryAlgebra, ELEMENTS_MAX};

/// The first bytes: a name and a version.
const MAGIC: [u8; 5] = *b"CXBT\x01";
/// Most axes of a tensor.
const AXES_MAX: usize = 8;

/// The type of the elements, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs, reason = "the names are those of the types")]
pub enum ElementType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl ElementType {
    const ALL: [Self; 10] = [
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::U64,
        Self::I64,
        Self::F32,
        Self::F64,
    ];

    /// Bytes of an element.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    fn code(self) -> u8 {
        Self::ALL
            .iter()
            .position(|element| *element == self)
            .map_or(0, |code| code as u8)
    }
}

/// A type that a tensor can hold.
pub trait Element: Copy + sealed::Sealed {
    /// Its name in a tensor.
    const TYPE: ElementType;

    /// Appends its little-endian bytes.
    fn append(self, bytes: &mut Vec<u8>);

    /// Reads its little-endian bytes; missing ones are zero.
    fn read(bytes: &[u8]) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! element {
    ($($type:ty => $name:ident),*) => {$(
        impl sealed::Sealed for $type {}
        impl Element for $type {
            const TYPE: ElementType = ElementType::$name;

            fn append(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn read(bytes: &[u8]) -> Self {
                let mut all = [0; size_of::<Self>()];
                all.iter_mut().zip(bytes).for_each(|(out, byte)| *out = *byte);
                Self::from_le_bytes(all)
            }
        }
    )*};
}
element!(u8 => U8, i8 => I8, u16 => U16, i16 => I16, u32 => U32, i32 => I32, u64 => U64, i64 => I64, f32 => F32, f64 => F64);

/// The parts of a tensor, not yet checked.
#[derive(serde::Deserialize)]
struct Parts {
    element: ElementType,
    shape: Vec<u64>,
    bytes: Vec<u8>,
}

/// Elements of one type with a shape, slowest axis first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Parts")]
pub struct BinaryTensor {
    element: ElementType,
    /// Invariant: at most eight axes, whose product times the bytes of an element is the length of `bytes`.
    shape: Vec<u64>,
    bytes: Vec<u8>,
}

impl TryFrom<Parts> for BinaryTensor {
    type Error = AlgebraError;

    fn try_from(parts: Parts) -> Result<Self, AlgebraError> {
        Self::new(parts.element, parts.shape, parts.bytes)
    }
}

impl BinaryTensor {
    /// A tensor from its little-endian bytes.
    ///
    /// # Errors
    /// More than eight axes, more than [`ELEMENTS_MAX`] elements, bytes of another length than the shape needs.
    pub fn new(
        element: ElementType,
        shape: Vec<u64>,
        bytes: Vec<u8>,
    ) -> Result<Self, AlgebraError> {
        let needed = bytes_needed(element, &shape)?;
        if needed != bytes.len() {
            return Err(AlgebraError::Length {
                argument: "bytes",
                length: bytes.len(),
                shape: shape.iter().map(|axis| *axis as usize).collect(),
                needed,
            });
        }
        Ok(Self {
            element,
            shape,
            bytes,
        })
    }

    /// Copies an array; a view need not be contiguous.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn from_array<T: Element>(view: ArrayViewD<'_, T>) -> Result<Self, AlgebraError> {
        let shape: Vec<u64> = view.shape().iter().map(|axis| *axis as u64).collect();
        let mut bytes = Vec::with_capacity(bytes_needed(T::TYPE, &shape)?);
        view.iter().for_each(|value| value.append(&mut bytes));
        Self::new(T::TYPE, shape, bytes)
    }

    /// The elements as an array.
    ///
    /// # Errors
    /// If the tensor holds another type.
    pub fn to_array<T: Element>(&self) -> Result<ArrayD<T>, AlgebraError> {
        if T::TYPE != self.element {
            let rule = format!("{:?}, the type asked for", T::TYPE);
            return Err(AlgebraError::parameter(
                "element",
                format!("{:?}", self.element),
                rule,
            ));
        }
        let values = self
            .bytes
            .chunks_exact(self.element.bytes())
            .map(T::read)
            .collect();
        let shape: Vec<usize> = self.shape.iter().map(|axis| *axis as usize).collect();
        ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|_| AlgebraError::TooLarge {
            what: "tensor",
            shape,
        })
    }

    /// The type of the elements.
    pub fn element(&self) -> ElementType {
        self.element
    }

    /// The shape, slowest axis first.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// The little-endian bytes of the elements.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole tensor as bytes: `CXBT` 1, a byte for the type, the number of axes, the axes as LEB128 in their
    /// shortest form, the elements. Equal tensors are equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(self.element.code());
        bytes.push(self.shape.len() as u8);
        self.shape.iter().for_each(|axis| push(&mut bytes, *axis));
        bytes.extend_from_slice(&self.bytes);
        bytes
    }

    /// Reads what [`Self::encode`] wrote, and nothing else. The result is never larger than `bytes`.
    ///
    /// # Errors
    /// Bytes that are cut short, left over or of another form, as the reason says.
    pub fn decode(bytes: &[u8]) -> Result<Self, AlgebraError> {
        let mut reader = Reader {
            what: "tensor",
            bytes,
            offset: 0,
        };
        if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
            return Err(reader.error("it does not begin with CXBT, version 1"));
        }
        reader.offset = MAGIC.len();
        let code = reader.byte()?;
        let Some(element) = ElementType::ALL.get(usize::from(code)).copied() else {
            return Err(reader.error(format!("the element type {code} is not known")));
        };
        let axes = usize::from(reader.byte()?);
        if axes > AXES_MAX {
            return Err(reader.error(format!("it has {axes} axes, more than {AXES_MAX}")));
        }
        let shape = (0..axes)
            .map(|_| reader.integer())
            .collect::<Result<Vec<_>, _>>()?;
        let needed = bytes_needed(element, &shape)?;
        let rest = &bytes[reader.offset..];
        if rest.len() != needed {
            return Err(reader.error(format!("{} bytes of elements, not {needed}", rest.len())));
        }
        Self::new(element, shape, rest.to_vec())
    }
}

fn bytes_needed(element: ElementType, shape: &[u64]) -> Result<usize, AlgebraError> {
    let elements = shape
        .iter()
        .try_fold(1u64, |product, axis| product.checked_mul(*axis))
        .filter(|elements| *elements <= ELEMENTS_MAX as u64 && shape.len() <= AXES_MAX);
    elements
        .map(|elements| elements as usize * element.bytes())
        .ok_or_else(|| AlgebraError::TooLarge {
            what: "tensor",
            shape: shape.iter().map(|axis| *axis as usize).collect(),
        })
}

/// The bits of a tensor, apart: plane i holds bit i of every element, from the lowest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitPlanes {
    element: ElementType,
    shape: Vec<u64>,
    elements: usize,
    /// Invariant: as many planes as an element has bits, each of `elements` bits, eight a byte, filled up with zeros.
    planes: Vec<Vec<u8>>,
}

impl BitPlanes {
    /// Number of planes.
    pub fn len(&self) -> usize {
        self.planes.len()
    }

    /// Never true: every element has bits.
    pub fn is_empty(&self) -> bool {
        self.planes.is_empty()
    }

    /// The bits `bit` of all elements, eight a byte, the first the lowest; nothing if an element has fewer bits.
    pub fn plane(&self, bit: usize) -> Option<&[u8]> {
        self.planes.get(bit).map(Vec::as_slice)
    }
}

impl BinaryAlgebra {
    /// Takes the bits of all elements apart into planes, without loss.
    pub fn binary_encode(&self, tensor: &BinaryTensor) -> BitPlanes {
        let width = tensor.element.bytes();
        let elements = tensor.bytes.len() / width;
        let mut planes = vec![vec![0u8; elements.div_ceil(8)]; 8 * width];
        for (group, bytes) in tensor.bytes.chunks(8 * width).enumerate() {
            for byte in 0..width {
                let mut block = [0u8; 8];
                for (out, element) in block.iter_mut().zip(bytes.chunks(width)) {
                    *out = element[byte];
                }
                let turned = transpose(u64::from_le_bytes(block)).to_le_bytes();
                for (plane, bits) in planes[8 * byte..].iter_mut().zip(turned) {
                    plane[group] = bits;
                }
            }
        }
        BitPlanes {
            element: tensor.element,
            shape: tensor.shape.clone(),
            elements,
            planes,
        }
    }

    /// Puts the planes together again.
    pub fn binary_decode(&self, planes: &BitPlanes) -> BinaryTensor {
        let width = planes.element.bytes();
        let mut bytes = vec![0u8; planes.elements * width];
        for (group, out) in bytes.chunks_mut(8 * width).enumerate() {
            for byte in 0..width {
                let mut block = [0u8; 8];
                for (bits, plane) in block.iter_mut().zip(&planes.planes[8 * byte..]) {
                    *bits = plane[group];
                }
                let turned = transpose(u64::from_le_bytes(block)).to_le_bytes();
                for (out, value) in out.chunks_mut(width).zip(turned) {
                    out[byte] = value;
                }
            }
        }
        BinaryTensor {
            element: planes.element,
            shape: planes.shape.clone(),
            bytes,
        }
    }
}

/// Transposes a block of 8 × 8 bits, one row a byte.
fn transpose(mut block: u64) -> u64 {
    for (shift, mask) in [
        (7, 0x00aa_00aa_00aa_00aa),
        (14, 0x0000_cccc_0000_cccc),
        (28, 0x0000_0000_f0f0_f0f0),
    ] {
        let swap = (block ^ block >> shift) & mask;
        block ^= swap ^ swap << shift;
    }
    block
}
