//! Bytes read and written within bounds: variable-length integers in their one shortest form (LEB128).

use crate::AlgebraError;

/// Bytes of the longest integer.
const INTEGER_BYTES_MAX: usize = 10;

/// Appends an integer.
pub(crate) fn push(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Reads bytes from front to back and says where it failed.
pub(crate) struct Reader<'a> {
    /// What the bytes should be, for errors.
    pub what: &'static str,
    pub bytes: &'a [u8],
    pub offset: usize,
}

impl Reader<'_> {
    pub fn error(&self, reason: impl Into<String>) -> AlgebraError {
        AlgebraError::Encoding {
            what: self.what,
            offset: self.offset,
            reason: reason.into(),
        }
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, AlgebraError> {
        let byte = self.bytes.get(self.offset).copied();
        let byte = byte.ok_or_else(|| self.error("the bytes end"))?;
        self.offset += 1;
        Ok(byte)
    }

    /// An integer as [`push`] writes it.
    pub fn integer(&mut self) -> Result<u64, AlgebraError> {
        let mut value = 0u64;
        for index in 0..INTEGER_BYTES_MAX {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if index + 1 == INTEGER_BYTES_MAX && bits > 1 {
                break;
            }
            value |= bits << (7 * index);
            if byte < 0x80 {
                if byte == 0 && index > 0 {
                    return Err(self.error("an integer is not in its shortest form"));
                }
                return Ok(value);
            }
        }
        Err(self.error("an integer has more than 64 bits"))
    }

    /// Refuses bytes that are left over.
    pub fn end(&self) -> Result<(), AlgebraError> {
        match self.bytes.len() - self.offset {
            0 => Ok(()),
            left => Err(self.error(format!("{left} bytes are left over"))),
        }
    }
}
