use crate::{DoorStats, FeedbackStats, ThrottleStats, WalletStats};

/// Counters since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests taken, copies included.
    pub requests: u64,
    /// Responses taken, copies included.
    pub responses: u64,
    /// Messages sent again by a timer or because of a copy of the peer's.
    pub retransmissions: u64,
    /// Copies of requests and responses that were absorbed.
    pub absorbed: u64,
    /// Responses that belong to no transaction.
    pub stray_responses: u64,
    /// Requests within a dialog that we do not know, and ACKs that match nothing.
    pub stray_requests: u64,
    /// Messages that break the syntax.
    pub broken: u64,
    /// Requests the core refused by itself, except for want of a place.
    pub refused: u64,
    /// Faults of emergency calls for which others are refused.
    pub overlooked: u64,
    /// New calls for which there was no session left.
    pub sessions_full: u64,
    /// Requests for which there was no transaction left.
    pub transactions_full: u64,
    /// Connections closed because there were too many.
    pub connections_full: u64,
    /// Connections of peers that our requests go over too (RFC 5923).
    pub aliases: u64,
    /// Requests of ours that nobody answered.
    pub timeouts: u64,
    /// Requests that went by TCP because they are too large for a datagram.
    pub too_large: u64,
    /// Sends that failed.
    pub transport_failures: u64,
    /// 2xx of ours that nobody acknowledged.
    pub not_acknowledged: u64,
    /// 2xx of another fork than the first, acknowledged and released.
    pub forks_released: u64,
    /// Re-INVITEs that met one of the other side, either way.
    pub glares: u64,
    /// Callers who had to prove who they are.
    pub door: DoorStats,
    /// Calls held back because the next hop asked for it.
    pub throttle: ThrottleStats,
    /// Clients asked for less.
    pub feedback: FeedbackStats,
    /// Peers who asked us to.
    pub wallet: WalletStats,
    /// Provisional responses of ours sent reliably (RFC 3262), copies not counted.
    pub reliable_sent: u64,
    /// PRACKs of ours.
    pub pracks_sent: u64,
    /// PRACKs of ours that were refused or not answered.
    pub pracks_failed: u64,
    /// Reliable provisional responses out of order, not taken.
    pub rseq_out_of_order: u64,
    /// Early dialogs that were not kept because one call had too many.
    pub forks_unkept: u64,
    /// PRACKs that acknowledged one of those.
    pub pracks: u64,
    /// Calls that waited for the preconditions of their callers (RFC 3312).
    pub suspended: u64,
    /// Of those, the calls whose preconditions were not met in time.
    pub preconditions_failed: u64,
    /// PRACKs that acknowledge nothing of ours.
    pub stray_pracks: u64,
    /// Reliable provisional responses whose PRACK did not come in time.
    pub not_pracked: u64,
    /// Provisional responses that gave way because too many waited for a PRACK.
    pub provisionals_shed: u64,
    /// Re-INVITEs of ours that the peer refused.
    pub reinvites_refused: u64,
    /// Next hops of our INVITEs that failed and were left for another.
    pub hops_failed: u64,
    /// Calls made again because the callee did not know, or required, an extension.
    pub extensions_revised: u64,
    /// Calls refused because their speech is for a family that we have no address of.
    pub no_address: u64,
    /// Calls made again with our address of the other family.
    pub families_changed: u64,
    /// Keys that INFO told.
    pub keys: u64,
    /// Redirections that we followed.
    pub redirects: u64,
    /// Peers that asked for an alternative service (380).
    pub alternatives: u64,
    /// Sessions we refreshed, or tried to (RFC 4028).
    pub refreshes: u64,
    /// Refreshes of ours that failed.
    pub refreshes_failed: u64,
    /// Sessions that ended because nobody refreshed them.
    pub sessions_expired: u64,
}

/// A counter and its name.
type Event = (&'static str, fn(&Stats) -> u64);

/// Every counter of [`Stats`] itself; what is about one neighbour has its own part.
const EVENTS: [Event; 41] = [
    ("requests", |stats| stats.requests),
    ("responses", |stats| stats.responses),
    ("retransmissions", |stats| stats.retransmissions),
    ("absorbed", |stats| stats.absorbed),
    ("stray_responses", |stats| stats.stray_responses),
    ("stray_requests", |stats| stats.stray_requests),
    ("broken", |stats| stats.broken),
    ("refused", |stats| stats.refused),
    ("overlooked", |stats| stats.overlooked),
    ("sessions_full", |stats| stats.sessions_full),
    ("transactions_full", |stats| stats.transactions_full),
    ("connections_full", |stats| stats.connections_full),
    ("aliases", |stats| stats.aliases),
    ("timeouts", |stats| stats.timeouts),
    ("too_large", |stats| stats.too_large),
    ("transport_failures", |stats| stats.transport_failures),
    ("not_acknowledged", |stats| stats.not_acknowledged),
    ("forks_released", |stats| stats.forks_released),
    ("glares", |stats| stats.glares),
    ("reliable_sent", |stats| stats.reliable_sent),
    ("pracks_sent", |stats| stats.pracks_sent),
    ("pracks_failed", |stats| stats.pracks_failed),
    ("rseq_out_of_order", |stats| stats.rseq_out_of_order),
    ("forks_unkept", |stats| stats.forks_unkept),
    ("pracks", |stats| stats.pracks),
    ("suspended", |stats| stats.suspended),
    ("preconditions_failed", |stats| stats.preconditions_failed),
    ("stray_pracks", |stats| stats.stray_pracks),
    ("not_pracked", |stats| stats.not_pracked),
    ("provisionals_shed", |stats| stats.provisionals_shed),
    ("reinvites_refused", |stats| stats.reinvites_refused),
    ("hops_failed", |stats| stats.hops_failed),
    ("extensions_revised", |stats| stats.extensions_revised),
    ("no_address", |stats| stats.no_address),
    ("families_changed", |stats| stats.families_changed),
    ("keys", |stats| stats.keys),
    ("redirects", |stats| stats.redirects),
    ("alternatives", |stats| stats.alternatives),
    ("refreshes", |stats| stats.refreshes),
    ("refreshes_failed", |stats| stats.refreshes_failed),
    ("sessions_expired", |stats| stats.sessions_expired),
];

impl Stats {
    /// What has happened how often, by name.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, u64)> + use<'_> {
        EVENTS.iter().map(|(name, count)| (*name, count(self)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_counter_is_forgotten() {
        let shown = format!("{:#?}", Stats::default());
        let own = shown.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(": 0,"));
        let own: Vec<_> = own.filter(|name| !name.starts_with(' ')).collect();
        assert_eq!(own, EVENTS.map(|(name, _)| name));
    }
}
