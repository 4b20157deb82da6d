//! In tests: how often a circuit or a group was looked at. What is done about one circuit may
//! not grow with how many there are.

#[derive(Debug, Default)]
pub(crate) struct Steps(#[cfg(test)] std::cell::Cell<u64>);

impl Steps {
    /// One was looked at.
    pub(crate) fn count(&self) {
        #[cfg(test)]
        self.0.set(self.0.get() + 1);
    }

    #[cfg(test)]
    pub(crate) fn get(&self) -> u64 {
        self.0.get()
    }
}
