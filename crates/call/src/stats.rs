use base::Class;

/// What happened so far; counters by class are indexed by [`Class::rank`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Calls admitted.
    pub started: [u64; Class::COUNT],
    /// Calls answered.
    pub answered: [u64; Class::COUNT],
    /// Admitted calls that ended without an answer.
    pub failed: [u64; Class::COUNT],
    /// Calls refused because the table had no place left for the class.
    pub refused_full: [u64; Class::COUNT],
    /// Calls refused because no exit was found.
    pub refused_no_route: [u64; Class::COUNT],
    /// Calls refused because we are draining.
    pub refused_draining: [u64; Class::COUNT],
    /// Calls refused because they passed too many exchanges.
    pub refused_hops: [u64; Class::COUNT],
    /// Attempts at an exit.
    pub attempts: u64,
    /// Attempts after the first of a call.
    pub reattempts: u64,
    /// Calls that outlived the deadline of their phase and were released.
    pub overdue: u64,
    /// Records dropped because a leg never reported its end.
    pub reaped: u64,
    /// Signals that fit no phase of their call.
    pub unexpected: u64,
    /// Inputs for calls that are gone.
    pub stale: u64,
}

impl Stats {
    /// Adds one to a counter by class.
    pub(crate) fn count(counter: &mut [u64; Class::COUNT], class: Class) {
        if let Some(counter) = counter.get_mut(class.rank()) {
            *counter += 1;
        }
    }
}
