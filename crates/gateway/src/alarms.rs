//! The table of alarms: what is wrong now, where, since when, and how often it was.
//!
//! An alarm stands until what it is about is in order again; nobody has to acknowledge it. What is
//! over stays in the table, unseen, for as long as there is room, so that something that comes and
//! goes is counted as one thing.

use crate::Gateway;
use base::Instant;
use isup::GroupId;
use isup_codec::Cic;
use mtp::m3ua::AssociationId;
use mtp::sap::Indication;
use mtp::{LinkId, PointCode};
use std::collections::{BTreeMap, BTreeSet};
use tracing::{info, warn};

/// How many alarms about single circuits the table holds. All others are as many as the links,
/// associations, spans, destinations and groups of the configuration allow.
const CIRCUIT_ALARMS_MAX: usize = 1_024;

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A span.
    Span(u16),
    /// A signalling link.
    Link(LinkId),
    /// An association of M3UA.
    Association(AssociationId),
    /// A signalling point beyond them.
    Destination(PointCode),
    /// A trunk group.
    Group(GroupId),
    /// A circuit, or the first of several about which one message was sent.
    Circuit(GroupId, Cic),
}

/// An alarm that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What is wrong.
    pub what: &'static str,
    /// Where.
    pub place: Place,
    /// Since when it stands.
    pub since: Instant,
    /// When it was raised last: long timers raise theirs again and again.
    pub last: Instant,
    /// How often it was raised, as far as the table remembers.
    pub times: u64,
    /// Why, where that is known.
    pub why: &'static str,
}

/// What has been counted of the alarms of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlarmCounts {
    /// How many stand.
    pub standing: u64,
    /// How often one was raised since the start.
    pub raised: u64,
}

#[derive(Debug)]
struct Entry {
    /// When what is over began, and when it ended; `None` while it stands.
    over: Option<Instant>,
    since: Instant,
    last: Instant,
    times: u64,
    why: &'static str,
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    entries: BTreeMap<(Place, &'static str), Entry>,
    /// How many of them are about circuits.
    circuits: usize,
    counts: BTreeMap<&'static str, AlarmCounts>,
    /// Groups of which not every circuit is in service.
    short: BTreeSet<GroupId>,
    /// Alarms that found no place.
    overflow: u64,
}

impl Place {
    const fn is_circuit(self) -> bool {
        matches!(self, Self::Circuit(..))
    }
}

impl Alarms {
    /// Something is wrong, or still is.
    pub(crate) fn raise(
        &mut self,
        now: Instant,
        place: Place,
        what: &'static str,
        why: &'static str,
    ) {
        let counts = self.counts.entry(what).or_default();
        counts.raised += 1;
        if let Some(entry) = self.entries.get_mut(&(place, what)) {
            if entry.over.take().is_some() {
                entry.since = now;
                counts.standing += 1;
            }
            (entry.last, entry.why) = (now, why);
            entry.times += 1;
            return;
        }
        if place.is_circuit() && !self.has_room() {
            self.overflow += 1;
            return;
        }
        self.counts.entry(what).or_default().standing += 1;
        self.circuits += usize::from(place.is_circuit());
        let entry = Entry { over: None, since: now, last: now, times: 1, why };
        self.entries.insert((place, what), entry);
    }

    /// Whether there is room for one more about a circuit: what has been over for longest is
    /// forgotten for it.
    fn has_room(&mut self) -> bool {
        if self.circuits < CIRCUIT_ALARMS_MAX {
            return true;
        }
        let over = |(key, entry): (&(Place, &'static str), &Entry)| {
            entry.over.filter(|_| key.0.is_circuit()).map(|over| (over, *key))
        };
        let Some((_, key)) = self.entries.iter().filter_map(over).min() else { return false };
        self.entries.remove(&key);
        self.circuits -= 1;
        true
    }

    /// It is in order again. Does nothing where no such alarm stands.
    pub(crate) fn clear(&mut self, now: Instant, place: Place, what: &'static str) {
        let Some(entry) = self.entries.get_mut(&(place, what)) else { return };
        if entry.over.is_none() {
            entry.over = Some(now);
            self.counts.entry(what).or_default().standing -= 1;
        }
    }

    /// Raises or clears an alarm that is a matter of state, where that is news.
    pub(crate) fn set(
        &mut self,
        now: Instant,
        place: Place,
        what: &'static str,
        wrong: Option<&'static str>,
    ) {
        match wrong {
            Some(why) if !self.stands(place, what) => self.raise(now, place, what, why),
            Some(_) => {}
            None => self.clear(now, place, what),
        }
    }

    fn stands(&self, place: Place, what: &'static str) -> bool {
        self.entries.get(&(place, what)).is_some_and(|entry| entry.over.is_none())
    }

    /// Those that stand, in the order of their places.
    pub(crate) fn standing(&self) -> impl Iterator<Item = Alarm> {
        let standing = self.entries.iter().filter(|(_, entry)| entry.over.is_none());
        standing.map(|((place, what), entry)| {
            let Entry { since, last, times, why, .. } = *entry;
            Alarm { what, place: *place, since, last, times, why }
        })
    }

    /// What has been counted of each kind that was ever raised.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, AlarmCounts)> {
        self.counts.iter().map(|(what, counts)| (*what, *counts))
    }

    pub(crate) const fn overflow(&self) -> u64 {
        self.overflow
    }
}

const LINK: &str = "signalling link out of service";
const ASSOCIATION: &str = "association out of service";
const DESTINATION: &str = "destination unreachable";
const SPAN: &str = "span without signal";
const GROUP: &str = "trunk group not usable";
const CIRCUITS: &str = "circuits out of service";

/// What raises and clears them.
impl Gateway {
    /// At the start nothing is in service, and nobody says so.
    pub(crate) fn raise_first_alarms(&mut self, now: Instant) {
        const WHY: &str = "not in service yet";
        let links = self.mtp.links().map(|link| (Place::Link(link), LINK));
        let associations = self.mtp.associations();
        let associations = associations.map(|one| (Place::Association(one.id), ASSOCIATION));
        let destinations = self.mtp.destinations();
        let destinations = destinations.map(|one| (Place::Destination(one.point), DESTINATION));
        let groups = self.group_ids().map(|group| (Place::Group(group), GROUP));
        let all = links.chain(associations).chain(destinations).chain(groups);
        for (place, what) in all.collect::<Vec<_>>() {
            self.peers.alarms.raise(now, place, what, WHY);
        }
        self.look_at_circuits(now);
    }

    fn group_ids(&self) -> impl Iterator<Item = GroupId> + use<> {
        let groups = u16::try_from(self.settings.groups.len()).unwrap_or(u16::MAX);
        (0..groups).map(GroupId)
    }

    pub(crate) fn note_link(
        &mut self,
        now: Instant,
        link: LinkId,
        in_service: bool,
        reason: &'static str,
    ) {
        if in_service {
            info!(%link, reason, "signalling link in service");
        } else {
            warn!(%link, reason, "signalling link out of service");
        }
        let wrong = (!in_service).then_some(reason);
        self.peers.alarms.set(now, Place::Link(link), LINK, wrong);
    }

    pub(crate) fn note_association(
        &mut self,
        now: Instant,
        association: AssociationId,
        in_service: bool,
        reason: &'static str,
    ) {
        if in_service {
            info!(%association, reason, "association in service");
        } else {
            warn!(%association, reason, "association out of service");
        }
        let wrong = (!in_service).then_some(reason);
        self.peers.alarms.set(now, Place::Association(association), ASSOCIATION, wrong);
    }

    /// MTP-PAUSE and MTP-RESUME.
    pub(crate) fn note_indication(&mut self, now: Instant, indication: &Indication) {
        let (dpc, wrong) = match indication {
            Indication::Pause { dpc } => (*dpc, Some("MTP-PAUSE")),
            Indication::Resume { dpc } => (*dpc, None),
            _ => return,
        };
        self.peers.alarms.set(now, Place::Destination(dpc), DESTINATION, wrong);
    }

    pub(crate) fn note_span(&mut self, now: Instant, span: u16, up: bool) {
        let wrong = (!up).then_some("");
        self.peers.alarms.set(now, Place::Span(span), SPAN, wrong);
    }

    pub(crate) fn note_group(&mut self, now: Instant, group: GroupId, usable: bool) {
        if usable {
            info!(group = group.0, "trunk group usable");
        } else {
            warn!(group = group.0, "trunk group not usable");
        }
        let why = "the peer cannot be reached, or no circuit is in service";
        let wrong = (!usable).then_some(why);
        self.peers.alarms.set(now, Place::Group(group), GROUP, wrong);
    }

    /// What ISUP tells the maintenance staff.
    pub(crate) fn note_alarm(
        &mut self,
        now: Instant,
        group: GroupId,
        cic: Cic,
        what: &'static str,
    ) {
        warn!(group = group.0, %cic, what, "maintenance is needed");
        self.peers.alarms.raise(now, place(group, cic, what), what, "");
    }

    pub(crate) fn note_alarm_cleared(
        &mut self,
        now: Instant,
        group: GroupId,
        cic: Cic,
        what: &'static str,
    ) {
        info!(group = group.0, %cic, what, "in order again");
        self.peers.alarms.clear(now, place(group, cic, what), what);
    }

    /// Circuits that no call of ours can use, by group. After every input, so only what is news
    /// gets as far as the table.
    pub(crate) fn look_at_circuits(&mut self, now: Instant) {
        while let Some(group) = self.isup.pop_shortage() {
            let (out, _) = self.isup.out_of_service(group);
            let short = &mut self.peers.alarms.short;
            let news = if out > 0 { short.insert(group) } else { short.remove(&group) };
            if news {
                let wrong = (out > 0).then_some("");
                self.peers.alarms.set(now, Place::Group(group), CIRCUITS, wrong);
            }
        }
    }

    /// The alarms that stand, in the order of their places.
    pub fn alarms(&self) -> impl Iterator<Item = Alarm> {
        self.peers.alarms.standing()
    }

    /// What has been counted of each kind of alarm that was ever raised.
    pub fn alarm_counts(&self) -> impl Iterator<Item = (&'static str, AlarmCounts)> {
        self.peers.alarms.counts()
    }

    /// Alarms that found no place in the table.
    pub const fn alarms_lost(&self) -> u64 {
        self.peers.alarms.overflow()
    }

    /// Of which circuits an alarm about a group speaks, in words.
    pub fn alarm_detail(&self, alarm: &Alarm) -> String {
        match alarm.place {
            Place::Group(group) if alarm.what == CIRCUITS => {
                let (out, all) = self.isup.out_of_service(group);
                format!("{out} of {all}")
            }
            _ => alarm.why.to_owned(),
        }
    }
}

fn place(group: GroupId, cic: Cic, what: &'static str) -> Place {
    if isup::is_about_peer(what) { Place::Group(group) } else { Place::Circuit(group, cic) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place = Place::Link(LinkId(0));

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1_000)
    }

    fn circuit(cic: u16) -> Place {
        Place::Circuit(GroupId(0), Cic(cic))
    }

    fn counts(alarms: &Alarms, what: &str) -> (u64, u64) {
        let found = alarms.counts().find(|(known, _)| *known == what);
        found.map(|(_, counts)| (counts.standing, counts.raised)).unwrap()
    }

    #[test]
    fn what_comes_and_goes_is_one_alarm_that_is_counted() {
        let mut alarms = Alarms::default();
        alarms.set(at(1), HERE, "down", Some("no signal"));
        alarms.set(at(2), HERE, "down", Some("no signal"));
        alarms.raise(at(3), circuit(5), "no answer", "");
        alarms.raise(at(9), circuit(5), "no answer", "");
        let standing: Vec<_> = alarms.standing().collect();
        let [down, silent] = &standing[..] else { panic!("{standing:?}") };
        assert_eq!((down.since, down.times, down.why), (at(1), 1, "no signal"));
        assert_eq!((silent.since, silent.last, silent.times), (at(3), at(9), 2));
        alarms.set(at(10), HERE, "down", None);
        alarms.clear(at(10), circuit(6), "no answer");
        assert_eq!(alarms.standing().count(), 1);
        alarms.set(at(11), HERE, "down", Some("too many errors"));
        let down = alarms.standing().next().unwrap();
        assert_eq!((down.since, down.times, down.why), (at(11), 2, "too many errors"));
        assert_eq!(counts(&alarms, "down"), (1, 2));
        assert_eq!(counts(&alarms, "no answer"), (1, 2));
    }

    #[test]
    fn the_table_has_a_bound_and_what_is_over_makes_room() {
        let mut alarms = Alarms::default();
        let most = CIRCUIT_ALARMS_MAX as u16;
        (0..=most).for_each(|cic| alarms.raise(at(1), circuit(cic), "no answer", ""));
        assert_eq!((alarms.overflow(), alarms.standing().count()), (1, CIRCUIT_ALARMS_MAX));
        // A link finds a place always.
        alarms.raise(at(2), HERE, "down", "");
        assert_eq!(alarms.standing().count(), CIRCUIT_ALARMS_MAX + 1);
        alarms.clear(at(4), circuit(8), "no answer");
        alarms.clear(at(3), circuit(9), "no answer");
        alarms.raise(at(5), circuit(most), "no answer", "");
        assert_eq!((alarms.overflow(), alarms.standing().count()), (1, CIRCUIT_ALARMS_MAX));
        // That of circuit 9 was over first, and is forgotten; circuit 8's is remembered.
        alarms.raise(at(6), circuit(8), "no answer", "");
        let of = |cic| alarms.standing().find(|alarm| alarm.place == circuit(cic));
        assert_eq!(of(8).map(|alarm| alarm.times), Some(2));
        assert_eq!((of(9), of(most).map(|alarm| alarm.times)), (None, Some(1)));
        let (standing, raised) = counts(&alarms, "no answer");
        assert_eq!((standing, raised), (CIRCUIT_ALARMS_MAX as u64, u64::from(most) + 3));
    }
}
