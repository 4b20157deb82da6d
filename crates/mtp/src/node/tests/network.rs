//! Any number of signalling points and the lines between them.

use crate::mtp3::label::{Label, Msu};
use crate::mtp3::management::Management;
use crate::sap::{Indication, Transfer};
use crate::testing::{Line, Noise};
use crate::{
    Config, Input, LineInput, LinkConfig, LinkId, Mtp, NetworkIndicator, Output, PointCode,
    RouteConfig, ServiceIndicator, SignalUnit, Sls,
};
use base::{Class, Duration, Instant, Rng};
use bytes::Bytes;
use std::collections::BTreeMap;

pub(super) struct Point {
    pub(super) mtp: Mtp,
    pub(super) told: Vec<Indication>,
    /// Link selection and number of each message that arrived.
    pub(super) received: Vec<(u8, u16)>,
    /// What it sent, from the service information octet on.
    pub(super) sent: Vec<Bytes>,
    sequence: u16,
}

struct Wire {
    ends: [(u32, LinkId); 2],
    lines: [Line; 2],
    up: bool,
}

/// A network in the making.
#[derive(Default)]
pub(super) struct Plan {
    configs: BTreeMap<u32, Config>,
    wires: Vec<[(u32, LinkId); 2]>,
}

impl Plan {
    pub(super) fn point(mut self, code: u32, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(PointCode(code), NetworkIndicator::NATIONAL);
        config.trace = true;
        change(&mut config);
        self.configs.insert(code, config);
        self
    }

    /// So many links between two points.
    pub(super) fn links(mut self, one: u32, other: u32, count: u8) -> Self {
        for slc in 0..count {
            let ends = [(one, other), (other, one)].map(|(own, adjacent)| {
                let config = self.configs.get_mut(&own).unwrap();
                let id = LinkId(config.links.len() as u16);
                config.links.push(LinkConfig::new(id, PointCode(adjacent), slc));
                (own, id)
            });
            self.wires.push(ends);
        }
        self
    }

    pub(super) fn route(mut self, at: u32, dpc: u32, adjacent: u32, priority: u8) -> Self {
        let route = RouteConfig { dpc: PointCode(dpc), adjacent: PointCode(adjacent), priority };
        self.configs.get_mut(&at).unwrap().routes.push(route);
        self
    }

    /// All of it, in service.
    pub(super) fn up(self) -> Network {
        let mut network = self.build();
        for wire in 0..network.wires.len() {
            network.activate(wire);
        }
        network.run(15_000);
        network
    }

    pub(super) fn build(self) -> Network {
        let point = |(code, config): (u32, Config)| {
            let mtp = Mtp::new(config, Instant::ZERO).unwrap();
            let (told, received, sent) = (Vec::new(), Vec::new(), Vec::new());
            (code, Point { mtp, told, received, sent, sequence: 0 })
        };
        let wire = |ends| Wire { ends, lines: [Line::default(), Line::default()], up: true };
        Network {
            points: self.configs.into_iter().map(point).collect(),
            wires: self.wires.into_iter().map(wire).collect(),
            without_tra: false,
            rng: Rng::new(1),
            now: Instant::ZERO,
        }
    }
}

pub(super) struct Network {
    pub(super) points: BTreeMap<u32, Point>,
    wires: Vec<Wire>,
    /// Whether TRA gets lost, whatever else arrives.
    pub(super) without_tra: bool,
    rng: Rng,
    pub(super) now: Instant,
}

impl Network {
    pub(super) fn activate(&mut self, wire: usize) {
        for (point, link) in self.wires[wire].ends {
            self.input(point, Input::Activate { link });
        }
    }

    pub(super) fn point(&mut self, code: u32) -> &mut Point {
        self.points.get_mut(&code).unwrap()
    }

    pub(super) fn input(&mut self, point: u32, input: Input) {
        let now = self.now;
        self.point(point).mtp.handle_input(now, input);
        self.drain(point);
    }

    /// Both directions of every line between two points fail, or come back.
    pub(super) fn set_lines(&mut self, one: u32, other: u32, up: bool) {
        for wire in 0..self.wires.len() {
            let ends = self.wires[wire].ends;
            if [ends[0].0, ends[1].0] != [one, other] {
                continue;
            }
            self.wires[wire].up = up;
            for (point, link) in ends {
                let input =
                    if up { Input::LineRestored { link } } else { Input::LineFailed { link } };
                self.input(point, input);
            }
        }
    }

    /// Sends the next message of the user part at `from`.
    pub(super) fn send(&mut self, from: u32, to: u32, sls: u8) -> u16 {
        let point = self.point(from);
        point.sequence += 1;
        let number = point.sequence;
        let [high, low] = number.to_be_bytes();
        let payload = Bytes::copy_from_slice(&[sls, 0, high, low, 0, 0]);
        let (opc, dpc) = (PointCode(from), PointCode(to));
        let transfer = Transfer { opc, dpc, sls: Sls(sls), class: Class::Ordinary, payload };
        self.input(from, Input::Transfer(transfer));
        number
    }

    /// One message of each link selection; those of them that arrived within a second.
    pub(super) fn exchange(&mut self, from: u32, to: u32) -> usize {
        let before = self.point(to).received.len();
        for sls in 0..16 {
            self.send(from, to, sls);
        }
        self.run(1_000);
        self.point(to).received.len() - before
    }

    /// Has a point send a management message over one of its links.
    pub(super) fn manage(&mut self, from: u32, link: u16, sls: u8, message: Management) {
        let now = self.now;
        let mtp = &mut self.point(from).mtp;
        let at = usize::from(link);
        let msu = Msu {
            service: ServiceIndicator::NETWORK_MANAGEMENT,
            network: NetworkIndicator::NATIONAL,
            priority: 0,
            label: Label {
                dpc: mtp.links[at].config.adjacent,
                opc: PointCode(from),
                sls: Sls(sls),
            },
            payload: message.write(),
        };
        mtp.links[at].control.push(msu.write()).unwrap();
        mtp.settle(now);
        self.drain(from);
    }

    /// The management messages that a point has sent since the last time, with their destinations.
    pub(super) fn managed(&mut self, point: u32) -> Vec<(u32, Management)> {
        let sent = std::mem::take(&mut self.point(point).sent);
        let management = |octets: &Bytes| {
            let msu = Msu::parse(octets)?;
            (msu.service == ServiceIndicator::NETWORK_MANAGEMENT)
                .then(|| Some((msu.label.dpc.0, Management::parse(&msu.payload)?)))?
        };
        sent.iter().filter_map(management).collect()
    }

    pub(super) fn told(&mut self, point: u32) -> Vec<Indication> {
        std::mem::take(&mut self.point(point).told)
    }

    fn drain(&mut self, code: u32) {
        let Some(point) = self.points.get_mut(&code) else { return };
        while let Some(output) = point.mtp.poll_output() {
            let line = |link| {
                let at = |wire: &Wire| wire.ends.iter().position(|end| *end == (code, link));
                self.wires.iter().enumerate().find_map(|(wire, it)| Some((wire, at(it)?))).unwrap()
            };
            match output {
                Output::Send { link, unit } => {
                    let (wire, end) = line(link);
                    self.wires[wire].lines[end].send(unit);
                }
                Output::Fill { link, unit } => {
                    let (wire, end) = line(link);
                    self.wires[wire].lines[end].fill(unit);
                }
                Output::Indication(Indication::Transfer(transfer)) => {
                    let payload = &transfer.payload;
                    let number = u16::from_be_bytes([payload[2], payload[3]]);
                    point.received.push((payload[0], number));
                }
                Output::Indication(indication) => point.told.push(indication),
                Output::Trace { outgoing: true, msu, .. } => point.sent.push(msu),
                _ => {}
            }
        }
    }

    pub(super) fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.tick();
        }
    }

    fn tick(&mut self) {
        self.now += Duration::from_millis(1);
        for wire in 0..self.wires.len() {
            let mut heard = [Vec::new(), Vec::new()];
            let Wire { ends, lines, up } = &mut self.wires[wire];
            for (end, line) in lines.iter_mut().enumerate() {
                let [a, b] = &mut heard;
                let (near, far) = if end == 0 { (a, b) } else { (b, a) };
                let mut arrived = Vec::new();
                line.tick(&mut self.rng, Noise::default(), near, &mut arrived);
                if *up {
                    let lost = self.without_tra;
                    far.extend(
                        arrived.into_iter().map(|unit| if lost { spoilt(unit) } else { unit }),
                    );
                } else {
                    far.push(LineInput::OctetCounting(1));
                }
            }
            let ends = *ends;
            for ((point, link), inputs) in ends.into_iter().zip(heard) {
                for event in inputs {
                    self.input(point, Input::Line { link, event });
                }
            }
        }
        let now = self.now;
        let due = |point: &Point| point.mtp.poll_timeout().is_some_and(|(at, _)| at <= now);
        let due: Vec<_> = self.points.iter().filter(|(_, it)| due(it)).map(|it| *it.0).collect();
        for code in due {
            self.point(code).mtp.handle_timeout(now);
            self.drain(code);
        }
    }
}

/// Gives TRA a heading that nobody knows: it gets lost, and level 2 stays in step.
fn spoilt(event: LineInput) -> LineInput {
    const MANAGEMENT: u8 = 0x80;
    const TRA: u8 = 0x17;
    match event {
        LineInput::SignalUnit(unit)
            if unit.as_slice().get(3) == Some(&MANAGEMENT)
                && unit.as_slice().get(8) == Some(&TRA) =>
        {
            let mut octets = unit.as_slice().to_vec();
            octets[8] = 0xff;
            LineInput::SignalUnit(SignalUnit::from_slice(&octets).unwrap())
        }
        other => other,
    }
}
