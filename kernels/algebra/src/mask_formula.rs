//! Formulas over named masks, such as `bone and not dilate(air, 2 mm)`, evaluated by slabs so that no temporary has the size of the volume.

use std::ops::Range;

use ndarray::{ArrayView3, s};

use crate::ball::check_spacing;
use crate::mask_formula_text;
use crate::{AlgebraError, BitMask, Border};

/// Most bytes of a formula.
pub const FORMULA_BYTES_MAX: usize = 2000;
/// Slices that are evaluated together. The result does not depend on it.
const SLAB_SLICES: usize = 16;
/// Most slices that a formula may read beyond a slab, on either side.
const HALO_MAX: usize = 4096;

/// A formula that was read and can be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskFormula {
    root: Node,
}

/// What a name stands for; all of one shape `[slices, rows, columns]`.
#[derive(Debug, Clone, Copy)]
pub enum FormulaSource<'a> {
    /// A mask.
    Mask(&'a BitMask),
    /// Values, which a formula compares with numbers.
    Image(ArrayView3<'a, f32>),
}

/// A part of a formula.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Name(String),
    /// The values of an image from the first number to the second, both included.
    Between(String, f32, f32),
    Not(Box<Node>),
    Both(Joint, Box<Node>, Box<Node>),
    Ball(Change, Box<Node>, Length),
}

/// How two masks are joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Joint {
    And,
    Or,
    Xor,
}

/// What a ball does to a mask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Change {
    Dilate,
    Erode,
    Open,
    Close,
}

/// A radius.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Length {
    Mm(f64),
    Voxels(f64),
}

impl Length {
    /// Radius and spacing in one unit.
    fn ball(self, spacing_mm: Option<[f64; 3]>) -> Result<(f64, [f64; 3]), AlgebraError> {
        match (self, spacing_mm) {
            (Self::Voxels(radius), _) => Ok((radius, [1.0; 3])),
            (Self::Mm(radius), Some(spacing_mm)) => {
                check_spacing(spacing_mm)?;
                Ok((radius, spacing_mm))
            }
            (Self::Mm(radius), None) => Err(AlgebraError::parameter(
                "length",
                format!("{radius} mm"),
                "in voxels, since the spacing is not known",
            )),
        }
    }

    /// Slices that a ball reaches to either side, at least.
    fn slices(self, slice_mm: Option<f64>) -> Result<usize, AlgebraError> {
        let (radius, [slice, ..]) = self.ball(slice_mm.map(|mm| [mm; 3]))?;
        let slices = (radius / slice).ceil();
        if slices > HALO_MAX as f64 {
            let rule = format!("at most {HALO_MAX} slices");
            return Err(AlgebraError::parameter("length", slices, rule));
        }
        Ok(slices as usize)
    }
}

impl Change {
    /// How often a ball is laid on.
    fn times(self) -> usize {
        match self {
            Self::Dilate | Self::Erode => 1,
            Self::Open | Self::Close => 2,
        }
    }
}

impl MaskFormula {
    /// Reads a formula: names, comparisons of an image with a number (`>=`, `>`, `<=`, `<`), `and`, `or`, `xor`, `not`, parentheses,
    /// and `dilate`, `erode`, `open`, `close` with a mask and a length in `mm` or `voxels`. `not` binds most, then `and`, `xor`, `or`.
    ///
    /// # Errors
    /// Text that is longer than [`FORMULA_BYTES_MAX`] or is no formula, with the place, counted in characters from 1.
    pub fn parse(text: &str) -> Result<Self, AlgebraError> {
        Ok(Self {
            root: mask_formula_text::read(text)?,
        })
    }

    /// The names in the formula, in the order they stand there; a name may come twice.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let mut names = Vec::new();
        self.root.visit(&mut |node| {
            if let Node::Name(name) | Node::Between(name, ..) = node {
                names.push(name.as_str());
            }
        });
        names.into_iter()
    }

    /// How many slices on either side a slice of the result depends on, at most, for slices that lie `slice_mm` apart.
    ///
    /// # Errors
    /// A length in mm where the distance is not known; a length of more than 4096 slices.
    pub fn halo_slices(&self, slice_mm: Option<f64>) -> Result<usize, AlgebraError> {
        self.root.halo(slice_mm)
    }

    /// The mask that the formula stands for. Beyond the volume nothing is marked, but a closing loses no voxel at the edges. Numbers are
    /// rounded to f32 before they are compared. The volume is gone through by slabs: temporaries have the size of a slab and its halo.
    ///
    /// # Errors
    /// A name that no source has, a mask that is compared or an image that is not, sources of different shapes, NaN or infinite values,
    /// a length in mm without a spacing.
    pub fn evaluate(
        &self,
        sources: &[(&str, FormulaSource<'_>)],
        spacing_mm: Option<[f64; 3]>,
    ) -> Result<BitMask, AlgebraError> {
        let shape = check_sources(&self.root, sources)?;
        let run = Evaluation {
            sources,
            spacing_mm,
            shape,
        };
        let mut out = BitMask::empty(shape)?;
        let plane = shape[1] * out.row_words();
        for start in (0..shape[0]).step_by(SLAB_SLICES) {
            let range = start..(start + SLAB_SLICES).min(shape[0]);
            let slab = run.slab(&self.root, range.clone())?;
            out.words_mut()[range.start * plane..range.end * plane].copy_from_slice(slab.words());
        }
        Ok(out)
    }
}

impl Node {
    fn visit<'a>(&'a self, seen: &mut dyn FnMut(&'a Node)) {
        seen(self);
        match self {
            Self::Name(_) | Self::Between(..) => {}
            Self::Not(node) | Self::Ball(_, node, _) => node.visit(seen),
            Self::Both(_, left, right) => {
                left.visit(seen);
                right.visit(seen);
            }
        }
    }

    fn halo(&self, slice_mm: Option<f64>) -> Result<usize, AlgebraError> {
        Ok(match self {
            Self::Name(_) | Self::Between(..) => 0,
            Self::Not(node) => node.halo(slice_mm)?,
            Self::Both(_, left, right) => left.halo(slice_mm)?.max(right.halo(slice_mm)?),
            Self::Ball(change, node, length) => {
                node.halo(slice_mm)? + change.times() * length.slices(slice_mm)?
            }
        })
    }
}

fn check_sources(
    root: &Node,
    sources: &[(&str, FormulaSource<'_>)],
) -> Result<[usize; 3], AlgebraError> {
    let mut problem = None;
    let mut shape: Option<[usize; 3]> = None;
    root.visit(&mut |node| {
        let (Node::Name(name) | Node::Between(name, ..)) = node else {
            return;
        };
        let source = sources.iter().find(|(known, _)| known == name);
        let found = match (source, node) {
            (None, _) => {
                let known: Vec<&str> = sources.iter().map(|(known, _)| *known).collect();
                let rule = format!("one of the names given: {}", known.join(", "));
                problem.get_or_insert(AlgebraError::parameter("formula", name, rule));
                return;
            }
            (Some((_, FormulaSource::Mask(mask))), Node::Name(_)) => mask.shape(),
            (Some((_, FormulaSource::Image(view))), Node::Between(..)) => view.dim().into(),
            (Some((_, FormulaSource::Mask(_))), _) => {
                let rule = "an image where it is compared, and it is a mask";
                problem.get_or_insert(AlgebraError::parameter("formula", name, rule));
                return;
            }
            (Some((_, FormulaSource::Image(_))), _) => {
                let rule = "compared with a number, since it is an image";
                problem.get_or_insert(AlgebraError::parameter("formula", name, rule));
                return;
            }
        };
        let first = *shape.get_or_insert(found);
        if first != found {
            let rule = format!("of the shape {first:?} that the first one has");
            let value = format!("{name} of shape {found:?}");
            problem.get_or_insert(AlgebraError::parameter("formula", value, rule));
        }
    });
    match (problem, shape) {
        (Some(problem), _) => Err(problem),
        (None, Some(shape)) => Ok(shape),
        (None, None) => Err(AlgebraError::parameter("formula", "", "with a name in it")),
    }
}

struct Evaluation<'s, 'a> {
    sources: &'s [(&'s str, FormulaSource<'a>)],
    spacing_mm: Option<[f64; 3]>,
    shape: [usize; 3],
}

impl<'a> Evaluation<'_, 'a> {
    fn source(&self, name: &str) -> Result<FormulaSource<'a>, AlgebraError> {
        let found = self.sources.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, source)| *source)
            .ok_or_else(|| AlgebraError::parameter("formula", name, "a name that is given"))
    }

    /// The slices of a part of the formula.
    fn slab(&self, node: &Node, range: Range<usize>) -> Result<BitMask, AlgebraError> {
        match node {
            Node::Name(name) => match self.source(name)? {
                FormulaSource::Mask(mask) => cut(mask, range),
                FormulaSource::Image(_) => {
                    Err(AlgebraError::parameter("formula", name, "a mask here"))
                }
            },
            Node::Between(name, low, high) => match self.source(name)? {
                FormulaSource::Image(view) => {
                    BitMask::threshold(view.slice(s![range, .., ..]), *low, *high)
                }
                FormulaSource::Mask(_) => {
                    Err(AlgebraError::parameter("formula", name, "an image here"))
                }
            },
            Node::Not(node) => Ok(self.slab(node, range)?.not()),
            Node::Both(joint, left, right) => {
                let left = self.slab(left, range.clone())?;
                match (joint, &**right) {
                    // One pass instead of two.
                    (Joint::And, Node::Not(right)) => left.andnot(&self.slab(right, range)?),
                    (Joint::And, right) => left.and(&self.slab(right, range)?),
                    (Joint::Or, right) => left.or(&self.slab(right, range)?),
                    (Joint::Xor, right) => left.xor(&self.slab(right, range)?),
                }
            }
            Node::Ball(change, node, length) => {
                let reach = change.times() * length.slices(self.spacing_mm.map(|[mm, ..]| mm))?;
                let wide =
                    range.start.saturating_sub(reach)..(range.end + reach).min(self.shape[0]);
                let within = range.start - wide.start..range.end - wide.start;
                let slab = self.slab(node, wide)?;
                let (radius, spacing) = length.ball(self.spacing_mm)?;
                let changed = match change {
                    Change::Dilate => slab.dilate_mm(radius, spacing),
                    Change::Erode => slab.erode_mm(radius, spacing, Border::Empty),
                    Change::Open => slab.open_mm(radius, spacing, Border::Empty),
                    Change::Close => slab.close_mm(radius, spacing),
                }?;
                cut(&changed, within)
            }
        }
    }
}

/// Some slices of a mask.
fn cut(mask: &BitMask, range: Range<usize>) -> Result<BitMask, AlgebraError> {
    let [_, rows, columns] = mask.shape();
    let plane = rows * mask.row_words();
    let words = mask.words()[range.start * plane..range.end * plane].to_vec();
    BitMask::from_words([range.len(), rows, columns], words)
}
