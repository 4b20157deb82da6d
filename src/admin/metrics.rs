//! The metrics page. The signalling thread gives its counters by value; what they are called and
//! how they are labelled stands here, and the text is made on the management thread.

mod isup;

pub(crate) use isup::{GroupCongestion, IsupFigures};

use super::histogram::Histogram;
use base::Class;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode as encode_text;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::fmt;

pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Calls of one class from one trunk to another.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallCounts {
    pub(crate) class: &'static str,
    pub(crate) ingress: String,
    pub(crate) egress: String,
    pub(crate) started: u64,
    pub(crate) answered: u64,
    /// By cause value.
    pub(crate) failed: BTreeMap<u8, u64>,
}

/// Emergency calls to one number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempts {
    pub(crate) ended: u64,
    pub(crate) answered: u64,
}

/// Targets of SIP trunks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Located {
    /// Answers of the domain name system that were taken.
    pub(crate) found: u64,
    /// Times that it failed, or could not be asked.
    pub(crate) failed: u64,
    /// Times that a domain which offered TLS no longer did.
    pub(crate) downgraded: u64,
    /// INVITEs that went on to another address.
    pub(crate) failovers: u64,
}

/// What the media plane counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rtp {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) lost: u64,
}

/// What the SIP core counts of neighbours that must prove something or ask for less.
#[derive(Clone, Debug, Default)]
pub(crate) struct Neighbours {
    /// Callers that must prove who they are, by result.
    pub(crate) auth: Vec<(&'static str, u64)>,
    /// Peers that ask who we are, by whether we could say so.
    pub(crate) challenges: Vec<(&'static str, u64)>,
    /// Calls not sent because the next hop asked for it, by reason.
    pub(crate) held_back: Vec<(&'static str, u64)>,
    /// Trunks that we register with, and whether we are registered.
    pub(crate) registered: Vec<(String, bool)>,
    /// What we ask others to hold back, in percent.
    pub(crate) reduction: u8,
    /// Emergency calls from addresses of no trunk.
    pub(crate) strangers_emergencies: u64,
    pub(crate) dialled_on: u64,
    pub(crate) no_speech: u64,
}

/// An association of M3UA.
#[derive(Clone, Debug, Default)]
pub(crate) struct Association {
    pub(crate) name: String,
    pub(crate) in_service: bool,
    /// What happened to it, by its name.
    pub(crate) events: Vec<(&'static str, u64)>,
}

/// Alarms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alarms {
    /// Kind, how many stand, how many were raised.
    pub(crate) counts: Vec<(&'static str, u64, u64)>,
    /// Alarms that found no place.
    pub(crate) lost: u64,
}

/// All figures at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) calls: Vec<CallCounts>,
    /// By the rank of the class.
    pub(crate) active: [u32; Class::COUNT],
    pub(crate) setup: [Histogram; Class::COUNT],
    /// Class, reason, how many.
    pub(crate) shed: Vec<(&'static str, &'static str, u64)>,
    /// By the number called, as dialled.
    pub(crate) emergency: BTreeMap<String, Attempts>,
    /// Group, state, how many.
    pub(crate) circuits: Vec<(String, &'static str, u32)>,
    pub(crate) links: Vec<(u16, bool)>,
    pub(crate) associations: Vec<Association>,
    /// Link, what happened to it, how often.
    pub(crate) link_events: Vec<(u16, &'static str, u64)>,
    pub(crate) alarms: Alarms,
    /// Trunk, target, whether it may be used.
    pub(crate) targets: Vec<(String, String, bool)>,
    pub(crate) queued: [u32; Class::COUNT],
    pub(crate) located: Located,
    pub(crate) rtp: Rtp,
    /// Datagrams that the system dropped before we saw them.
    pub(crate) kernel_drops: u64,
    /// SIP connections: plain, and within TLS.
    pub(crate) streams: [usize; 2],
    /// What happened to SIP connections, by its name.
    pub(crate) stream_events: Vec<(&'static str, u64)>,
    /// Transport, what went wrong with its associations, how often.
    pub(crate) sctp_events: Vec<(&'static str, &'static str, u64)>,
    /// What happened to messages in level 3 and in M3UA, by the name of it.
    pub(crate) mtp_events: Vec<(&'static str, u64)>,
    pub(crate) neighbours: Neighbours,
    /// Our continuity checks, by what came of them.
    pub(crate) checks: Vec<(&'static str, u64)>,
    /// What the ISDN user part counts.
    pub(crate) isup: IsupFigures,
    /// What the SIP core counts beside that.
    pub(crate) sip: Vec<(&'static str, u64)>,
    pub(crate) quarantined: u64,
    pub(crate) reaped: u64,
    /// What did not fit a ring or channel between the threads, by its name.
    pub(crate) lost_between_threads: Vec<(&'static str, u64)>,
}

/// The text of the page.
pub(crate) fn encode(snapshot: Snapshot) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Page(snapshot)));
    let mut text = String::new();
    encode_text(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Page(Snapshot);

type Labels<'a> = Vec<(&'static str, &'a str)>;

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.calls(&mut encoder)?;
        self.setup(&mut encoder)?;
        self.resources(&mut encoder)?;
        self.associations(&mut encoder)?;
        self.alarms(&mut encoder)?;
        self.0.isup.encode(&mut encoder)?;
        self.neighbours(&mut encoder)?;
        self.faults(&mut encoder)
    }
}

impl Page {
    fn calls(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Self(now) = self;
        let of = |calls: &'static str| {
            move |c: &CallCounts| match calls {
                "started" => c.started,
                _ => c.answered,
            }
        };
        for (name, help, figure) in [
            ("tocsin_calls_started", "Calls taken in", of("started")),
            ("tocsin_calls_answered", "Calls answered", of("answered")),
        ] {
            let samples = now.calls.iter().map(|counts| (counts.labels(), figure(counts)));
            counters(out, name, help, samples)?;
        }
        let failed = now.calls.iter().flat_map(|counts| {
            counts.failed.iter().map(move |(cause, calls)| (counts, cause.to_string(), *calls))
        });
        let failed: Vec<_> = failed.collect();
        let samples = failed.iter().map(|(counts, cause, calls)| {
            let mut labels = counts.labels();
            labels.push(("cause", cause));
            (labels, *calls)
        });
        counters(out, "tocsin_calls_failed", "Calls that ended unanswered", samples)?;
        let active = by_class(&now.active);
        gauges(out, "tocsin_calls_active", "Calls in any phase", active)?;
        let asr = now.emergency.iter().filter(|(_, attempts)| attempts.ended > 0);
        let asr = asr.map(|(number, attempts)| {
            (vec![("number", number.as_str())], attempts.answered as f64 / attempts.ended as f64)
        });
        let help = "Part of the emergency calls to this number that were answered";
        gauges(out, "tocsin_emergency_asr", help, asr)
    }

    fn setup(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "From the arrival of a call to the first message out other than 100";
        let name = "tocsin_call_setup_seconds";
        let mut family = out.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (class, histogram) in Class::ALL.iter().zip(&self.0.setup) {
            let labels = vec![("class", class.label())];
            let buckets: Vec<_> = histogram.buckets().collect();
            let mut metric = family.encode_family(&labels)?;
            let (sum, count) = (histogram.sum(), histogram.count());
            metric.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }

    fn resources(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Self(now) = self;
        let circuits = now.circuits.iter().map(|(group, state, circuits)| {
            (vec![("group", group.as_str()), ("state", *state)], f64::from(*circuits))
        });
        gauges(out, "tocsin_circuits", "Circuits", circuits)?;
        let links: Vec<_> = now.links.iter().map(|(link, up)| (link.to_string(), *up)).collect();
        let links = links
            .iter()
            .map(|(link, up)| (vec![("link", link.as_str())], f64::from(u8::from(*up))));
        gauges(out, "tocsin_link_up", "Whether the signalling link is in service", links)?;
        let targets = now.targets.iter().map(|(trunk, target, up)| {
            let labels = vec![("trunk", trunk.as_str()), ("target", target.as_str())];
            (labels, f64::from(u8::from(*up)))
        });
        let help = "Whether a peer of a SIP trunk answers OPTIONS, as far as it is asked";
        gauges(out, "tocsin_sip_target_up", help, targets)?;
        gauges(out, "tocsin_queue_depth", "Messages that wait", by_class(&now.queued))?;
        let streams = ["tcp", "tls"].into_iter().zip(now.streams);
        let streams = streams.map(|(way, n)| (vec![("transport", way)], n as f64));
        gauges(out, "tocsin_sip_connections", "SIP connections", streams)?;
        let rtp = [("in", now.rtp.received), ("out", now.rtp.sent)];
        let rtp = rtp.into_iter().map(|(direction, n)| (vec![("direction", direction)], n));
        counters(out, "tocsin_rtp_packets", "RTP packets", rtp)
    }

    fn associations(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let all = &self.0.associations;
        let up = all.iter().map(|one| {
            let label = ("association", one.name.as_str());
            (vec![label], f64::from(u8::from(one.in_service)))
        });
        gauges(out, "tocsin_association_up", "Whether the association is in service", up)?;
        let events = all.iter().flat_map(|one| {
            let named = |event| vec![("association", one.name.as_str()), ("event", event)];
            one.events.iter().map(move |(event, n)| (named(*event), *n))
        });
        counters(out, "tocsin_association_events", "What happened to associations", events)?;
        let sctp =
            self.0.sctp_events.iter().map(|(transport, event, n)| {
                (vec![("transport", *transport), ("event", *event)], *n)
            });
        counters(out, "tocsin_sctp_events", "What went wrong with SCTP associations", sctp)?;
        let events = self.0.mtp_events.iter().map(|(event, n)| (vec![("event", *event)], *n));
        let help = "What happened to messages of the message transfer part";
        counters(out, "tocsin_mtp_events", help, events)
    }

    fn alarms(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Self(now) = self;
        let links: Vec<_> =
            now.link_events.iter().map(|(link, event, n)| (link.to_string(), *event, *n)).collect();
        let events = links
            .iter()
            .map(|(link, event, n)| (vec![("link", link.as_str()), ("event", *event)], *n));
        counters(out, "tocsin_link_events", "What happened to signalling links", events)?;
        let all = &now.alarms;
        let standing = all.counts.iter();
        let standing = standing.map(|(alarm, n, _)| (vec![("alarm", *alarm)], *n as f64));
        gauges(out, "tocsin_alarms", "Alarms that stand", standing)?;
        let raised = all.counts.iter().map(|(alarm, _, n)| (vec![("alarm", *alarm)], *n));
        counters(out, "tocsin_alarms_raised", "Alarms raised", raised)?;
        let lost = [(Vec::new(), all.lost)].into_iter();
        counters(out, "tocsin_alarms_lost", "Alarms that found no place in the table", lost)
    }

    fn neighbours(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let now = &self.0.neighbours;
        for (name, help, label, figures) in [
            ("tocsin_sip_auth", "Callers that must prove who they are", "result", &now.auth),
            ("tocsin_sip_challenges", "Challenges to us", "result", &now.challenges),
            ("tocsin_sip_held_back", "Calls held back for the next hop", "reason", &now.held_back),
        ] {
            let samples = figures.iter().map(|(value, n)| (vec![(label, *value)], *n));
            counters(out, name, help, samples)?;
        }
        let registered = now.registered.iter();
        let registered = registered
            .map(|(trunk, up)| (vec![("trunk", trunk.as_str())], f64::from(u8::from(*up))));
        let help = "Whether the registrar of the trunk knows us";
        gauges(out, "tocsin_sip_registered", help, registered)?;
        let help = "Emergency calls from addresses of no trunk";
        let samples = [(Vec::new(), now.strangers_emergencies)].into_iter();
        counters(out, "tocsin_sip_strangers_emergencies", help, samples)?;
        let help = "INVITEs that brought more digits of a call (RFC 3578)";
        let samples = [(Vec::new(), now.dialled_on)].into_iter();
        counters(out, "tocsin_sip_dialled_on", help, samples)?;
        let help = "Calls from the switched network that need more than speech, refused";
        let samples = [(Vec::new(), now.no_speech)].into_iter();
        counters(out, "tocsin_isup_no_speech", help, samples)?;
        let help = "What neighbours are asked to hold back, in percent";
        let samples = [(Vec::new(), f64::from(now.reduction))].into_iter();
        gauges(out, "tocsin_sip_reduction_percent", help, samples)
    }

    fn faults(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Self(now) = self;
        let shed = now.shed.iter();
        let shed =
            shed.map(|(class, reason, n)| (vec![("class", *class), ("reason", *reason)], *n));
        counters(out, "tocsin_shed", "Messages that found no place", shed)?;
        let lost = now.lost_between_threads.iter().map(|(way, n)| (vec![("way", *way)], *n));
        let help = "Entries that found no place in a ring or channel between two threads";
        counters(out, "tocsin_ring_overflow", help, lost)?;
        let events = now.stream_events.iter().map(|(event, n)| (vec![("event", *event)], *n));
        let help = "What went wrong with SIP connections, and reloads of certificates";
        counters(out, "tocsin_sip_connection_events", help, events)?;
        let events = now.sip.iter().map(|(event, n)| (vec![("event", *event)], *n));
        counters(out, "tocsin_sip_events", "What happened in SIP", events)?;
        let checks = now.checks.iter().map(|(result, n)| (vec![("result", *result)], *n));
        counters(out, "tocsin_continuity_checks", "Continuity checks of ours", checks)?;
        let located = now.located;
        for (name, help, figure) in [
            ("tocsin_dns_located", "Names of SIP targets located", located.found),
            ("tocsin_dns_failures", "SIP targets that could not be located", located.failed),
            ("tocsin_dns_downgrades", "Domains that no longer offer TLS", located.downgraded),
            ("tocsin_sip_failovers", "INVITEs sent on to another address", located.failovers),
            ("tocsin_sip_kernel_drops", "SIP datagrams that the kernel dropped", now.kernel_drops),
            ("tocsin_rtp_lost", "RTP packets that never came", now.rtp.lost),
            ("tocsin_quarantined", "Messages whose handling failed", now.quarantined),
            ("tocsin_records_reaped", "Records that outlived their deadline", now.reaped),
        ] {
            counters(out, name, help, [(Vec::new(), figure)].into_iter())?;
        }
        Ok(())
    }
}

impl CallCounts {
    fn labels(&self) -> Labels<'_> {
        vec![("class", self.class), ("ingress", &self.ingress), ("egress", &self.egress)]
    }
}

fn by_class(figures: &[u32; Class::COUNT]) -> impl Iterator<Item = (Labels<'_>, f64)> {
    let classes = Class::ALL.iter().zip(figures);
    classes.map(|(class, figure)| (vec![("class", class.label())], f64::from(*figure)))
}

/// A family of counters; the encoder appends `_total` to the name.
fn counters<'a>(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    samples: impl Iterator<Item = (Labels<'a>, u64)>,
) -> fmt::Result {
    family(out, (name, help, MetricType::Counter), samples, |metric, value| {
        metric.encode_counter::<NoLabelSet, _, u64>(&value, None)
    })
}

fn gauges<'a>(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    samples: impl Iterator<Item = (Labels<'a>, f64)>,
) -> fmt::Result {
    family(out, (name, help, MetricType::Gauge), samples, |metric, value| {
        metric.encode_gauge(&value)
    })
}

fn family<'a, T>(
    out: &mut DescriptorEncoder<'_>,
    (name, help, kind): (&str, &str, MetricType),
    samples: impl Iterator<Item = (Labels<'a>, T)>,
    write: impl Fn(&mut MetricEncoder<'_>, T) -> fmt::Result,
) -> fmt::Result {
    let mut metric = out.encode_descriptor(name, help, None, kind)?;
    for (labels, value) in samples {
        if labels.is_empty() {
            write(&mut metric, value)?;
        } else {
            write(&mut metric.encode_family(&labels)?, value)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Duration;

    fn snapshot() -> Snapshot {
        let mut snapshot = Snapshot {
            calls: vec![CallCounts {
                class: "ordinary",
                ingress: "voip".to_owned(),
                egress: "exchange".to_owned(),
                started: 3,
                answered: 2,
                failed: BTreeMap::from([(17, 1)]),
            }],
            circuits: vec![("exchange".to_owned(), "idle", 123)],
            links: vec![(0, true)],
            link_events: vec![(0, "alignment_failures", 2)],
            alarms: Alarms { counts: vec![("no release complete", 1, 3)], lost: 0 },
            emergency: BTreeMap::from([("112".to_owned(), Attempts { ended: 4, answered: 3 })]),
            shed: vec![("ordinary", "class_full", 5)],
            sctp_events: vec![("sctp-udp", "not_opened", 6)],
            mtp_events: vec![("misrouted", 8)],
            ..Snapshot::default()
        };
        snapshot.active[Class::Ordinary.rank()] = 7;
        snapshot.setup[Class::Emergency.rank()].observe(Duration::from_millis(3));
        snapshot
    }

    #[test]
    fn names_and_labels_are_those_that_others_rely_on() {
        let text = encode(snapshot()).unwrap();
        let calls = "class=\"ordinary\",ingress=\"voip\",egress=\"exchange\"";
        for line in [
            &format!("tocsin_calls_started_total{{{calls}}} 3"),
            &format!("tocsin_calls_answered_total{{{calls}}} 2"),
            &format!("tocsin_calls_failed_total{{{calls},cause=\"17\"}} 1"),
            "tocsin_calls_active{class=\"ordinary\"} 7.0",
            "tocsin_call_setup_seconds_count{class=\"emergency\"} 1",
            "tocsin_shed_total{class=\"ordinary\",reason=\"class_full\"} 5",
            "tocsin_emergency_asr{number=\"112\"} 0.75",
            "tocsin_circuits{group=\"exchange\",state=\"idle\"} 123.0",
            "tocsin_link_up{link=\"0\"} 1.0",
            "tocsin_sctp_events_total{transport=\"sctp-udp\",event=\"not_opened\"} 6",
            "tocsin_mtp_events_total{event=\"misrouted\"} 8",
            "tocsin_link_events_total{link=\"0\",event=\"alignment_failures\"} 2",
            "tocsin_alarms{alarm=\"no release complete\"} 1.0",
            "tocsin_alarms_raised_total{alarm=\"no release complete\"} 3",
            "tocsin_alarms_lost_total 0",
            "tocsin_queue_depth{class=\"ordinary\"} 0.0",
            "tocsin_rtp_packets_total{direction=\"in\"} 0",
            "tocsin_sip_kernel_drops_total 0",
            "tocsin_rtp_lost_total 0",
            "tocsin_quarantined_total 0",
            "tocsin_records_reaped_total 0",
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn buckets_of_the_setup_time_only_grow() {
        let text = encode(snapshot()).unwrap();
        let buckets = text.lines().filter(|line| {
            line.starts_with("tocsin_call_setup_seconds_bucket") && line.contains("\"emergency\"")
        });
        let counts: Vec<u64> =
            buckets.map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect();
        assert!(counts.is_sorted(), "{text}");
        assert_eq!(counts.last(), Some(&1));
    }
}
