//! An ISUP message: what is read can be written and reads the same again, and a user part that is
//! fed it in any phase of a call says only what can be read, and comes to rest.

use base::{Class, Duration, Instant};
use bytes::Bytes;
use isup::{Backward, Config, Event, GroupConfig, GroupId, Input, Isup, Output};
use isup_codec::{
    Acm, Anm, BackwardCallIndicators, CalledPartyNumber, CallingPartysCategory, Cic, EncodeError,
    Gra, Grs, Iam, Message, NatureOfAddress, RangeStatus, Variant, View, decode, encode, variants,
};
use mtp::sap::{Indication, PointCode, Sls, Transfer};

pub(super) fn check(data: &[u8]) {
    codec(data);
    for phase in 0..=3 {
        user_part(data, phase);
    }
}

fn codec(data: &[u8]) {
    for variant in variants::ALL {
        view(data, variant);
        round_trip(data, variant);
    }
}

/// Every parameter lies where it says; what can be read can be written, and says the same.
fn view(data: &[u8], variant: &Variant) {
    let Ok(view) = View::parse(data, variant) else { return };
    for parameter in view.parameters() {
        let found = data.get(parameter.at..parameter.at + parameter.octets.len());
        assert_eq!(found, Some(parameter.octets));
        let Some(contents) = variant.parameter(parameter.name).contents else { continue };
        if let Some(written) = contents.rewrite(parameter.octets) {
            let again = contents.rewrite(&written);
            assert_eq!(again.as_ref(), Some(&written), "{}", parameter.name);
        }
    }
    assert!(!format!("{view} {view:#}").is_empty());
}

fn round_trip(data: &[u8], variant: &Variant) {
    let Ok((cic, message)) = variant.decode(data) else { return };
    assert!(!message.to_string().is_empty());
    match variant.encode(cic, &message) {
        Ok(octets) => assert_eq!(variant.decode(&octets), Ok((cic, message))),
        // Parameters may overlap in what was read, never in what is written.
        Err(error) => assert!(matches!(error, EncodeError::TooLong { .. }), "{error}"),
    }
}

const OWN: PointCode = PointCode(1);
const PEER: PointCode = PointCode(2);
const CIRCUITS: u16 = 32;
/// Messages that one message may cause. A group message may end every call.
const OUTPUTS_MAX: usize = 20 * CIRCUITS as usize;

/// A user part and what it is told.
struct World {
    isup: Isup,
    now: Instant,
}

/// The message on a circuit that is idle, called, answering or answered.
fn user_part(data: &[u8], phase: u8) {
    let mut world = World::new();
    let circuit = data.first().copied().map_or(1, |octet| u16::from(octet) % CIRCUITS);
    if phase > 0 {
        let called =
            CalledPartyNumber::new(NatureOfAddress::NATIONAL, "199000000".parse().expect("digits"));
        let iam = Iam::new(called, CallingPartysCategory::ORDINARY);
        world.receive_message(circuit, &iam.clone().into());
        let _refused = world.isup.setup(world.now, Class::Ordinary, GroupId(0), iam);
        world.drain(phase);
    }
    // Twice: the second one meets what the first one left.
    for _ in 0..2 {
        world.receive(Bytes::copy_from_slice(data));
        world.drain(phase);
    }
    world.rest(phase);
}

impl World {
    /// A peer that is there, and whose circuits have been reset.
    fn new() -> Self {
        let cics = (0..CIRCUITS).map(Cic).collect();
        let group = GroupConfig { emergency_reserve: 2, ..GroupConfig::new("trunk", PEER, cics) };
        let config = Config { groups: vec![group], calls: 40, ..Config::new(OWN) };
        let now = Instant::ZERO;
        let mut world = Self { isup: Isup::new(config, now).expect("a configuration"), now };
        world.isup.handle_input(now, Input::Mtp(Indication::Resume { dpc: PEER }));
        while let Some(output) = world.isup.poll_output() {
            let Output::Mtp(transfer) = output else { continue };
            if let Ok((cic, Message::Grs(Grs { range }))) = decode(&transfer.payload) {
                let status = RangeStatus::new(range, |_| false);
                world.receive_message(cic.0, &Gra { status }.into());
            }
        }
        world
    }

    fn receive_message(&mut self, cic: u16, message: &Message) {
        self.receive(encode(Cic(cic), message).expect("a message"));
    }

    fn receive(&mut self, payload: Bytes) {
        let class = Class::Ordinary;
        let transfer = Transfer { opc: PEER, dpc: OWN, sls: Sls(0), class, payload };
        self.isup.handle_input(self.now, Input::Mtp(Indication::Transfer(transfer)));
    }

    /// Takes what is said, and answers calls as far as `phase` wants.
    fn drain(&mut self, phase: u8) {
        let mut outputs = 0;
        while let Some(output) = self.isup.poll_output() {
            outputs += 1;
            assert!(outputs <= OUTPUTS_MAX, "no end of outputs");
            match output {
                Output::Mtp(transfer) => {
                    decode(&transfer.payload).expect("what is said can be read");
                }
                Output::Event(Event::Incoming { call, .. }) => {
                    let acm = Acm::new(BackwardCallIndicators::default());
                    if phase >= 2 {
                        self.isup.backward(self.now, call, Backward::AddressComplete(acm));
                    }
                    if phase >= 3 {
                        self.isup.backward(self.now, call, Backward::Answer(Anm::new()));
                    }
                }
                Output::Event(_) => {}
            }
        }
    }

    /// An hour without a word from the peer.
    fn rest(&mut self, phase: u8) {
        let end = self.now + Duration::from_secs(3_600);
        while let Some((at, timer)) = self.isup.poll_timeout().filter(|(at, _)| *at <= end) {
            assert!(at >= self.now, "{timer:?} lies in the past");
            self.now = at;
            self.isup.handle_timeout(at);
            let next = self.isup.poll_timeout();
            assert!(next != Some((at, timer)), "{timer:?} does not go away");
            self.drain(phase);
        }
    }
}
