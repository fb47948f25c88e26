//! Where patches begin and how much each of their voxels counts; the same numbers on every machine.

/// First indices of patches that cover `length`, in order; the last one ends with it. One patch where it is no longer than a patch.
pub(crate) fn starts(length: usize, patch: usize, overlap: usize) -> Vec<usize> {
    if length <= patch {
        return vec![0];
    }
    let step = (patch - overlap.min(patch - 1)).max(1);
    let last = length - patch;
    let mut starts: Vec<usize> = (0..last).step_by(step).collect();
    starts.push(last);
    starts
}

/// A Gaussian bell over a patch's axis, its standard deviation a quarter of it: the middle of a patch counts most, since there
/// the model saw most around a voxel. `exp` is made of ten squarings, which round alike everywhere.
pub(crate) fn bell(patch: usize) -> Vec<f32> {
    let middle = (patch as f64 - 1.0) / 2.0;
    let deviation = patch as f64 / 4.0;
    (0..patch)
        .map(|index| {
            let distance = (index as f64 - middle) / deviation;
            let mut power = 1.0 - distance * distance / 2.0 / 1024.0;
            for _ in 0..10 {
                power *= power;
            }
            power as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_cover_everything_and_stay_inside() {
        for (length, patch, overlap) in [
            (10, 4, 1),
            (64, 64, 16),
            (65, 64, 16),
            (3, 8, 4),
            (100, 7, 3),
        ] {
            let starts = starts(length, patch, overlap);
            let covered = |voxel: usize| {
                starts
                    .iter()
                    .any(|start| (*start..start + patch).contains(&voxel))
            };
            assert!((0..length).all(covered), "{length} {patch} {overlap}");
            assert!(starts.windows(2).all(|pair| pair[0] < pair[1]));
            if length > patch {
                assert_eq!(starts.last(), Some(&(length - patch)));
            }
        }
    }

    #[test]
    fn the_bell_is_even_and_falls_to_about_a_seventh() {
        let bell = bell(64);
        assert!(
            bell.iter()
                .zip(bell.iter().rev())
                .all(|(one, other)| one == other)
        );
        assert!((bell[0] - 0.144).abs() < 0.01, "{}", bell[0]);
        assert!(bell[31] > 0.99);
    }
}
