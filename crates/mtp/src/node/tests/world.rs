//! Two signalling points and the lines between them.

use crate::mtp3::label::{Label, Msu};
use crate::mtp3::management::Management;
use crate::sap::{Indication, Transfer};
use crate::testing::{Line, Noise};
use crate::{
    Config, Input, LineInput, LinkConfig, LinkId, Mtp, NetworkIndicator, Output, PointCode,
    ServiceIndicator, SignalUnit, Sls, mtp2,
};
use base::{Class, Duration, Instant, Rng};
use bytes::Bytes;

/// Link tests and management messages of the national network.
pub(super) const TESTS: Option<u8> = Some(0x81);
pub(super) const MANAGEMENT: Option<u8> = Some(0x80);

pub(super) const A: PointCode = PointCode(1);
pub(super) const B: PointCode = PointCode(2);

pub(super) struct End {
    pub(super) mtp: Mtp,
    lines: Vec<Line>,
    /// What it told its user but for messages.
    pub(super) told: Vec<Indication>,
    /// Messages that arrived.
    pub(super) arrived: Vec<Transfer>,
    /// Link selection and number of each.
    pub(super) received: Vec<(u8, u16)>,
    pub(super) traced: Vec<(bool, Bytes)>,
}

pub(super) struct World {
    pub(super) ends: [End; 2],
    pub(super) noise: Noise,
    /// Messages with this service information octet get lost, whatever else arrives.
    pub(super) spoil: Option<u8>,
    line_up: Vec<bool>,
    pub(super) rng: Rng,
    pub(super) now: Instant,
}

impl World {
    pub(super) fn new(links: u16) -> Self {
        Self::with(links, |_| {})
    }

    pub(super) fn with(links: u16, change: impl Fn(&mut Config)) -> Self {
        let end = |own, adjacent| {
            let mut config = Config::new(own, NetworkIndicator::NATIONAL);
            config.trace = true;
            for id in 0..links {
                config.links.push(LinkConfig::new(LinkId(id), adjacent, id as u8));
            }
            change(&mut config);
            End {
                mtp: Mtp::new(config, Instant::ZERO).unwrap(),
                lines: (0..links).map(|_| Line::default()).collect(),
                told: Vec::new(),
                arrived: Vec::new(),
                received: Vec::new(),
                traced: Vec::new(),
            }
        };
        Self {
            ends: [end(A, B), end(B, A)],
            noise: Noise::default(),
            spoil: None,
            line_up: (0..links).map(|_| true).collect(),
            rng: Rng::new(1),
            now: Instant::ZERO,
        }
    }

    pub(super) fn up(links: u16) -> Self {
        let mut world = Self::new(links);
        world.activate();
        world.run(12_000);
        for id in 0..links {
            assert!(world.ends.iter().all(|end| end.mtp.link_in_service(LinkId(id))));
        }
        world
    }

    pub(super) fn activate(&mut self) {
        for id in 0..self.line_up.len() as u16 {
            for end in 0..2 {
                self.input(end, Input::Activate { link: LinkId(id) });
            }
        }
    }

    pub(super) fn state(&self, end: usize, link: u16) -> mtp2::State {
        self.ends[end].mtp.link_stats(LinkId(link)).unwrap().state
    }

    /// Both directions of a line fail, or come back.
    pub(super) fn set_line(&mut self, id: u16, up: bool) {
        self.line_up[usize::from(id)] = up;
        for end in 0..2 {
            let link = LinkId(id);
            let input = if up { Input::LineRestored { link } } else { Input::LineFailed { link } };
            self.input(end, input);
        }
    }

    /// Cuts a line without telling anybody.
    pub(super) fn cut(&mut self, id: u16) {
        self.line_up[usize::from(id)] = false;
    }

    pub(super) fn message(&self, end: usize, sls: u8, number: u16, class: Class) -> Transfer {
        let (opc, dpc) = if end == 0 { (A, B) } else { (B, A) };
        let [high, low] = number.to_be_bytes();
        // circuit: the link selection; then the number
        let payload = Bytes::copy_from_slice(&[sls, 0, high, low, 0, 0, 0, 0, 0, 0]);
        Transfer { opc, dpc, sls: Sls(sls & 15), class, payload }
    }

    pub(super) fn input(&mut self, end: usize, input: Input) {
        self.ends[end].mtp.handle_input(self.now, input);
        self.drain(end);
    }

    /// Sends any message from an end, as if its level 3 did.
    pub(super) fn inject(&mut self, end: usize, msu: &Msu) {
        let mtp = &mut self.ends[end].mtp;
        mtp.links[0].control.push(msu.write()).unwrap();
        mtp.settle(self.now);
        self.drain(end);
    }

    pub(super) fn manage(&mut self, end: usize, slc: u8, message: Management) {
        let (opc, dpc) = if end == 0 { (A, B) } else { (B, A) };
        self.inject(
            end,
            &Msu {
                service: ServiceIndicator::NETWORK_MANAGEMENT,
                network: NetworkIndicator::NATIONAL,
                priority: 0,
                label: Label { dpc, opc, sls: Sls(slc) },
                payload: message.write(),
            },
        );
    }

    pub(super) fn drain(&mut self, end: usize) {
        let end = &mut self.ends[end];
        while let Some(output) = end.mtp.poll_output() {
            match output {
                Output::Send { link, unit } => end.lines[usize::from(link.0)].send(unit),
                Output::Fill { link, unit } => end.lines[usize::from(link.0)].fill(unit),
                Output::Indication(Indication::Transfer(transfer)) => {
                    let payload = &transfer.payload;
                    let number = u16::from_be_bytes([payload[2], payload[3]]);
                    end.received.push((payload[0], number));
                    end.arrived.push(transfer);
                }
                Output::Indication(indication) => end.told.push(indication),
                Output::Trace { outgoing, msu, .. } => end.traced.push((outgoing, msu)),
                Output::Association { .. } | Output::AssociationState { .. } => {}
                Output::LinkState { .. } => {}
            }
        }
    }

    pub(super) fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.tick();
        }
    }

    pub(super) fn tick(&mut self) {
        self.now += Duration::from_millis(1);
        for id in 0..self.line_up.len() {
            let mut heard = [Vec::new(), Vec::new()];
            for (end, side) in self.ends.iter_mut().enumerate() {
                let [a, b] = &mut heard;
                let (near, far) = if end == 0 { (a, b) } else { (b, a) };
                let mut arrived = Vec::new();
                side.lines[id].tick(&mut self.rng, self.noise, near, &mut arrived);
                if self.line_up[id] {
                    let spoil = self.spoil;
                    let pass = |unit| if spoil.is_some() { spoilt(unit, spoil) } else { unit };
                    far.extend(arrived.into_iter().map(pass));
                } else {
                    far.push(LineInput::OctetCounting(1));
                }
            }
            for (end, inputs) in heard.into_iter().enumerate() {
                for event in inputs {
                    self.input(end, Input::Line { link: LinkId(id as u16), event });
                }
            }
        }
        for end in 0..2 {
            if self.ends[end].mtp.poll_timeout().is_some_and(|(at, _)| at <= self.now) {
                self.ends[end].mtp.handle_timeout(self.now);
                self.drain(end);
            }
        }
    }
}

/// Gives a message of this service a heading that nobody knows: it gets lost, and the numbers of
/// level 2 stay in step.
fn spoilt(event: LineInput, service: Option<u8>) -> LineInput {
    match event {
        LineInput::SignalUnit(unit) if unit.as_slice().get(3).copied() == service => {
            let mut octets = unit.as_slice().to_vec();
            octets[8] = 0xff;
            LineInput::SignalUnit(SignalUnit::from_slice(&octets).unwrap())
        }
        other => other,
    }
}
