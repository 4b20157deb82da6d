//! Two links joined directly, for what level 3 here does not ask of a link: that of its own outage.

use super::*;
use crate::m3ua::AssociationId;
use base::Duration;

struct Pair {
    now: Instant,
    links: [Link; 2],
    said: [Vec<Status>; 2],
    told: [Vec<mtp2::Event>; 2],
}

impl Pair {
    fn new() -> Self {
        let patience = Patience { first: Duration::from_millis(250), most: Duration::from_secs(5) };
        let link = |id| Link::new(Config::new(AssociationId(id), false), patience, 1);
        let mut pair = Self {
            now: Instant::ZERO,
            links: [link(0), link(1)],
            said: Default::default(),
            told: Default::default(),
        };
        for link in &mut pair.links {
            link.handle_association(pair.now, m3ua::Event::Up);
        }
        pair
    }

    fn up() -> Self {
        let mut pair = Self::new();
        pair.start();
        assert!(pair.links.iter().all(|link| link.state() == State::InService));
        pair
    }

    fn start(&mut self) {
        for link in &mut self.links {
            link.start(self.now, true);
        }
        self.pass(1_000);
    }

    fn settle(&mut self) {
        let mut busy = true;
        while busy {
            busy = false;
            for end in [0, 1] {
                while let Some(event) = self.links[end].poll_event() {
                    busy = true;
                    match event {
                        Event::Command(Command::Send { octets, .. }) => {
                            if let Body::Status(status, _) = Message::read(&octets).unwrap().body {
                                self.said[end].push(status);
                            }
                            let written = m3ua::Event::Written { waiting: 0 };
                            self.links[end].handle_association(self.now, written);
                            let event = m3ua::Event::Message { stream: 0, octets };
                            self.links[1 - end].handle_association(self.now, event);
                        }
                        Event::Said(event) => self.told[end].push(event),
                        Event::Command(_) | Event::Turn => {}
                    }
                }
            }
        }
    }

    fn pass(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        self.settle();
        while let Some(next) = self.links.iter().filter_map(|l| Some(l.poll_timeout()?.0)).min()
            && next <= end
        {
            self.now = next;
            for link in &mut self.links {
                link.handle_timeout(self.now);
            }
            self.settle();
        }
        self.now = end;
    }

    fn send(&mut self, end: usize, number: u8) -> bool {
        let msu = Bytes::copy_from_slice(&[number; 4]);
        self.links[end].transmit(self.now, Class::Ordinary, msu).is_ok()
    }

    fn received(&self, end: usize) -> Vec<u8> {
        let number = |event: &mtp2::Event| match event {
            mtp2::Event::Received(msu) => Some(msu[0]),
            _ => None,
        };
        self.told[end].iter().filter_map(number).collect()
    }

    fn outage(&mut self, end: usize, outage: bool) {
        self.links[end].set_local_processor_outage(self.now, outage);
        self.settle();
    }
}

const OUT: Status = Status::PROCESSOR_OUTAGE;

#[test]
fn s4_1_4_messages_that_come_during_our_outage_are_kept_and_not_acknowledged() {
    let mut pair = Pair::up();
    assert!(pair.send(1, 1));
    pair.links[0].set_local_processor_outage(pair.now, true);
    assert!(pair.send(1, 2), "the news is on its way");
    pair.settle();
    assert!(!pair.send(1, 3));
    assert_eq!(pair.received(0), []);
    assert_eq!(pair.links[1].outstanding(), 2);
    assert_eq!(pair.told[1].last(), Some(&mtp2::Event::ProcessorOutage));
    pair.pass(20_000);
    assert_eq!(pair.links[1].state(), State::ProcessorOutage, "neither T6 nor T7 runs");

    for said in &mut pair.said {
        said.clear();
    }
    pair.outage(0, false);
    assert_eq!(pair.said[0], [Status::PROCESSOR_RECOVERED, Status::READY]);
    assert_eq!(pair.said[1], [Status::READY]);
    assert_eq!(pair.received(0), [1, 2]);
    assert_eq!(pair.links[1].outstanding(), 0);
    for end in [0, 1] {
        assert_eq!(pair.told[end].last(), Some(&mtp2::Event::ProcessorRecovered));
        assert!(!pair.send(end, 9), "level 3 has not decided");
        pair.links[end].resume(pair.now, Buffers::Continue);
    }
    assert!(pair.send(0, 4) && pair.send(1, 5));
    pair.settle();
    assert_eq!((pair.received(0), pair.received(1)), (vec![1, 2, 5], vec![4]));
}

#[test]
fn s4_1_4_nothing_is_sent_between_processor_recovered_and_ready() {
    let mut pair = Pair::up();
    pair.outage(0, true);
    pair.links[0].set_local_processor_outage(pair.now, false);
    pair.links[0].resume(pair.now, Buffers::Continue);
    assert_eq!(pair.links[0].state(), State::InService);
    assert!(!pair.send(0, 1), "Ready is awaited");
    pair.settle();
    assert!(pair.send(0, 1));
}

#[test]
fn s4_1_4_flushed_buffers_are_forgotten_and_numbers_go_on_in_step() {
    let mut pair = Pair::up();
    assert!(pair.send(0, 1));
    // It does not arrive, for the peer aligns it away: as if the association had kept it.
    while pair.links[0].poll_event().is_some() {}
    pair.outage(0, true);
    pair.outage(0, false);
    pair.links[0].resume(pair.now, Buffers::Flush);
    pair.links[1].resume(pair.now, Buffers::Flush);
    pair.settle();
    assert!(pair.told[0].contains(&mtp2::Event::Flushed(1)));
    assert!(pair.send(0, 2) && pair.send(1, 3));
    pair.settle();
    assert_eq!((pair.received(1), pair.received(0)), (vec![2], vec![3]));
}

#[test]
fn s4_1_4_both_processors_out() {
    let mut pair = Pair::up();
    pair.outage(0, true);
    pair.outage(1, true);
    pair.outage(0, false);
    assert!(!pair.told[0].contains(&mtp2::Event::ProcessorRecovered), "the peer is still out");
    pair.outage(1, false);
    for end in [0, 1] {
        assert_eq!(pair.told[end].last(), Some(&mtp2::Event::ProcessorRecovered));
        pair.links[end].resume(pair.now, Buffers::Continue);
        assert!(pair.send(end, 7));
    }
    pair.settle();
    assert_eq!((pair.received(0), pair.received(1)), (vec![7], vec![7]));
}

#[test]
fn s4_1_3_a_link_that_proves_without_its_level_3_says_processor_outage_for_ready() {
    let mut pair = Pair::new();
    pair.links[0].set_local_processor_outage(pair.now, true);
    pair.start();
    assert!(pair.said[0].contains(&OUT) && !pair.said[0].contains(&Status::READY));
    assert_eq!(pair.links[1].state(), State::ProcessorOutage);
    pair.outage(0, false);
    pair.links[0].resume(pair.now, Buffers::Continue);
    pair.links[1].resume(pair.now, Buffers::Continue);
    pair.settle();
    assert!(pair.links.iter().all(|link| link.state() == State::InService));
    assert!(pair.send(0, 1) && pair.send(1, 2));
}

#[test]
fn timers_have_the_ranges_of_the_standard() {
    let mut config = Config::new(AssociationId(0), true);
    assert_eq!(config.validate(crate::LinkId(0)), Ok(()));
    config.timers.t7 = Duration::from_millis(2_001);
    assert!(matches!(
        config.validate(crate::LinkId(0)),
        Err(crate::ConfigError::Timer { timer: "T7", min_ms: 500, max_ms: 2_000 })
    ));
    let config = Config { window: 0, ..Config::new(AssociationId(0), true) };
    let link = crate::LinkId(0);
    assert_eq!(config.validate(link), Err(crate::ConfigError::Window { link }));
}
