//! What the gateway shows, in the words of the admin API.

use crate::admin::api::{
    Alarm, Association, Call, Circuit, Congestion, Destination, Group, Link, LinkDetails, LinkSet,
    Links, News, Registration, SignallingRoute, Status, Target, Trunk, Way,
};
use crate::names::Names;
use crate::wallclock::Rfc3339;
use base::{Class, Instant};
use gateway::Gateway;
use io::Clock;
use routing::TrunkRef;
use std::collections::BTreeMap;

/// Now, and what the cores' moments are called outside.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) clock: &'a Clock,
    pub(super) now: Instant,
}

impl Moment<'_> {
    fn wall(self, at: Instant) -> String {
        Rfc3339(self.clock.wall(at)).to_string()
    }

    fn seconds_since(self, at: Instant) -> u64 {
        self.now.saturating_since(at).as_secs()
    }

    fn news(self, since: Instant, reason: &str) -> News {
        let seconds = self.seconds_since(since);
        News { since: self.wall(since), seconds, reason: reason.to_owned() }
    }
}

pub(super) fn status(gateway: &Gateway, names: &Names, moment: Moment<'_>) -> Status {
    let status = gateway.status();
    let by_class = |figures: &[u32; Class::COUNT]| {
        let classes = Class::ALL.iter().map(|class| class.label().to_owned());
        classes.zip(figures.iter().copied()).collect::<BTreeMap<_, _>>()
    };
    let congestion = gateway.congestion();
    let groups = status.groups.iter().zip(&congestion);
    let groups = groups.map(|((name, circuits), (_, view))| Group {
        name: name.clone(),
        circuits: circuits.iter().map(|(state, count)| ((*state).to_owned(), *count)).collect(),
        congestion: Congestion {
            step: view.step,
            level: view.level,
            held_back: view.held_back,
            told: view.told,
        },
    });
    let link = |view: &gateway::LinkView| Link { link: view.link.0, in_service: view.in_service };
    let association = |view: &mtp::m3ua::AssociationView| association(view, names, moment);
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ready: status.ready,
        draining: status.draining,
        uptime_seconds: moment.now.as_millis() / 1_000,
        active: by_class(&status.active),
        queued: by_class(&status.queued),
        groups: groups.collect(),
        links: status.links.iter().map(link).collect(),
        associations: status.associations.iter().map(association).collect(),
    }
}

fn association(
    view: &mtp::m3ua::AssociationView,
    names: &Names,
    moment: Moment<'_>,
) -> Association {
    Association {
        name: names.association(view.id).to_owned(),
        connected: view.connected,
        ours: view.ours.name().to_owned(),
        peers: view.peers.name().to_owned(),
        in_service: view.in_service,
        queued: view.queued,
        sent: view.stats.sent,
        received: view.stats.received,
        failed: view.stats.failed,
        news: moment.news(view.since, view.reason),
        counters: named(view.stats.named()),
    }
}

fn named(counters: impl IntoIterator<Item = (&'static str, u64)>) -> BTreeMap<String, u64> {
    counters.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

pub(super) fn links(gateway: &Gateway, names: &Names, moment: Moment<'_>) -> Links {
    let mtp = gateway.mtp();
    let link = |id: mtp::LinkId| {
        let stats = mtp.link_stats(id)?;
        Some(LinkDetails {
            link: id.0,
            adjacent: stats.adjacent.0,
            slc: stats.slc,
            state: stats.state_name().to_owned(),
            in_service: stats.in_service,
            news: moment.news(stats.since, stats.reason),
            queued: stats.queued,
            outstanding: stats.outstanding,
            counters: named(stats.level2.named()),
        })
    };
    let link_set = |set: mtp::LinkSetView| LinkSet {
        adjacent: set.adjacent.0,
        links: set.links.iter().map(|link| link.0).collect(),
        in_service: set.in_service,
        news: moment.news(set.since, ""),
        held: set.held,
        counters: named(set.stats.named()),
    };
    let route = |view: &mtp::RouteView| SignallingRoute {
        adjacent: view.adjacent.0,
        priority: view.priority,
        state: view.state.name().to_owned(),
        in_use: view.in_use,
    };
    let destination = |view: mtp::DestinationView| Destination {
        point_code: view.point.0,
        available: view.available,
        routes: view.routes.iter().map(route).collect(),
    };
    Links {
        links: mtp.links().filter_map(link).collect(),
        link_sets: mtp.link_sets().map(link_set).collect(),
        associations: mtp.associations().map(|view| association(&view, names, moment)).collect(),
        destinations: mtp.destinations().map(destination).collect(),
    }
}

pub(super) fn alarms(gateway: &Gateway, names: &Names, moment: Moment<'_>) -> Vec<Alarm> {
    let alarm = |alarm: gateway::Alarm| {
        let (kind, name) = place(alarm.place, names);
        Alarm {
            alarm: alarm.what.to_owned(),
            kind: kind.to_owned(),
            name,
            since: moment.wall(alarm.since),
            seconds: moment.seconds_since(alarm.since),
            last: moment.wall(alarm.last),
            times: alarm.times,
            detail: gateway.alarm_detail(&alarm),
        }
    };
    gateway.alarms().map(alarm).collect()
}

fn place(place: gateway::Place, names: &Names) -> (&'static str, String) {
    let group = |group: isup::GroupId| names.trunk(TrunkRef::Circuits(group.0));
    match place {
        gateway::Place::Span(span) => ("span", span.to_string()),
        gateway::Place::Link(link) => ("link", link.to_string()),
        gateway::Place::Association(id) => ("association", names.association(id).to_owned()),
        gateway::Place::Destination(point) => ("destination", point.to_string()),
        gateway::Place::Group(id) => ("group", group(id).to_owned()),
        gateway::Place::Circuit(id, cic) => ("circuit", format!("{}/{cic}", group(id))),
    }
}

pub(super) fn calls(gateway: &Gateway, clock: &Clock, now: Instant) -> Vec<Call> {
    let call = |view: gateway::CallView| Call {
        id: view.id,
        class: view.class.label().to_owned(),
        phase: view.phase.to_owned(),
        ingress: view.ingress,
        egress: view.egress,
        calling: view.calling,
        called: view.called,
        circuit: view.circuit,
        arrived: Rfc3339(clock.wall(view.arrived)).to_string(),
        seconds: now.saturating_since(view.arrived).as_secs(),
    };
    gateway.calls().into_iter().map(call).collect()
}

/// Circuits shown at once: less than a millisecond's work.
const CIRCUITS_AT_ONCE: usize = 1_024;

/// Those of some groups from this place on, and the place to go on from.
pub(super) fn circuits(gateway: &Gateway, from: u16) -> (Vec<Circuit>, Option<u16>) {
    let circuit = |view: gateway::CircuitView| Circuit {
        group: view.group,
        cic: view.cic,
        state: view.state.to_owned(),
        class: view.class.map(|class| class.label().to_owned()),
        blocked: blocked(view.blocking),
    };
    let (circuits, next) = gateway.circuits_from(from, CIRCUITS_AT_ONCE);
    (circuits.into_iter().map(circuit).collect(), next)
}

/// Who has blocked a circuit, in words.
fn blocked(view: isup::BlockingView) -> Vec<String> {
    let all = [
        (view.maintenance_here, "maintenance here"),
        (view.maintenance_there, "maintenance there"),
        (view.failure_here, "failure here"),
        (view.failure_there, "failure there"),
        (view.unacknowledged, "unacknowledged"),
    ];
    all.into_iter().filter(|(is_so, _)| *is_so).map(|(_, name)| name.to_owned()).collect()
}

pub(super) fn trunks(gateway: &Gateway, now: Instant) -> Vec<Trunk> {
    let way = |view: gateway::WayView| Way { way: way(&view), state: view.state.to_owned() };
    let target = |view: gateway::TargetView| Target {
        target: view.target,
        state: view.state.to_owned(),
        ways: view.ways.into_iter().map(way).collect(),
    };
    let registrations = gateway.registrations();
    let trunk = |(index, view): (u16, gateway::TrunkView)| Trunk {
        name: view.name,
        targets: view.targets.into_iter().map(target).collect(),
        registration: registrations.iter().find(|view| view.peer.0 == index).map(registration),
    };
    (0..).zip(gateway.trunks(now)).map(trunk).collect()
}

fn registration(view: &sip::RegistrationView) -> Registration {
    let status = |status: Option<u16>| {
        status.map_or_else(|| "no answer".to_owned(), |status| status.to_string())
    };
    Registration {
        registrar: view.registrar.clone(),
        registered: view.holds.is_some(),
        expires_seconds: view.holds.map(|holds| holds.as_secs()),
        failure: view.failure.map(|failure| status(failure.status)),
        failed_seconds_ago: view.failure.map(|failure| failure.ago.as_secs()),
    }
}

/// `udp:192.0.2.1:5060`
pub(super) fn way(view: &gateway::WayView) -> String {
    format!("{}:{}", view.transport.name(), view.remote)
}
