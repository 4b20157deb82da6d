//! Two signalling points and the time slots between them, bit by bit, without anything above: for
//! what goes on below a call, and for what a line looks like from outside.

use base::{Duration, Instant, Rng};
use mtp::sap::{Indication, Transfer};
use mtp::{Config, Input, LineInput, LinkId, Mtp, Output, SignalUnit};
use tdm::{BLOCK_FRAMES, LineCommand, LineEvent, SignallingSlot, Unit};

/// What a time slot carries in a millisecond, in one direction.
pub type Octets = [u8; BLOCK_FRAMES];

/// What is heard where there is no signal (G.775 §5.2).
const NO_SIGNAL: Octets = [0xff; BLOCK_FRAMES];

/// One end.
#[derive(Debug)]
pub struct End {
    /// The signalling point.
    pub point: Mtp,
    /// What it told its user part, since this was last emptied.
    pub told: Vec<Indication>,
    slots: Vec<SignallingSlot>,
    sent: Vec<Octets>,
    /// What becomes of units before they go out.
    altered: fn(SignalUnit) -> SignalUnit,
}

/// Two points joined by as many links as they are configured with, which are numbered from 0 and
/// have the same numbers at both ends.
#[derive(Debug)]
pub struct Links {
    /// How late it is.
    pub now: Instant,
    /// Both ends.
    pub ends: [End; 2],
    /// Which ends hear nothing, for each link.
    deaf: Vec<[bool; 2]>,
    /// Of a million bits, so many arrive wrong.
    errors: u64,
    /// Bits until the next wrong one.
    right: u64,
    chance: Rng,
}

impl End {
    fn new(config: Config) -> Result<Self, mtp::ConfigError> {
        let links = config.links.len();
        Ok(Self {
            point: Mtp::new(config, Instant::ZERO)?,
            told: Vec::new(),
            slots: (0..links).map(|_| SignallingSlot::new()).collect(),
            sent: vec![[0; BLOCK_FRAMES]; links],
            altered: |unit| unit,
        })
    }

    /// What its time slot of a link has sent in the last millisecond.
    pub fn sent(&self, link: usize) -> Octets {
        self.sent.get(link).copied().unwrap_or_default()
    }

    /// From now on something befalls units on their way to the time slots, check bits and all: not
    /// an error of the line, but of whoever sends.
    pub fn alter(&mut self, altered: fn(SignalUnit) -> SignalUnit) {
        self.altered = altered;
    }

    fn tick(&mut self, now: Instant, link: usize, heard: &Octets) {
        let Self { point, slots, sent, .. } = self;
        let (Some(slot), Some(sent)) = (slots.get_mut(link), sent.get_mut(link)) else { return };
        slot.tick(heard, sent, &mut |event| {
            let event = line_input(&event);
            point.handle_input(now, Input::Line { link: link_id(link), event });
        });
        self.obey();
    }

    fn obey(&mut self) {
        while let Some(output) = self.point.poll_output() {
            let (link, command) = match output {
                Output::Send { link, unit } => {
                    (link, LineCommand::Send(octets(&(self.altered)(unit))))
                }
                Output::Fill { link, unit } => (link, LineCommand::Fill(octets(&unit))),
                Output::Indication(indication) => {
                    self.told.push(indication);
                    continue;
                }
                _ => continue,
            };
            if let Some(slot) = self.slots.get_mut(usize::from(link.0)) {
                slot.command(command);
            }
        }
    }
}

impl Links {
    /// Both ends, all links activated. `errors`: of a million bits, so many arrive wrong.
    pub fn new(configs: [Config; 2], errors: u64, seed: u64) -> Result<Self, mtp::ConfigError> {
        let [one, other] = configs;
        let links = one.links.len();
        let ends = [End::new(one)?, End::new(other)?];
        let (now, deaf, chance) = (Instant::ZERO, vec![[false; 2]; links], Rng::new(seed));
        let mut all = Self { now, ends, deaf, errors, right: 0, chance };
        all.right = all.run();
        for end in &mut all.ends {
            for link in 0..links {
                end.point.handle_input(now, Input::Activate { link: link_id(link) });
            }
            end.obey();
        }
        Ok(all)
    }

    /// How many bits are right before the next wrong one.
    fn run(&mut self) -> u64 {
        // As likely at one bit as at the next, in the mean.
        2_000_000_u64.checked_div(self.errors).map_or(u64::MAX, |twice| self.chance.below(twice))
    }

    /// From now on these ends hear nothing on a link, or something again; each that hears nothing
    /// says so at once (the span's alarm).
    pub fn cut(&mut self, link: usize, deaf: [bool; 2]) {
        let Some(state) = self.deaf.get_mut(link) else { return };
        let before = std::mem::replace(state, deaf);
        let link = link_id(link);
        for ((end, was), is) in self.ends.iter_mut().zip(before).zip(deaf) {
            match (was, is) {
                (false, true) => end.point.handle_input(self.now, Input::LineFailed { link }),
                (true, false) => end.point.handle_input(self.now, Input::LineRestored { link }),
                _ => {}
            }
            end.obey();
        }
    }

    /// MTP-TRANSFER request at an end.
    pub fn transfer(&mut self, end: usize, transfer: Transfer) {
        if let Some(end) = self.ends.get_mut(end) {
            end.point.handle_input(self.now, Input::Transfer(transfer));
            end.obey();
        }
    }

    /// Whether all links carry traffic at both ends.
    pub fn are_in_service(&self) -> bool {
        self.ends.iter().all(|end| end.point.links().all(|link| end.point.link_in_service(link)))
    }

    /// A millisecond.
    pub fn tick(&mut self) {
        self.now += Duration::from_millis(1);
        for end in &mut self.ends {
            while end.point.poll_timeout().is_some_and(|(at, _)| at <= self.now) {
                end.point.handle_timeout(self.now);
            }
            end.obey();
        }
        for link in 0..self.deaf.len() {
            let [one, other] = self.ends.each_ref().map(|end| end.sent(link));
            let heard = [self.damaged(other), self.damaged(one)];
            let deaf = self.deaf.get(link).copied().unwrap_or_default();
            for ((end, heard), deaf) in self.ends.iter_mut().zip(heard).zip(deaf) {
                end.tick(self.now, link, if deaf { &NO_SIGNAL } else { &heard });
            }
        }
    }

    fn damaged(&mut self, mut octets: Octets) -> Octets {
        const BITS: u64 = 8 * BLOCK_FRAMES as u64;
        let mut left = BITS;
        while self.right < left {
            left -= self.right + 1;
            let at = BITS - 1 - left;
            if let Some(octet) = octets.get_mut((at / 8) as usize) {
                *octet ^= 0x80 >> (at % 8);
            }
            self.right = self.run();
        }
        self.right -= left;
        octets
    }
}

fn link_id(link: usize) -> LinkId {
    LinkId(u16::try_from(link).unwrap_or(u16::MAX))
}

/// Nothing is longer in one than in the other.
fn octets(unit: &SignalUnit) -> Unit {
    Unit::from_slice(unit.as_slice()).unwrap_or_else(|| unreachable!("276 octets in both"))
}

fn line_input(event: &LineEvent) -> LineInput {
    match event {
        LineEvent::SignalUnit(unit) => SignalUnit::from_slice(unit.as_slice())
            .map_or(LineInput::Errored(1), LineInput::SignalUnit),
        LineEvent::Repeated(count) => LineInput::Repeated(*count),
        LineEvent::Errored(count) => LineInput::Errored(*count),
        LineEvent::OctetCounting(count) => LineInput::OctetCounting(*count),
        LineEvent::Transmitted => LineInput::Transmitted,
    }
}
