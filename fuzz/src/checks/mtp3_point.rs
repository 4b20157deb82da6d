//! Level 3 and M2PA: a transfer point hears any messages from its neighbours, in good order and
//! not, loses its links, and is told anything about its routes. Whatever it sends can be read and is
//! bounded; once its neighbours make sense again, every link is in service, every destination is
//! reached, and messages arrive.

use base::{Class, Duration, Instant};
use bytes::Bytes;
use mtp::m2pa::{Body, Data, Message};
use mtp::m3ua::{AssociationId, Command, Event};
use mtp::sap::{Indication, Sls, Transfer};
use mtp::{
    Config, Input, LinkConfig, LinkId, Mtp, NetworkIndicator, Output, PointCode, RouteConfig,
};
use std::collections::VecDeque;

/// The one that hears it all, and its neighbours, all joined to each other.
const POINTS: [PointCode; 3] = [PointCode(1), PointCode(2), PointCode(3)];
/// Links: two to the first neighbour.
const LINKS: [(usize, usize); 4] = [(0, 1), (0, 1), (0, 2), (1, 2)];
const PIECES_MAX: usize = 200;
/// Longer than every timer of level 3 that may keep a route closed.
const HEALS: Duration = Duration::from_secs(200);

struct World {
    points: Vec<Mtp>,
    now: Instant,
    /// To which point, over which link, what.
    on_way: VecDeque<(usize, usize, Event)>,
    up: [bool; LINKS.len()],
    /// Who wants the association of a link.
    wanted: Vec<usize>,
    /// What is put in the place of the next message to the first point on each link.
    forged: [Option<Bytes>; LINKS.len()],
    arrived: [usize; 3],
    sent: u64,
}

fn link_of(point: usize, association: AssociationId) -> usize {
    let own = (0..LINKS.len()).filter(|link| LINKS[*link].0 == point || LINKS[*link].1 == point);
    own.into_iter().nth(usize::from(association.0)).expect("a link of this point")
}

/// What a point calls a link.
fn name_of(point: usize, link: usize) -> u16 {
    (0..link).filter(|link| LINKS[*link].0 == point || LINKS[*link].1 == point).count() as u16
}

fn other_end(point: usize, link: usize) -> usize {
    let (one, other) = LINKS[link];
    if one == point { other } else { one }
}

fn config(point: usize) -> Config {
    let mut config = Config::new(POINTS[point], NetworkIndicator::NATIONAL);
    config.transfer = true;
    for (link, (one, other)) in LINKS.into_iter().enumerate() {
        if one == point || other == point {
            let name = name_of(point, link);
            let level2 = mtp::m2pa::Config::new(AssociationId(name), one == point);
            let adjacent = POINTS[other_end(point, link)];
            let slc = u8::from(link == 1);
            config.links.push(LinkConfig::over(LinkId(name), adjacent, slc, level2));
        }
    }
    for (destination, over) in [(1, 2), (2, 1), (0, 1), (0, 2), (1, 0), (2, 0)] {
        if destination != point && over != point {
            let (dpc, adjacent) = (POINTS[destination], POINTS[over]);
            config.routes.push(RouteConfig { dpc, adjacent, priority: 1 });
        }
    }
    config
}

impl World {
    fn new() -> Self {
        let now = Instant::ZERO;
        let point = |point| Mtp::new(config(point), now).expect("a configuration that is right");
        let mut world = Self {
            points: (0..POINTS.len()).map(point).collect(),
            now,
            on_way: VecDeque::new(),
            up: [false; LINKS.len()],
            wanted: Vec::new(),
            forged: Default::default(),
            arrived: [0; 3],
            sent: 0,
        };
        for (link, (one, other)) in LINKS.into_iter().enumerate() {
            for point in [one, other] {
                let link = LinkId(name_of(point, link));
                world.input(point, Input::Activate { link });
            }
        }
        world.pass(Duration::from_secs(20));
        world.demand_health();
        world
    }

    fn input(&mut self, point: usize, input: Input) {
        self.points[point].handle_input(self.now, input);
        self.obey(point);
    }

    fn obey(&mut self, point: usize) {
        while let Some(output) = self.points[point].poll_output() {
            match output {
                Output::Association { association, command } => {
                    self.command(point, link_of(point, association), command);
                }
                Output::Indication(Indication::Transfer(_)) => self.arrived[point] += 1,
                _ => {}
            }
        }
    }

    fn command(&mut self, point: usize, link: usize, command: Command) {
        match command {
            Command::Connect => self.wanted.push(link),
            Command::Close => self.lose(link),
            Command::Send { octets, .. } => {
                self.sent += u64::from(point == 0);
                let mut message = Message::read(&octets).expect("what is said can be read");
                let to = other_end(point, link);
                if let Body::Data(Some(data)) = &mut message.body
                    && to == 0
                    && let Some(msu) = self.forged[link].take()
                {
                    *data = Data { priority: 0, msu };
                }
                if self.up[link] {
                    self.on_way.push_back((to, link, Event::Received(message.write())));
                    self.on_way.push_back((point, link, Event::Written { waiting: 0 }));
                }
            }
        }
    }

    fn lose(&mut self, link: usize) {
        self.on_way.retain(|(_, on, _)| *on != link);
        if std::mem::replace(&mut self.up[link], false) {
            let (one, other) = LINKS[link];
            self.on_way.push_back((one, link, Event::Down));
            self.on_way.push_back((other, link, Event::Down));
        }
    }

    /// Lets everything arrive that is on its way.
    fn deliver(&mut self) {
        loop {
            for link in std::mem::take(&mut self.wanted) {
                if !std::mem::replace(&mut self.up[link], true) {
                    let (one, other) = LINKS[link];
                    self.on_way.push_back((one, link, Event::Up));
                    self.on_way.push_back((other, link, Event::Up));
                }
            }
            let Some((point, link, event)) = self.on_way.pop_front() else { break };
            let association = AssociationId(name_of(point, link));
            self.input(point, Input::Association { association, event });
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.deliver();
            let due = (0..POINTS.len())
                .filter_map(|point| Some((self.points[point].poll_timeout()?.0, point)));
            let Some((next, point)) = due.min().filter(|(next, _)| *next <= end) else { break };
            self.now = next.max(self.now);
            self.points[point].handle_timeout(self.now);
            self.obey(point);
        }
        self.now = end;
    }

    /// A message of the user part; whether it got there.
    fn arrives(&mut self, from: usize, to: usize, sls: u8) -> bool {
        let before = self.arrived[to];
        let (opc, dpc) = (POINTS[from], POINTS[to]);
        let payload = Bytes::from_static(&[1, 0, 1]);
        let transfer = Transfer { opc, dpc, sls: Sls(sls), class: Class::Ordinary, payload };
        self.input(from, Input::Transfer(transfer));
        self.deliver();
        self.arrived[to] > before
    }

    fn demand_health(&mut self) {
        for (link, (one, other)) in LINKS.into_iter().enumerate() {
            for point in [one, other] {
                let name = LinkId(name_of(point, link));
                assert!(self.points[point].link_in_service(name), "link {link} at {point}");
            }
        }
        for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
            for sls in 0..16 {
                assert!(self.arrives(from, to, sls), "from {from} to {to}, selection {sls}");
            }
        }
    }

    /// Some of the input: what happens, to which link, and the octets that go with it.
    fn happens(&mut self, what: u8, octets: &[u8]) {
        let link = usize::from(what >> 4) % 3;
        let (point, octets) = (other_end(0, link), Bytes::copy_from_slice(octets));
        match what & 0x0f {
            // A message signal unit of any kind, which level 2 delivers.
            0..=9 => {
                let length = Message::MSU_MIN..=Message::MSU_MAX;
                self.forged[link] = length.contains(&octets.len()).then_some(octets);
                for sls in 0..4 {
                    self.arrives(point, 0, sls);
                }
            }
            10 => {
                let association = AssociationId(name_of(0, link));
                self.input(0, Input::Association { association, event: Event::Received(octets) });
            }
            11 => self.lose(link),
            12 => drop(self.arrives(0, 1 + usize::from(what >> 4) % 2, what >> 4)),
            _ => self.pass(Duration::from_millis(50 * u64::from(octets.len() as u8))),
        }
        self.deliver();
    }
}

pub(super) fn check(data: &[u8]) {
    let mut world = World::new();
    let before = world.sent;
    let (mut rest, mut pieces) = (data, 0);
    while let [what, length, tail @ ..] = rest
        && pieces < PIECES_MAX
    {
        let (octets, left) = tail.split_at(usize::from(*length).min(tail.len()));
        world.happens(*what, octets);
        (rest, pieces) = (left, pieces + 1);
    }
    let passed = world.now.saturating_since(Instant::ZERO).as_secs();
    let sent = world.sent - before;
    // Proving takes eight messages a second and link; the rest answers or passes on what came.
    assert!(sent <= 64 * (pieces as u64 + passed + 1), "{sent} in {passed} s of {pieces} pieces");
    world.pass(HEALS);
    world.demand_health();
}
