//! Protected health information: text that can be shown to the person in front, and leak nowhere else.

use std::fmt;

/// Words by which a patient could be recognised.
///
/// It has no `Serialize`, and its `Debug` and `Display` print `•••`: what is not named with
/// [`Phi::reveal`] cannot reach a log, an error, a peer or a file by accident.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Wraps a value that names or could name a patient.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; only a view in front of the user, or an export the user asked for, calls this.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("•••")
    }
}

impl<T> fmt::Display for Phi<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("•••")
    }
}

#[cfg(test)]
mod tests {
    use super::Phi;

    #[test]
    fn a_patient_name_never_prints() {
        let name = Phi::new(String::from("Roe^Jane"));
        assert_eq!(
            format!("{name} {name:?} {:?}", Some(&name)),
            "••• ••• Some(•••)"
        );
        assert_eq!(name.reveal(), "Roe^Jane");
    }
}
