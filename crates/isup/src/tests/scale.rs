//! What is done about one circuit or one peer takes the same steps whatever the number of the
//! others. Steps are looks at circuits and groups.

use super::*;
use crate::{Backward, Operation};
use isup_codec::{Anm, Cgb, Cgba, Cgu, Cgua, Grs, Range, SupervisionType};
use mtp::sap::{StatusCause, UnavailabilityCause};

const SPANS: [u16; 4] = [0, 32, 64, 96];
const GROUPS_OF_A_PEER: usize = 3;
/// Codes are given to each peer anew.
const CODES_OF_A_GROUP: u16 = 128;

fn peer_of(group: usize) -> PointCode {
    PointCode(2 + (group / GROUPS_OF_A_PEER) as u32)
}

/// A node with so many groups of 123 circuits.
fn node(groups: usize) -> Config {
    let one = |number: usize| {
        let first = (number % GROUPS_OF_A_PEER) as u16 * CODES_OF_A_GROUP;
        let slots = SPANS.iter().flat_map(|span| (1..32).map(move |slot| first + span + slot));
        let cics = slots.filter(|cic| cic % CODES_OF_A_GROUP != 16).map(Cic).collect();
        let new = GroupConfig::new(format!("group-{number}"), peer_of(number), cics);
        GroupConfig { emergency_reserve: 4, ..new }
    };
    Config { groups: (0..groups).map(one).collect(), calls: groups * 123, ..Config::new(OWN) }
}

struct Node {
    exchange: Exchange,
    peers: u32,
}

impl Node {
    /// All circuits have been reset.
    fn new(groups: usize) -> Self {
        let mut exchange = Exchange::cold(node(groups));
        let peers = groups.div_ceil(GROUPS_OF_A_PEER) as u32;
        for dpc in (2..2 + peers).map(PointCode) {
            exchange.mtp(Indication::Resume { dpc });
        }
        let mut node = Self { exchange, peers };
        node.answer();
        assert!(node.exchange.isup.circuits().all(|circuit| circuit.state == "idle"));
        node.exchange.events.clear();
        node
    }

    /// The peers answer whatever is asked, until nothing is.
    fn answer(&mut self) {
        loop {
            while let Some(sent) = self.exchange.transfers.pop_front() {
                let (cic, message) = decode(&sent.payload).unwrap();
                if let Message::Grs(Grs { range }) = message {
                    let gra = Gra { status: RangeStatus::new(range, |_| false) };
                    self.hear(sent.dpc, cic.0, gra);
                }
            }
            let Some((deadline, _)) = self.exchange.isup.poll_timeout() else { return };
            self.exchange.now = self.exchange.now.max(deadline);
            self.exchange.isup.handle_timeout(self.exchange.now);
            self.exchange.drain();
        }
    }

    fn hear(&mut self, opc: PointCode, cic: u16, message: impl Into<Message>) {
        let payload = encode(Cic(cic), &message.into()).unwrap();
        let (dpc, sls, class) = (OWN, Sls(0), Class::Ordinary);
        let transfer = Transfer { opc, dpc, sls, class, payload };
        self.exchange.mtp(Indication::Transfer(transfer));
    }

    fn steps(&self) -> u64 {
        self.exchange.isup.circuits.steps.get() + self.exchange.isup.groups.steps.get()
    }

    fn taken(&mut self, work: impl FnOnce(&mut Self)) -> u64 {
        let before = self.steps();
        work(self);
        self.exchange.transfers.clear();
        self.exchange.events.clear();
        self.steps() - before
    }

    /// A call from us that is answered and released by us.
    fn call_out(&mut self) {
        let (call, cic) = self.exchange.setup(Class::Ordinary);
        self.hear(PEER, cic, acm());
        self.hear(PEER, cic, Anm::new());
        self.exchange.release(call, Cause::NORMAL_CLEARING);
        self.hear(PEER, cic, Rlc::new());
    }

    /// A call to us that is answered and released by the peer.
    fn call_in(&mut self) {
        let call = self.exchange.incoming_of(|exchange| exchange.receive(5, iam()));
        self.exchange.isup.admit(self.exchange.now, call, Class::Ordinary).unwrap();
        self.exchange.backward(call, Backward::Answer(Anm::new()));
        self.hear(PEER, 5, rel(Cause::NORMAL_CLEARING));
    }

    /// Calls that nobody answers, up to the timers that end them.
    fn unanswered(&mut self) {
        self.exchange.setup(Class::Emergency);
        self.exchange.wait(seconds(30));
        self.exchange.wait(minutes(16));
        self.answer_rsc();
    }

    fn answer_rsc(&mut self) {
        let reset = self.exchange.isup.circuits_of(GROUP).find(|circuit| circuit.state == "reset");
        self.hear(PEER, reset.unwrap().cic.0, Rlc::new());
    }

    fn away(&mut self) {
        self.exchange.setup(Class::Ordinary);
        self.exchange.mtp(Indication::Pause { dpc: PEER });
        let lost = self.exchange.isup.circuits_of(GROUP).find(|it| it.state == "releasing");
        self.exchange.mtp(Indication::Resume { dpc: PEER });
        self.hear(PEER, lost.unwrap().cic.0, Rlc::new());
    }

    fn user_part_away(&mut self) {
        let cause = StatusCause::UserPartUnavailable { cause: UnavailabilityCause::UNKNOWN };
        self.exchange.mtp(Indication::Status { dpc: PEER, cause });
        self.exchange.mtp(Indication::Status { dpc: PEER, cause });
        self.hear(PEER, 1, Message::Blo);
        self.hear(PEER, 1, Message::Ubl);
    }

    fn operated(&mut self) {
        for operation in [Operation::Block, Operation::Unblock, Operation::Reset] {
            self.exchange.isup.operate(self.exchange.now, GROUP, Cic(1)..=Cic(4), operation);
            self.exchange.drain();
        }
        self.exchange.transfers.clear();
        let status = RangeStatus::new(Range::of(4).unwrap(), |_| true);
        let kind = SupervisionType::MAINTENANCE;
        self.hear(PEER, 1, Cgba { kind, status: status.clone() });
        self.hear(PEER, 1, Gra { status: RangeStatus::new(Range::of(4).unwrap(), |_| false) });
        // What the reset may have made the peer forget is told once more.
        self.hear(PEER, 1, Cgua { kind, status });
    }

    fn said_of_many(&mut self) {
        let range = Range::of(31).unwrap();
        self.hear(PEER, 33, Grs { range });
        let status = RangeStatus::new(range, |_| true);
        let kind = SupervisionType::HARDWARE;
        self.hear(PEER, 33, Cgb { kind, status: status.clone() });
        self.hear(PEER, 33, Cgu { kind, status });
        self.exchange.isup.take_saved(usize::MAX);
    }
}

impl Exchange {
    fn incoming_of(&mut self, work: impl FnOnce(&mut Self)) -> CallId {
        work(self);
        let told = self.told();
        let incoming = told.iter().find_map(|event| match event {
            Event::Incoming { call, .. } => Some(*call),
            _ => None,
        });
        incoming.unwrap()
    }
}

#[test]
fn no_step_is_taken_for_the_circuits_and_groups_that_are_not_concerned() {
    type Work = fn(&mut Node);
    let works: [(&str, Work); 9] = [
        ("a call from us", Node::call_out),
        ("a call to us", Node::call_in),
        ("a call that nobody answers", Node::unanswered),
        ("MTP-PAUSE and MTP-RESUME", Node::away),
        ("MTP-STATUS, user part unavailable", Node::user_part_away),
        ("orders", Node::operated),
        ("GRS, CGB, CGU", Node::said_of_many),
        ("noise", |node| node.exchange.raw(vec![1, 0, 0x99, 0])),
        ("how it stands", |node| {
            assert!(node.exchange.isup.any_usable());
            assert!(node.exchange.isup.has_open_circuits(GROUP));
            let states: Vec<_> = node.exchange.isup.states(GROUP).collect();
            assert_eq!(states, [("idle", 123)]);
        }),
    ];
    let (mut small, mut large) = (Node::new(GROUPS_OF_A_PEER), Node::new(814));
    assert_eq!((small.peers, large.peers), (1, 272));
    assert_eq!(large.exchange.isup.circuits().count(), 100_122);
    for (what, work) in works {
        let steps = [small.taken(work), large.taken(work)];
        assert_eq!(steps[0], steps[1], "{what}");
        // Few, too: nobody is looked at who stands beside.
        assert!((1..1_200).contains(&steps[0]) || what == "how it stands", "{what}: {}", steps[0]);
    }
}

#[test]
fn a_peer_that_is_lost_costs_no_step_for_each_of_its_idle_circuits() {
    let mut node = Node::new(GROUPS_OF_A_PEER);
    let steps = node.taken(|node| {
        node.exchange.mtp(Indication::Pause { dpc: PEER });
        node.exchange.mtp(Indication::Resume { dpc: PEER });
    });
    assert!(steps < 60, "{steps}");
}

#[test]
fn a_node_that_starts_asks_each_peer_in_turns_and_no_faster_than_its_links_take() {
    let mut exchange = Exchange::cold(node(814));
    let begin = exchange.now;
    for dpc in (2..274).map(PointCode) {
        exchange.mtp(Indication::Resume { dpc });
    }
    let (mut asked, mut first_asked) = (0, BTreeMap::new());
    let (mut all_met, mut usable) = (None, begin);
    loop {
        while let Some(sent) = exchange.transfers.pop_front() {
            asked += 1;
            first_asked.entry(sent.dpc).or_insert(exchange.now);
            let (cic, message) = decode(&sent.payload).unwrap();
            let Message::Grs(Grs { range }) = message else { panic!("{message:?}") };
            let payload =
                encode(cic, &Gra { status: RangeStatus::new(range, |_| false) }.into()).unwrap();
            let (opc, dpc, sls, class) = (sent.dpc, OWN, Sls(0), Class::Ordinary);
            let transfer = Transfer { opc, dpc, sls, class, payload };
            exchange.mtp(Indication::Transfer(transfer));
        }
        if exchange.told().iter().any(|event| matches!(event, Event::GroupUsable { .. })) {
            usable = exchange.now;
        }
        if first_asked.len() == 272 {
            all_met.get_or_insert(exchange.now);
        }
        let Some((deadline, _)) = exchange.isup.poll_timeout() else { break };
        let elapsed = exchange.now.saturating_since(begin).as_micros() as usize;
        // 100,122 circuits: a question each millisecond, and 142 of them at once.
        assert!(asked <= 142 + elapsed * 100_122 / 100_000_000, "{asked} after {elapsed} us");
        exchange.now = exchange.now.max(deadline);
        exchange.isup.handle_timeout(exchange.now);
        exchange.drain();
    }
    // Five runs of codes that follow each other in each group.
    assert_eq!(asked, 814 * 5);
    let since = |moment: Instant| moment.saturating_since(begin);
    assert!(since(exchange.now) < seconds(5), "{:?}", since(exchange.now));
    assert!(since(all_met.unwrap()) < seconds(1), "{:?}", since(all_met.unwrap()));
    // The first circuits of every group come before the others of any.
    assert!(since(usable) < seconds(1), "{:?}", since(usable));
    assert!((0..814).map(GroupId).all(|group| exchange.isup.is_usable(group)));
    assert!(exchange.isup.circuits().all(|circuit| circuit.state == "idle"));
}
