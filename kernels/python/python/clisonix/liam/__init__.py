"""LIAM Binary Algebra: exact matrix products, low-rank compression, bit-packed masks and filters on numpy arrays.

Arrays are read where they lie and the interpreter's lock is released while a kernel runs. The bits of a result depend
neither on the machine's vector instructions nor on the number of threads (environment variable RAYON_NUM_THREADS).
A wrong value is a ValueError, a wrong type a TypeError; both name the argument and what it was.
"""

from ._liam import (
    BinaryAlgebra,
    BitMask,
    Components,
    LowRank,
    SeriesComponents,
    SeriesPass,
    __version__,
    mask_formula,
)

__all__ = [
    "BinaryAlgebra",
    "BitMask",
    "Components",
    "LowRank",
    "SeriesComponents",
    "SeriesPass",
    "__version__",
    "mask_formula",
]
