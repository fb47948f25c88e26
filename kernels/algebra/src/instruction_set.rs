//! Which vector instructions a kernel is compiled for, chosen when the program runs.
//!
//! A kernel is written once as a [`Kernel`] whose body is always inlined; the functions here compile that
//! body again for each instruction set. Every call of a function that is compiled for other instructions than the platform's is in this file.

use crate::AlgebraError;

/// A family of vector instructions. The result of a kernel never depends on it, only the time.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum InstructionSet {
    /// The baseline of the platform, with `f32::mul_add` of the standard library. The slowest.
    Scalar,
    /// NEON, 128-bit vectors (aarch64).
    Neon,
    /// AVX2, FMA and POPCNT, 256-bit vectors (x86-64).
    Avx2,
    /// AVX-512 F, BW, DQ and VL, 512-bit vectors (x86-64).
    Avx512,
}

impl std::fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Neon => "NEON",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
        })
    }
}

impl InstructionSet {
    /// Whether this machine has the set.
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("fma")
                    && is_x86_feature_detected!("popcnt")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            #[allow(unreachable_patterns)]
            _ => false,
        }
    }

    /// The sets that this machine has, narrowest first.
    pub fn available() -> Vec<Self> {
        [Self::Scalar, Self::Neon, Self::Avx2, Self::Avx512]
            .into_iter()
            .filter(|set| set.is_available())
            .collect()
    }

    /// The widest set that this machine has.
    pub fn widest() -> Self {
        [Self::Avx512, Self::Avx2, Self::Neon]
            .into_iter()
            .find(|set| set.is_available())
            .unwrap_or(Self::Scalar)
    }
}

/// Exact matrix algebra on pixel values, compiled for one instruction set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinaryAlgebra {
    /// Invariant: this machine has the set; `run` relies on it.
    set: InstructionSet,
}

impl Default for BinaryAlgebra {
    fn default() -> Self {
        Self::new()
    }
}

impl BinaryAlgebra {
    /// Takes the widest instruction set of the machine. The bits of a result never depend on the choice.
    pub fn new() -> Self {
        Self {
            set: InstructionSet::widest(),
        }
    }

    /// Takes the given instruction set.
    ///
    /// # Errors
    /// [`AlgebraError::InstructionSetMissing`] if this machine lacks it.
    pub fn with_instruction_set(set: InstructionSet) -> Result<Self, AlgebraError> {
        if set.is_available() {
            Ok(Self { set })
        } else {
            Err(AlgebraError::InstructionSetMissing { set })
        }
    }

    /// The instruction set in use.
    pub fn instruction_set(&self) -> InstructionSet {
        self.set
    }

    /// Runs a kernel compiled for the instruction set in use.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.set {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `set` is only made after `is_available` found AVX2, FMA and POPCNT.
            InstructionSet::Avx2 => unsafe { run_avx2(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `set` is only made after `is_available` found AVX2, FMA, POPCNT and all four AVX-512 parts.
            InstructionSet::Avx512 => unsafe { run_avx512(kernel) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: `set` is only made after `is_available` found NEON.
            InstructionSet::Neon => unsafe { run_neon(kernel) },
            _ => kernel.run(),
        }
    }
}

impl BinaryAlgebra {
    /// Runs a kernel whose vectors hold eight f32: AVX-512 has nothing to give it, and its code is slower there.
    pub(crate) fn run_256<K: Kernel>(self, kernel: K) -> K::Output {
        let set = if self.set == InstructionSet::Avx512 {
            InstructionSet::Avx2
        } else {
            self.set
        };
        // AVX-512 is only available beside AVX2, so the invariant holds.
        Self { set }.run(kernel)
    }
}

/// A computation whose body is compiled once for each instruction set.
///
/// `run` must be `#[inline(always)]`, and so must everything it spends time in, or the wide
/// instructions are not used.
pub(crate) trait Kernel {
    type Output;
    fn run(self) -> Self::Output;
}

#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx2,fma,popcnt")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx2,fma,popcnt,avx512f,avx512bw,avx512dq,avx512vl")]
fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "aarch64")]
#[inline(never)]
#[target_feature(enable = "neon")]
fn run_neon<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}
