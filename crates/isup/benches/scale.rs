//! A national node of 100,000 circuits beside an exchange of 123: memory, start-up, calls, and what
//! is said about many circuits at once. `cargo bench -p isup`; with `count calls|grs|mtp N` it does
//! that one thing `N` times on `CIRCUITS` circuits and measures nothing, for a counter of
//! instructions around it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench fails by panicking, tells its figures, and reads the clock"
)]

use base::{Cause, Class, Duration, Instant};
use isup::{Backward, Config, Event, GroupConfig, GroupId, Input, Isup, Output};
use isup_codec::{
    Acm, Anm, BackwardCallIndicators, CalledPartyNumber, CallingPartyNumber, CallingPartysCategory,
    CauseIndicators, Cic, Gra, Grs, Iam, Message, NatureOfAddress, Range, RangeStatus, Rlc, decode,
    encode, key, location,
};
use mtp::sap::{Indication, PointCode, Sls, StatusCause, Transfer, UnavailabilityCause};
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

/// Octets in use.
static IN_USE: AtomicIsize = AtomicIsize::new(0);

struct Counting;

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait; it only counts")]
// SAFETY: every call goes to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size() as isize, Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const OWN: PointCode = PointCode(1);
/// Four spans of 32 time slots without their first ones, and one of these for signalling.
const GROUP: usize = 123;
const GROUPS_OF_A_PEER: usize = 8;
const NODE_GROUPS: usize = 814;
/// There and back again.
const ROUND_TRIP: Duration = Duration::from_millis(60);

fn took(work: impl FnOnce()) -> f64 {
    let start = std::time::Instant::now();
    work();
    start.elapsed().as_nanos() as f64
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap()
}

fn in_use() -> isize {
    IN_USE.load(Relaxed)
}

fn peer_of(group: usize) -> PointCode {
    PointCode(2 + (group / GROUPS_OF_A_PEER) as u32)
}

fn config(groups: usize) -> Config {
    let group = |number: usize| {
        let base = (number % GROUPS_OF_A_PEER * 128) as u16;
        let cics = (0..128).filter(|slot| slot % 32 != 0 && *slot != 16).map(|slot| base + slot);
        let cics: Vec<_> = cics.map(Cic).take(GROUP).collect();
        let new = GroupConfig::new(format!("group-{number}"), peer_of(number), cics);
        GroupConfig { emergency_reserve: 4, ..new }
    };
    let groups: Vec<_> = (0..groups).map(group).collect();
    let calls = groups.len() * GROUP;
    Config { groups, calls, ..Config::new(OWN) }
}

fn iam() -> Iam {
    let called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, "199000001".parse().unwrap());
    let called = CalledPartyNumber { complete: true, ..called };
    let calling = "33639980001".parse().unwrap();
    let calling = CallingPartyNumber::new(NatureOfAddress::INTERNATIONAL, calling);
    Iam::new(called, CallingPartysCategory::ORDINARY).with(key::CALLING_PARTY_NUMBER, &calling)
}

fn acm() -> Acm {
    Acm::new(BackwardCallIndicators::default())
}

fn transfer(opc: PointCode, dpc: PointCode, cic: Cic, message: impl Into<Message>) -> Transfer {
    let payload = encode(cic, &message.into()).unwrap();
    Transfer { opc, dpc, sls: Sls((cic.0 & 15) as u8), class: Class::Ordinary, payload }
}

/// A node whose peers are played.
struct Node {
    isup: Isup,
    now: Instant,
    groups: usize,
}

impl Node {
    fn new(groups: usize) -> Self {
        let now = Instant::from_millis(1_000);
        let isup = Isup::new(config(groups), now).unwrap();
        Self { isup, now, groups }
    }

    fn peers(&self) -> impl Iterator<Item = PointCode> + use<> {
        (0..self.groups).step_by(GROUPS_OF_A_PEER).map(peer_of)
    }

    fn hear(&mut self, indication: Indication) {
        self.isup.handle_input(self.now, Input::Mtp(indication));
    }

    /// Drains what is to be done, and forgets it.
    fn drain(&mut self) {
        while let Some(output) = self.isup.poll_output() {
            black_box(output);
        }
    }

    fn receive(&mut self, peer: PointCode, cic: Cic, message: impl Into<Message>) {
        self.hear(Indication::Transfer(transfer(peer, OWN, cic, message)));
        self.drain();
    }

    /// Every peer is reached and answers; gives how long it takes, how many questions it takes,
    /// until when every group can be used, and the processor time of this end.
    fn start(&mut self) -> (Duration, usize, Duration, f64) {
        let (begin, mut cpu, mut questions) = (self.now, 0.0, 0);
        let mut usable = begin;
        let mut answers: VecDeque<(Instant, Transfer)> = VecDeque::new();
        for dpc in self.peers() {
            cpu += took(|| self.hear(Indication::Resume { dpc }));
        }
        loop {
            while let Some(output) = self.isup.poll_output() {
                match output {
                    Output::Mtp(sent) => {
                        questions += 1;
                        answers.extend(answer(&sent).map(|it| (self.now + ROUND_TRIP, it)));
                    }
                    Output::Event(Event::GroupUsable { .. }) => usable = self.now,
                    Output::Event(_) => {}
                }
            }
            let timer = self.isup.poll_timeout().map(|(deadline, _)| deadline);
            let arrival = answers.front().map(|(moment, _)| *moment);
            let Some(next) = [timer, arrival].into_iter().flatten().min() else { break };
            self.now = self.now.max(next);
            if arrival == Some(next) {
                let (_, answer) = answers.pop_front().unwrap();
                cpu += took(|| self.hear(Indication::Transfer(answer)));
            } else {
                cpu += took(|| self.isup.handle_timeout(self.now));
            }
        }
        assert!(self.isup.circuits().all(|circuit| circuit.state == "idle"));
        let since = |moment: Instant| moment.saturating_since(begin);
        (since(self.now), questions, since(usable), cpu)
    }

    /// Calls that are answered and go on, the same number of them in each direction.
    fn talk(&mut self, calls: usize) {
        for call in 0..calls / 2 {
            let group = call % self.groups;
            let id = GroupId(group as u16);
            let (_, cic) = self.isup.setup(self.now, Class::Ordinary, id, iam()).unwrap();
            self.drain();
            self.receive(peer_of(group), cic, acm());
            self.receive(peer_of(group), cic, Anm::new());
        }
        let idle: Vec<_> = self.isup.circuits().filter(|circuit| circuit.state == "idle").collect();
        let step = (idle.len() / (calls / 2)).max(1);
        for circuit in idle.iter().step_by(step).take(calls / 2) {
            let peer = peer_of(usize::from(circuit.group.0));
            self.hear(Indication::Transfer(transfer(peer, OWN, circuit.cic, iam())));
            let mut incoming = None;
            while let Some(output) = self.isup.poll_output() {
                if let Output::Event(Event::Incoming { call, .. }) = output {
                    incoming = Some(call);
                }
            }
            let call = incoming.unwrap();
            self.isup.backward(self.now, call, Backward::AddressComplete(acm()));
            self.isup.backward(self.now, call, Backward::Answer(Anm::new()));
            self.drain();
        }
    }
}

/// What a peer says to a question.
fn answer(sent: &Transfer) -> Option<Transfer> {
    let (cic, message) = decode(&sent.payload).unwrap();
    let answer: Message = match message {
        Message::Grs(Grs { range }) => Gra { status: RangeStatus::new(range, |_| false) }.into(),
        Message::Rsc => Rlc::new().into(),
        _ => return None,
    };
    Some(transfer(sent.dpc, OWN, cic, answer))
}

/// A node and all of its peers.
struct Network {
    ends: Vec<Isup>,
    now: Instant,
    next_group: usize,
    groups: usize,
}

impl Network {
    /// Every circuit is idle; calls go on on so many of each hundred.
    fn new(groups: usize, busy_percent: usize) -> Self {
        let config = config(groups);
        let now = Instant::from_millis(1_000);
        let mut ends = vec![Isup::new(config.clone(), now).unwrap()];
        for own in config.groups.chunks(GROUPS_OF_A_PEER) {
            let code = own.first().unwrap().peer;
            let mirrored = own.iter().map(|group| group.mirrored(OWN)).collect();
            let config = Config { groups: mirrored, calls: 4_096, ..Config::new(code) };
            ends.push(Isup::new(config, now).unwrap());
        }
        let mut network = Self { ends, now, next_group: 0, groups };
        network.start();
        for _ in 0..groups * GROUP * busy_percent / 100 {
            network.answered();
        }
        network
    }

    fn start(&mut self) {
        let peers: Vec<_> = (1..self.ends.len()).map(|end| PointCode(end as u32 + 1)).collect();
        for (end, dpc) in (1..).zip(peers) {
            let resume = |dpc| Input::Mtp(Indication::Resume { dpc });
            self.ends.first_mut().unwrap().handle_input(self.now, resume(dpc));
            self.ends.get_mut(end).unwrap().handle_input(self.now, resume(OWN));
        }
        loop {
            self.carry();
            let deadlines = self.ends.iter().filter_map(Isup::poll_timeout);
            let Some(next) = deadlines.map(|(deadline, _)| deadline).min() else { break };
            self.now = self.now.max(next);
            self.ends.iter_mut().for_each(|end| end.handle_timeout(self.now));
        }
        let mut circuits = self.ends.iter().flat_map(Isup::circuits);
        assert!(circuits.all(|circuit| circuit.state == "idle"));
    }

    /// Carries every message to its destination, until there are no more; every call is answered.
    fn carry(&mut self) {
        let mut active: Vec<_> = (0..self.ends.len()).collect();
        while let Some(end) = active.pop() {
            self.carry_from(end, &mut active);
        }
    }

    fn carry_from(&mut self, end: usize, active: &mut Vec<usize>) {
        while let Some(output) = self.ends.get_mut(end).and_then(Isup::poll_output) {
            match output {
                Output::Mtp(transfer) => {
                    let to = transfer.dpc.0 as usize - 1;
                    let input = Input::Mtp(Indication::Transfer(transfer));
                    self.ends.get_mut(to).unwrap().handle_input(self.now, input);
                    active.push(to);
                }
                Output::Event(Event::Incoming { call, .. }) => {
                    let isup = self.ends.get_mut(end).unwrap();
                    isup.admit(self.now, call, Class::Ordinary).unwrap();
                    isup.backward(self.now, call, Backward::AddressComplete(acm()));
                    isup.backward(self.now, call, Backward::Answer(Anm::new()));
                }
                Output::Event(event) => drop(black_box(event)),
            }
        }
    }

    /// Carries what two ends have to say to each other.
    fn carry_between(&mut self, end: usize) {
        let mut active = vec![0, end];
        while let Some(end) = active.pop() {
            self.carry_from(end, &mut active);
        }
    }

    /// A call from the node, up to its answer.
    fn answered(&mut self) -> (isup::CallId, usize) {
        let group = self.next_group;
        self.next_group = (group + 1) % self.groups;
        let isup = self.ends.first_mut().unwrap();
        let id = GroupId(group as u16);
        let (call, _) = isup.setup(self.now, Class::Ordinary, id, iam()).unwrap();
        let end = peer_of(group).0 as usize - 1;
        self.carry_between(end);
        (call, end)
    }

    /// A whole call: IAM, ACM, ANM, REL, RLC.
    fn call(&mut self) {
        let (call, end) = self.answered();
        let cause = CauseIndicators::new(Cause::NORMAL_CLEARING, location::USER);
        self.ends.first_mut().unwrap().release(self.now, call, cause);
        self.carry_between(end);
    }
}

fn memory() {
    println!(
        "octets a circuit                              123 circuits   {} circuits",
        circuits()
    );
    let mut rows = [[0.0; 3]; 2];
    for (row, groups) in rows.iter_mut().zip([1, NODE_GROUPS]) {
        let before = in_use();
        let mut node = Node::new(groups);
        let all = (groups * GROUP) as f64;
        let started = (in_use() - before) as f64 / all;
        node.start();
        let idle = in_use();
        let calls = groups * 40;
        node.talk(calls);
        let busy = (in_use() - idle) as f64 / calls as f64;
        *row = [started, (idle - before) as f64 / all, busy];
    }
    let [small, large] = rows;
    let names = ["before it is reset", "idle", "an answered call adds"];
    for ((name, small), large) in names.into_iter().zip(small).zip(large) {
        println!("{name:<45} {small:>12.0} {large:>17.0}");
    }
}

const fn circuits() -> usize {
    NODE_GROUPS * GROUP
}

fn start_up() {
    for groups in [1, NODE_GROUPS] {
        let mut node = None;
        let new = took(|| node = Some(Node::new(groups)));
        let (time, questions, usable, cpu) = node.unwrap().start();
        println!(
            "{} circuits to {} peers: new {:.1} ms; {questions} questions; every group usable \
             after {:.2} s, every circuit after {:.2} s; {:.1} ms of CPU",
            groups * GROUP,
            groups.div_ceil(GROUPS_OF_A_PEER),
            new / 1e6,
            usable.as_secs_f64(),
            time.as_secs_f64(),
            cpu / 1e6,
        );
    }
}

/// What one thing costs at either size, in turns.
fn compare<T>(what: &str, rounds: usize, each: usize, ends: &mut [T], work: impl Fn(&mut T)) {
    let mut figures: Vec<Vec<f64>> = ends.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (all, end) in figures.iter_mut().zip(ends.iter_mut()) {
            all.push(took(|| (0..each).for_each(|_| work(end))) / each as f64);
        }
    }
    let medians: Vec<_> = figures.into_iter().map(median).collect();
    let first = medians.first().copied().unwrap();
    print!("{what:<45}");
    medians.iter().for_each(|figure| print!(" {:>9.2} us ({:.2})", figure / 1e3, figure / first));
    println!();
}

fn reset(node: &mut Node) {
    let range = Range::of(31).unwrap();
    node.receive(PointCode(2), Cic(33), Grs { range });
}

fn pause_and_resume(node: &mut Node) {
    let dpc = PointCode(2);
    node.hear(Indication::Pause { dpc });
    node.hear(Indication::Resume { dpc });
    node.drain();
}

fn unavailable(node: &mut Node) {
    let cause = StatusCause::UserPartUnavailable { cause: UnavailabilityCause::UNKNOWN };
    node.hear(Indication::Status { dpc: PointCode(2), cause });
    node.drain();
}

fn node(groups: usize) -> Node {
    let mut node = Node::new(groups);
    node.start();
    node
}

/// Does one thing so often and measures nothing.
fn count(what: &str, times: usize) {
    let circuits = std::env::var("CIRCUITS").ok().and_then(|it| it.parse().ok());
    let groups = circuits.unwrap_or(GROUP).div_ceil(GROUP);
    if what == "calls" {
        let mut network = Network::new(groups, 0);
        return (0..times).for_each(|_| network.call());
    }
    let mut node = node(groups);
    let work = if what == "grs" { reset } else { pause_and_resume };
    (0..times).for_each(|_| work(&mut node));
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "count") {
        let times = arguments.get(at + 2).and_then(|times| times.parse().ok());
        return count(arguments.get(at + 1).unwrap(), times.unwrap());
    }
    memory();
    start_up();
    println!("{:<45} {:>19} {:>19} ...", "", "123 circuits", circuits());
    let mut networks = [Network::new(1, 0), Network::new(NODE_GROUPS, 0)];
    compare("a call, both ends, IAM to RLC", 60, 500, &mut networks, Network::call);
    drop(networks);
    let mut networks = [Network::new(1, 50), Network::new(NODE_GROUPS, 50)];
    compare("the same, half of the circuits busy", 60, 500, &mut networks, Network::call);
    drop(networks);
    println!("{:<45} {:>19} {:>19}", "", GROUPS_OF_A_PEER * GROUP, circuits());
    let mut networks = [Network::new(GROUPS_OF_A_PEER, 0), Network::new(NODE_GROUPS, 0)];
    // The others are there, and their memory is not touched.
    networks.iter_mut().for_each(|network| network.groups = GROUPS_OF_A_PEER);
    compare("a call, all to one peer", 60, 500, &mut networks, Network::call);
    drop(networks);
    // One peer alone, and the same peer among the others.
    let mut nodes = [node(GROUPS_OF_A_PEER), node(NODE_GROUPS)];
    compare("GRS of 31 circuits taken and answered", 60, 500, &mut nodes, reset);
    compare("MTP-PAUSE and MTP-RESUME of one peer", 60, 50, &mut nodes, pause_and_resume);
    compare("MTP-STATUS of one peer, user part unavailable", 60, 50, &mut nodes, unavailable);
}
