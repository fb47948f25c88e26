//! Which version answers for the one that is asked for: a table that is changed between two requests, never during one.

use std::collections::BTreeMap;

use kernel_tasks::Digest;

/// Versions that another one answers for, at most; the registry holds no more models.
const ROUTES_MAX: usize = crate::store::MODELS_MAX;

/// Versions asked for, and those that answer.
///
/// Invariant: no version that answers for another is itself answered for, so one look is enough.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Routes(BTreeMap<Digest, Digest>);

impl Routes {
    /// The version that answers.
    pub fn serving(&self, asked: Digest) -> Digest {
        self.0.get(&asked).copied().unwrap_or(asked)
    }

    /// From now on `to` answers wherever `from` did, and for itself.
    pub fn switch(&mut self, from: Digest, to: Digest) {
        self.0.remove(&to);
        for serving in self.0.values_mut() {
            if *serving == from {
                *serving = to;
            }
        }
        self.0.retain(|asked, serving| asked != serving);
        if from == to {
            return;
        }
        if self.0.len() == ROUTES_MAX {
            self.0.pop_first();
        }
        self.0.insert(from, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_of_switches_leads_to_the_last_and_back_to_the_first() {
        let [first, second, third] = [b"1", b"2", b"3"].map(|text| Digest::of(text));
        let mut routes = Routes::default();
        routes.switch(first, second);
        routes.switch(second, third);
        assert_eq!(
            [first, second, third].map(|asked| routes.serving(asked)),
            [third; 3]
        );
        routes.switch(third, first);
        assert_eq!(
            [first, second, third].map(|asked| routes.serving(asked)),
            [first; 3]
        );
        routes.switch(third, third);
        assert_eq!(routes.serving(third), third);
        assert_eq!(routes.serving(second), first);
    }
}
