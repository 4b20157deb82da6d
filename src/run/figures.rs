//! Counters that the signalling thread keeps beside the gateway's own, and the snapshot of all of
//! them for the metrics page.

use super::rings::Overflow;
use super::spans::MediaFigures;
use crate::admin::Histogram;
use crate::admin::metrics::{
    Alarms, Association, Attempts, CallCounts, GroupCongestion, IsupFigures, Located, Neighbours,
    Rtp, Snapshot,
};
use crate::names::Names;
use base::{Class, Duration, Instant};
use call::{Cdr, Shed};
use gateway::{Gateway, Stats};
use routing::{NumberKind, TrunkRef};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Emergency numbers that are told apart: the plan of a country has a dozen.
const NUMBERS_MAX: usize = 64;
/// The label of emergency calls to an answering point's long number, and of numbers past the limit.
const LONG: &str = "long";

/// What the gateway does not count itself.
pub(crate) struct Figures {
    setup: [Histogram; Class::COUNT],
    emergency: BTreeMap<String, Attempts>,
    media: Arc<MediaFigures>,
    rings: Vec<(&'static str, Overflow)>,
}

impl Figures {
    pub(crate) fn new(media: Arc<MediaFigures>, rings: Vec<(&'static str, Overflow)>) -> Self {
        Self { setup: Default::default(), emergency: BTreeMap::new(), media, rings }
    }

    /// A call was set up this long after it had arrived.
    pub(crate) fn set_up(&mut self, class: Class, delay: Duration) {
        if let Some(histogram) = self.setup.get_mut(class.rank()) {
            histogram.observe(delay);
        }
    }

    /// A call has ended.
    pub(crate) fn ended(&mut self, cdr: &Cdr) {
        if !cdr.class.is_emergency() {
            return;
        }
        let short = cdr.called.kind() == NumberKind::Short;
        let mut number = if short { cdr.called.digits() } else { LONG };
        if self.emergency.len() >= NUMBERS_MAX && !self.emergency.contains_key(number) {
            number = LONG;
        }
        let attempts = self.emergency.entry(number.to_owned()).or_default();
        attempts.ended += 1;
        attempts.answered += u64::from(cdr.answered.is_some());
    }

    /// Everything at this moment.
    pub(crate) fn snapshot(&self, gateway: &Gateway, names: &Names, now: Instant) -> Snapshot {
        let (status, stats) = (gateway.status(), gateway.stats());
        let circuits = status.groups.iter().flat_map(|(group, states)| {
            states.iter().map(|(state, count)| (group.clone(), *state, *count))
        });
        let media = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let mut lost: Vec<_> =
            self.rings.iter().map(|(way, overflow)| (*way, overflow.get())).collect();
        lost.push(("tick", media(&self.media.skipped)));
        Snapshot {
            calls: calls(&stats, names),
            active: status.active,
            setup: self.setup.clone(),
            shed: shed(&stats),
            emergency: self.emergency.clone(),
            circuits: circuits.collect(),
            links: status.links.iter().map(|view| (view.link.0, view.in_service)).collect(),
            associations: associations(&status.associations, names),
            link_events: link_events(gateway),
            alarms: alarms(gateway),
            queued: status.queued,
            targets: targets(gateway, now),
            located: Located {
                found: stats.targets_located,
                failed: stats.targets_failed,
                downgraded: stats.downgrades,
                failovers: gateway.sip().stats().hops_failed,
            },
            rtp: Rtp {
                sent: media(&self.media.sent),
                received: media(&self.media.received),
                lost: media(&self.media.lost),
            },
            kernel_drops: 0,
            streams: [0; 2],
            stream_events: Vec::new(),
            sctp_events: Vec::new(),
            mtp_events: gateway.mtp().stats().named().to_vec(),
            neighbours: neighbours(gateway, &stats, names),
            checks: checks(gateway, &stats),
            isup: isup(gateway),
            sip: gateway.sip().stats().events().collect(),
            quarantined: 0,
            reaped: stats.reaped,
            lost_between_threads: lost,
        }
    }
}

fn associations(views: &[mtp::m3ua::AssociationView], names: &Names) -> Vec<Association> {
    let one = |view: &mtp::m3ua::AssociationView| Association {
        name: names.association(view.id).to_owned(),
        in_service: view.in_service,
        events: view.stats.named().to_vec(),
    };
    views.iter().map(one).collect()
}

/// What happened to links: link, event, how often.
fn link_events(gateway: &Gateway) -> Vec<(u16, &'static str, u64)> {
    let mtp = gateway.mtp();
    let each = mtp.links().filter_map(|link| Some((link.0, mtp.link_stats(link)?.level2)));
    each.flat_map(|(link, stats)| stats.named().map(|(event, n)| (link, event, n))).collect()
}

fn alarms(gateway: &Gateway) -> Alarms {
    let counts = |(alarm, counts): (&'static str, gateway::AlarmCounts)| {
        (alarm, counts.standing, counts.raised)
    };
    Alarms { counts: gateway.alarm_counts().map(counts).collect(), lost: gateway.alarms_lost() }
}

/// What the ISDN user part counts, and how congested its peers are.
fn isup(gateway: &Gateway) -> IsupFigures {
    let stats = gateway.isup().stats();
    let congestion = gateway.congestion().into_iter().map(|(group, view)| GroupCongestion {
        group,
        step: view.step,
        level: view.level,
        held_back: [view.held_back, view.priority_held_back],
        told: view.told,
    });
    IsupFigures {
        congestion: congestion.collect(),
        // Each class from the start: what is counted never appears out of nothing.
        held_back: [Class::GovernmentPriority, Class::PsapCallback, Class::Ordinary]
            .map(|class| (class.label(), stats.held_back.get(&class).copied().unwrap_or_default()))
            .into(),
        messages: [named(&stats.received), named(&stats.sent)],
        national: named(&stats.national),
        expired: named(&stats.expired),
        refused: stats.refused.iter().map(|(error, n)| (error.label(), *n)).collect(),
        mended: stats.mended.iter().map(|(action, n)| (*action, *n)).collect(),
        events: stats.events().collect(),
    }
}

fn named<K: ToString>(counts: &BTreeMap<K, u64>) -> Vec<(String, u64)> {
    counts.iter().map(|(name, n)| (name.to_string(), *n)).collect()
}

/// Continuity checks by result; those that did not happen too.
fn checks(gateway: &Gateway, stats: &Stats) -> Vec<(&'static str, u64)> {
    let mut checks: Vec<_> =
        gateway.isup().stats().checks.iter().map(|(result, count)| (*result, *count)).collect();
    checks.push(("refused", stats.checks_refused));
    checks
}

fn neighbours(gateway: &Gateway, stats: &Stats, names: &Names) -> Neighbours {
    let sip::Stats { door, wallet, throttle, .. } = gateway.sip().stats();
    Neighbours {
        auth: vec![
            ("challenged", door.challenged),
            ("proved", door.proved),
            ("stale", door.stale),
            ("wrong", door.wrong),
            ("turned_away", door.turned_away),
        ],
        challenges: vec![("answered", wallet.answered), ("unanswered", wallet.unanswered)],
        held_back: vec![("overload", throttle.overload), ("retry_after", throttle.retry_after)],
        registered: gateway
            .registrations()
            .into_iter()
            .map(|view| {
                let trunk = names.trunk(TrunkRef::Sip(view.peer.0));
                (trunk.to_owned(), view.holds.is_some())
            })
            .collect(),
        reduction: gateway.reduction(),
        strangers_emergencies: stats.emergency_from_strangers,
        dialled_on: stats.dialled_on,
        no_speech: stats.no_speech,
    }
}

fn calls(stats: &Stats, names: &Names) -> Vec<CallCounts> {
    let counts = stats.calls.iter().map(|(relation, counts)| CallCounts {
        class: relation.class.label(),
        ingress: names.trunk(relation.ingress).to_owned(),
        egress: relation.egress.map_or("none", |egress| names.trunk(egress)).to_owned(),
        started: counts.started,
        answered: counts.answered,
        failed: counts.failed.clone(),
    });
    counts.collect()
}

/// Each address of each SIP trunk once, and whether it is not known to be down.
fn targets(gateway: &Gateway, now: Instant) -> Vec<(String, String, bool)> {
    let mut all = BTreeMap::new();
    for trunk in gateway.trunks(now) {
        for view in trunk.targets.iter().flat_map(|target| &target.ways) {
            all.insert((trunk.name.clone(), super::views::way(view)), view.state != "down");
        }
    }
    all.into_iter().map(|((trunk, way), up)| (trunk, way, up)).collect()
}

fn shed(stats: &Stats) -> Vec<(&'static str, &'static str, u64)> {
    let by_class = Class::ALL.iter().zip(&stats.shed_by_reason);
    let each = by_class.flat_map(|(class, reasons)| {
        let reasons = Shed::ALL.iter().zip(reasons);
        reasons.map(|(reason, count)| (class.label(), reason.label(), *count))
    });
    each.collect()
}
