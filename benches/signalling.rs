//! What signalling costs a core: messages of the user part through M3UA and through MTP3 and MTP2,
//! and 64 kbit/s time slots with a signalling link on each: `cargo bench --bench signalling`. Both
//! ends of everything run here, in one thread; a figure for one end is half of what both took.
//!
//! With `count m3ua|mtp3|slots N` it does that one thing `N` times and measures nothing, for a
//! counter of instructions around it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a bench fails by panicking, tells its figures, and reads the clock"
)]

use base::{Class, Duration, Instant};
use bytes::Bytes;
use mtp::m3ua::{AssociationConfig, AssociationId, Command, Event, Role};
use mtp::sap::{Indication, Transfer};
use mtp::{
    Config, Input, LineInput, LinkConfig, LinkId, Mtp, NetworkIndicator, Output, PointCode, Sls,
};
use sim::links::Links;
use std::hint::black_box;

/// Both ends of each link or association.
const POINTS: [PointCode; 2] = [PointCode(1), PointCode(2)];
/// As an IAM with a calling number, its optional part and all.
const PAYLOAD: &[u8] = &[0x2a; 41];
/// Links to one neighbour: as many as there are signalling link codes.
const LINKS: usize = 16;
/// Messages sent before the other end is heard.
const BURST: usize = 32;
const ROUNDS: usize = 60;

/// What `work` took, in nanoseconds.
fn took(work: impl FnOnce()) -> f64 {
    let start = std::time::Instant::now();
    work();
    start.elapsed().as_nanos() as f64
}

/// The median of what some rounds of `work` took, for each of the `each` things done in one.
fn median(rounds: usize, each: usize, mut work: impl FnMut()) -> f64 {
    let mut figures: Vec<f64> = (0..rounds).map(|_| took(&mut work) / each as f64).collect();
    figures.sort_by(f64::total_cmp);
    figures[rounds / 2]
}

fn transfer(from: usize, number: usize) -> Transfer {
    Transfer {
        opc: POINTS[from],
        dpc: POINTS[1 - from],
        sls: Sls((number % 16) as u8),
        class: Class::Ordinary,
        payload: Bytes::from_static(PAYLOAD),
    }
}

fn config(own: usize) -> Config {
    Config::new(POINTS[own], NetworkIndicator::NATIONAL)
}

/// Two points and an association of M3UA.
struct Association {
    now: Instant,
    ends: [Mtp; 2],
    received: usize,
}

impl Association {
    fn new() -> Self {
        let end = |own: usize, role| {
            let (id, peers) = (AssociationId(0), vec![POINTS[1 - own]]);
            let mut config = config(own);
            config.m3ua.associations = vec![AssociationConfig::new(id, role, peers)];
            Mtp::new(config, Instant::ZERO).unwrap()
        };
        let ends = [end(0, Role::Asp), end(1, Role::Server)];
        let mut pair = Self { now: Instant::ZERO, ends, received: 0 };
        pair.settle();
        for _ in 0..10 {
            pair.now += Duration::from_secs(1);
            pair.ends.iter_mut().for_each(|end| end.handle_timeout(pair.now));
            pair.settle();
        }
        pair.exchange(1);
        assert_eq!(pair.received, BURST);
        pair
    }

    fn take(&mut self, end: usize, event: Event) {
        let association = AssociationId(0);
        self.ends[end].handle_input(self.now, Input::Association { association, event });
    }

    fn settle(&mut self) {
        let mut is_busy = true;
        while is_busy {
            is_busy = false;
            for end in 0..2 {
                while let Some(output) = self.ends[end].poll_output() {
                    is_busy = true;
                    match output {
                        Output::Association { command: Command::Connect, .. } => {
                            self.take(0, Event::Up);
                            self.take(1, Event::Up);
                        }
                        Output::Association { command: Command::Send { octets, .. }, .. } => {
                            self.take(1 - end, Event::Received(octets));
                        }
                        Output::Indication(Indication::Transfer(transfer)) => {
                            self.received += 1;
                            black_box(transfer);
                        }
                        _ => {}
                    }
                }
                self.take(end, Event::Written { waiting: 0 });
            }
        }
    }

    /// So many bursts from one end to the other.
    fn exchange(&mut self, bursts: usize) {
        for _ in 0..bursts {
            for number in 0..BURST {
                self.ends[0].handle_input(self.now, Input::Transfer(transfer(0, number)));
            }
            self.settle();
        }
    }
}

/// Two points and links of MTP2 between them, signal unit by signal unit, without bits.
struct Units {
    now: Instant,
    ends: [Mtp; 2],
    received: usize,
}

impl Units {
    fn new() -> Self {
        // Aligned by their bits, then without.
        let Links { now, ends, .. } = aligned();
        let mut pair = Self { now, ends: ends.map(|end| end.point), received: 0 };
        pair.settle();
        pair.received = 0;
        pair.exchange(10);
        assert_eq!(pair.received, 10 * BURST);
        pair
    }

    fn line(&mut self, end: usize, link: LinkId, event: LineInput) {
        self.ends[end].handle_input(self.now, Input::Line { link, event });
    }

    fn settle(&mut self) {
        let mut is_busy = true;
        while is_busy {
            is_busy = false;
            for end in 0..2 {
                while let Some(output) = self.ends[end].poll_output() {
                    is_busy = true;
                    match output {
                        Output::Send { link, unit } => {
                            self.line(end, link, LineInput::Transmitted);
                            self.line(1 - end, link, LineInput::SignalUnit(unit));
                        }
                        Output::Fill { link, unit } => {
                            self.line(1 - end, link, LineInput::SignalUnit(unit));
                        }
                        Output::Indication(Indication::Transfer(transfer)) => {
                            self.received += 1;
                            black_box(transfer);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn exchange(&mut self, bursts: usize) {
        for _ in 0..bursts {
            for number in 0..BURST {
                self.ends[0].handle_input(self.now, Input::Transfer(transfer(0, number)));
            }
            self.settle();
        }
    }
}

/// A set of links on their time slots, in service, with nothing of the start under way any more.
fn aligned() -> Links {
    let end = |own: usize| {
        let mut config = config(own);
        let link = |at: usize| LinkConfig::new(LinkId(at as u16), POINTS[1 - own], at as u8);
        config.links = (0..LINKS).map(link).collect();
        config
    };
    let mut links = Links::new([end(0), end(1)], 0, 0).unwrap();
    while !links.are_in_service() && links.now < Instant::from_millis(60_000) {
        links.tick();
    }
    (0..1_000).for_each(|_| links.tick());
    assert!(links.are_in_service());
    links
}

/// A millisecond of all links in both directions; each end sends a message for every link once in
/// `period` milliseconds, if that is not 0. How many arrived.
fn tick(links: &mut Links, period: u64) -> usize {
    let now = links.now.as_millis();
    for number in 0..LINKS {
        if period > 0 && (now + number as u64).is_multiple_of(period) {
            (0..2).for_each(|end| links.transfer(end, transfer(end, number)));
        }
    }
    links.tick();
    links.ends.iter_mut().map(|end| end.told.drain(..).count()).sum()
}

/// The codec of the published crate `m3ua` alone: written, framed, read.
fn another_codec() {
    let data = m3ua::ProtocolData {
        opc: 1,
        dpc: 2,
        si: 5,
        ni: 2,
        mp: 0,
        sls: 3,
        user_data: PAYLOAD.to_vec(),
    };
    let octets = m3ua::M3uaMessage::data(None, None, data, None).encode();
    let read = m3ua::M3uaMessage::decode(&octets).unwrap();
    black_box(read.protocol_data().unwrap());
}

fn count(what: &str, times: usize) {
    match what {
        "m3ua" => Association::new().exchange(times),
        "mtp3" => Units::new().exchange(times),
        "slots" => {
            let mut links = aligned();
            black_box((0..times).map(|_| tick(&mut links, 0)).sum::<usize>());
        }
        _ => panic!("count m3ua|mtp3|slots N"),
    }
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == "count") {
        return count(&words[at + 1], words[at + 2].parse().unwrap());
    }
    let bursts = 200;
    let (mut association, mut links) = (Association::new(), Units::new());
    let other = median(ROUNDS, bursts * BURST, || {
        (0..bursts * BURST).for_each(|_| another_codec());
    });
    let per_second = |ns: f64| 1e9 / ns;
    println!("a message from user part to user part, both ends:");
    let ns = median(ROUNDS, bursts * BURST, || association.exchange(bursts));
    println!("  M3UA               {ns:6.0} ns  {:9.0} a second", per_second(ns));
    let over_links = median(ROUNDS, bursts * BURST, || links.exchange(bursts));
    println!("  MTP3 and MTP2      {over_links:6.0} ns  {:9.0} a second", per_second(over_links));
    println!("  codec of crate m3ua {other:5.0} ns, alone; M3UA takes {:.2} of it", ns / other);
    println!("one end of a 64 kbit/s time slot, MTP3 and MTP2 and its bits, for a millisecond:");
    for sets in [1, 32] {
        for (period, load) in [(0, "idle"), (16, "0.4 erlang"), (8, "0.8 erlang")] {
            // A core that runs so many finds each of them out of its caches.
            let mut all: Vec<_> = (0..sets).map(|_| aligned()).collect();
            let (ends, mut arrived) = (sets * 2 * LINKS, 0);
            let ns = median(ROUNDS, 20 * ends, || {
                for _ in 0..20 {
                    arrived += all.iter_mut().map(|links| tick(links, period)).sum::<usize>();
                }
            });
            assert!(period == 0 || arrived > sets * LINKS, "{arrived}");
            println!("  {ends:4} of them, {load:<10} {ns:5.0} ns: a core runs {:5.0}", 1e6 / ns);
        }
    }
}
