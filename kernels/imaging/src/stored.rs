//! What the pipeline needs to know of a stored sample's type.

/// A type samples are stored in.
pub(crate) trait Stored: Copy + Send + Sync {
    /// Least value and number of values, where a table over all of them is small enough.
    const TABLE: Option<(i64, usize)>;

    /// The value, exactly.
    fn value(self) -> f64;

    /// The value in single precision, rounded once.
    fn single(self) -> f32;

    /// Place in the table; 0 for types without one.
    fn index(self) -> usize;
}

macro_rules! stored {
    ($type:ty, $table:expr, $value:ident => $index:expr) => {
        impl Stored for $type {
            const TABLE: Option<(i64, usize)> = $table;
            #[inline(always)]
            fn value(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn single(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn index(self) -> usize {
                let $value = self;
                $index
            }
        }
    };
}

stored!(u8, Some((0, 256)), value => usize::from(value));
stored!(i8, Some((-128, 256)), value => usize::from(value.cast_unsigned() ^ 0x80));
stored!(u16, Some((0, 65_536)), value => usize::from(value));
stored!(i16, Some((-32_768, 65_536)), value => usize::from(value.cast_unsigned() ^ 0x8000));
stored!(u32, None, _value => 0);
stored!(i32, None, _value => 0);
stored!(f32, None, _value => 0);
stored!(f64, None, _value => 0);
