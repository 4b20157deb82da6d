//! M3UA: a message that can be read can be written and reads the same again; and a point that is
//! fed any stream, in any role, says only what can be read, answers within bounds, and comes back
//! into service once its peer makes sense.

use base::{Duration, Instant};
use bytes::Bytes;
use mtp::m3ua::{AssociationConfig, AssociationId, Command, Event, Message, Role};
use mtp::{Config, Input, Mtp, NetworkIndicator, Output, PointCode};

const OWN: PointCode = PointCode(1);
const PEER: PointCode = PointCode(2);
const ASSOCIATION: AssociationId = AssociationId(0);
const ROLES: [Role; 4] = [Role::Asp, Role::Server, Role::Ipsp, Role::IpspDouble];

pub(super) fn check(data: &[u8]) {
    codec(&Bytes::copy_from_slice(data));
    for role in ROLES {
        machine(role, data);
    }
}

fn codec(octets: &Bytes) {
    if let Ok(message) = Message::read(octets) {
        let written = message.write();
        assert_eq!(Message::read(&written), Ok(message));
        assert_eq!(written.len() % 4, 0);
    }
}

struct Point {
    mtp: Mtp,
    now: Instant,
    sent: Vec<Message>,
    /// Somebody wants a connection.
    wanted: bool,
    closed: bool,
}

impl Point {
    fn new(role: Role) -> Self {
        let mut config = Config::new(OWN, NetworkIndicator::NATIONAL);
        config.trace = true;
        config.m3ua.associations = vec![AssociationConfig::new(ASSOCIATION, role, vec![PEER])];
        let now = Instant::ZERO;
        let mtp = Mtp::new(config, now).expect("a configuration that is right");
        let mut point = Self { mtp, now, sent: Vec::new(), wanted: false, closed: false };
        point.obey();
        point
    }

    fn event(&mut self, event: Event) {
        let association = ASSOCIATION;
        self.mtp.handle_input(self.now, Input::Association { association, event });
        self.obey();
    }

    fn obey(&mut self) {
        while let Some(output) = self.mtp.poll_output() {
            let Output::Association { command, .. } = output else { continue };
            match command {
                Command::Connect => self.wanted = true,
                Command::Close => self.closed = true,
                Command::Send { octets, .. } => {
                    assert!(!self.closed, "nothing goes out after the end");
                    self.sent.push(Message::read(&octets).expect("what we say can be read"));
                }
            }
        }
        if std::mem::take(&mut self.closed) {
            self.event(Event::Down);
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some((next, _)) = self.mtp.poll_timeout().filter(|(next, _)| *next <= end) {
            self.now = next.max(self.now);
            self.mtp.handle_timeout(self.now);
            self.obey();
        }
        self.now = end;
    }

    /// A peer that does what it should, until both are in service.
    fn come_back(&mut self, role: Role) {
        self.event(Event::Down);
        self.pass(Duration::from_secs(6));
        assert!(self.wanted || role == Role::Server, "nobody tries again");
        self.event(Event::Up);
        for _ in 0..3 {
            let answers = [
                Message::AspUpAck { identifier: None },
                Message::AspActiveAck { mode: None, contexts: Vec::new() },
                Message::AspUp { identifier: None },
                Message::AspActive { mode: None, contexts: Vec::new() },
            ];
            let asks = role != Role::Server;
            let answers: &[Message] = match role {
                Role::Asp | Role::Ipsp => &answers[..2],
                Role::Server => &answers[2..],
                Role::IpspDouble => &answers,
            };
            for answer in answers {
                self.event(Event::Received(answer.write()));
            }
            assert!(asks || !self.sent.is_empty());
        }
    }
}

fn machine(role: Role, data: &[u8]) {
    let mut point = Point::new(role);
    point.event(Event::Up);
    // Octets that say how long each piece of the stream is, and how much time passes after it.
    let mut rest = data;
    while let [head, tail @ ..] = rest {
        let length = usize::from(head & 0x3f).min(tail.len());
        let (piece, left) = tail.split_at(length);
        point.event(Event::Received(Bytes::copy_from_slice(piece)));
        match head >> 6 {
            3 => point.pass(Duration::from_secs(1)),
            2 => point.event(Event::Written { waiting: 0 }),
            _ => {}
        }
        rest = left;
        if left.len() == tail.len() && length == 0 && tail.is_empty() {
            break;
        }
    }
    // And as it stands, to a connection that is new.
    point.event(Event::Up);
    point.event(Event::Received(Bytes::copy_from_slice(data)));
    let messages = 2 * data.len() / 8 + 1;
    let seconds = data.len() as u64;
    assert!(point.sent.len() as u64 <= 4 * messages as u64 + 4 * seconds + 16);
    point.come_back(role);
    let view = point.mtp.associations().next().expect("the association");
    assert!(view.in_service, "{role:?}: {view:?}");
}
