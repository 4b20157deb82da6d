//! What a seed stands for: the shape of the network, who calls whom and when, and what goes wrong.

use base::{Duration, Instant, Rng};
use exchange::Originate;
use isup::Continuity;

/// The size of things.
#[derive(Clone, Debug)]
pub struct Shape {
    /// E1 spans.
    pub spans: u16,
    /// Signalling links, on the first spans.
    pub links: u16,
    /// Circuits in the one trunk group.
    pub circuits: usize,
    /// Those for emergency calls only.
    pub emergency_circuits: usize,
    /// RTP contexts.
    pub contexts: u32,
    /// Places in the gateway's queue.
    pub queue: usize,
    /// Calling SIP peers.
    pub callers: u8,
    /// How long a session lasts that nobody refreshes.
    pub session: Duration,
    /// Which calls of the gateway check their circuit.
    pub continuity: Continuity,
    /// Which calls of the exchange do.
    pub exchange_continuity: Continuity,
    /// So many circuits whose first loop at the exchange fails.
    pub broken_loops: usize,
}

/// What a calling SIP peer does.
#[derive(Clone, Debug)]
pub struct Call {
    /// When.
    pub at: Instant,
    /// Which peer, from 0.
    pub caller: u8,
    /// Request URI.
    pub uri: String,
    /// Whether it is an emergency call.
    pub emergency: bool,
    /// Over a stream.
    pub tcp: bool,
    /// How long it waits for an answer before it cancels.
    pub patience: Duration,
    /// How long it talks.
    pub talk: Duration,
}

impl Call {
    /// Whether whoever answers says what was said to it, from the answer on.
    pub fn echoes(&self) -> bool {
        let digits: String = self.uri.chars().filter(char::is_ascii_digit).collect();
        ["1990000", "1990010"].iter().any(|row| digits.contains(row))
    }
}

/// What goes wrong on a line or a span, until it is healed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Signal units are damaged: so many of ten thousand, both ways.
    Noise(u32),
    /// The signalling time slot carries nothing, both ways.
    SlotCut,
    /// The same towards the exchange only.
    SlotCutOneWay,
    /// The span loses its signal, both ways.
    SpanDown,
    /// All is well again.
    Healed,
}

/// Trouble on one span at a time.
#[derive(Clone, Copy, Debug)]
pub struct SpanTrouble {
    /// When.
    pub at: Instant,
    /// On which span.
    pub span: u16,
    /// What.
    pub trouble: Trouble,
}

/// What goes wrong between SIP peers, of a thousand datagrams each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Lost.
    pub lost: u32,
    /// Delivered twice.
    pub doubled: u32,
    /// Held up for so long that others overtake it.
    pub late: u32,
}

/// Other things that go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// A calling peer vanishes without a word, and comes back without memory when all is healed.
    Crash(u8),
    /// Junk of some kind arrives.
    Junk,
    /// Some connection breaks.
    Break,
    /// The weather changes.
    Weather(Weather),
    /// The next RTP port cannot be opened.
    PortTaken,
    /// So many messages about calls arrive at the other side with a few octets changed.
    Garble(u32),
    /// The next INVITE of a peer brings no offer.
    NoOffer,
    /// The exchange loses its memory.
    RestartExchange,
    /// The gateway does.
    RestartGateway,
}

/// Everything that a seed stands for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// Signalling and speech bit by bit, a tick a millisecond.
    pub bits: bool,
    /// Speech meets no trouble, nor what is said about it, and must come back exactly.
    pub clean_speech: bool,
    /// The size of things.
    pub shape: Shape,
    /// How long trouble lasts.
    pub duration: Duration,
    /// How long the gateway takes for a turn at its queue.
    pub turn: Duration,
    /// In the end the gateway is told to stop, rather than everybody to hang up.
    pub stop: bool,
    /// Some calls to SIP fork.
    pub forks: bool,
    /// Calls from SIP.
    pub calls: Vec<Call>,
    /// Calls from the exchange.
    pub originations: Vec<(Instant, Originate)>,
    /// Trouble on the spans.
    pub troubles: Vec<SpanTrouble>,
    /// Other trouble.
    pub mishaps: Vec<(Instant, Mishap)>,
}

/// A session as long as RFC 4028 §4 recommends, and one that is refreshed while it talks.
const SESSION: Duration = Duration::from_secs(1_800);
const SHORT_SESSION: Duration = Duration::from_secs(6);

/// When the links are up and calls make sense.
const READY: Duration = Duration::from_secs(5);

const EMERGENCY: [&str; 9] = [
    "sip:112@127.0.0.1",
    "sip:15@127.0.0.1;user=phone",
    "tel:17;phone-context=+33",
    "sip:18@127.0.0.1",
    "urn:service:sos",
    "urn:service:sos.police",
    "sip:+33199009100@127.0.0.1;user=phone",
    "sip:0199009300@127.0.0.1",
    "tel:+33199009400",
];

impl Plan {
    /// The plan of a seed. One seed in ten runs bit by bit.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed ^ 0x5107);
        let bits = seed.is_multiple_of(10);
        let shape = Shape::new(&mut rng, bits);
        let clean_speech = bits && rng.chance(1, 2);
        let duration = Duration::from_secs(if bits { 25 } else { 40 + rng.below(120) });
        let storm = !bits && rng.chance(1, 4);
        let turn = Duration::from_millis(if storm { rng.below(80) } else { 0 });
        let mut plan = Self {
            seed,
            bits,
            clean_speech,
            shape,
            duration,
            turn,
            stop: rng.chance(1, 4),
            forks: false,
            calls: Vec::new(),
            originations: Vec::new(),
            troubles: Vec::new(),
            mishaps: Vec::new(),
        };
        plan.add_calls(&mut rng);
        if storm {
            plan.add_storm(&mut rng);
        }
        plan.add_originations(&mut rng);
        if !bits && rng.chance(1, 5) {
            plan.add_collision(&mut rng);
        }
        plan.add_troubles(&mut rng);
        plan.add_mishaps(&mut rng);
        // Last, so that older seeds are what they were.
        plan.add_forks(&mut rng);
        plan.add_checks(&mut rng);
        plan
    }

    fn moment(&self, rng: &mut Rng) -> Instant {
        let span = self.duration.saturating_sub(READY).as_millis() as u64;
        Instant::ZERO + READY + Duration::from_millis(rng.below(span.max(1)))
    }

    fn add_calls(&mut self, rng: &mut Rng) {
        let count = if self.bits { 4 + rng.below(6) } else { 5 + rng.below(60) };
        for _ in 0..count {
            let at = self.moment(rng);
            let uri =
                if rng.chance(1, 6) { pick(rng, &EMERGENCY).to_owned() } else { ordinary(rng) };
            let call = self.call(rng, at, uri);
            self.calls.push(call);
        }
        // before the links are up
        for _ in 0..rng.below(3) {
            let at = Instant::from_millis(rng.below(2_000));
            let uri = ordinary(rng);
            let call = self.call(rng, at, uri);
            self.calls.push(call);
        }
    }

    fn call(&self, rng: &mut Rng, at: Instant, uri: String) -> Call {
        Call {
            at,
            emergency: EMERGENCY.contains(&uri.as_str()),
            caller: rng.below(u64::from(self.shape.callers)) as u8,
            uri,
            tcp: rng.chance(1, 5),
            patience: Duration::from_millis(200 + rng.below(40_000)),
            talk: Duration::from_millis(rng.below(20_000)),
        }
    }

    fn add_forks(&mut self, rng: &mut Rng) {
        self.forks = rng.chance(1, 3);
        if self.forks {
            // Somebody has to call there.
            for _ in 0..1 + rng.below(3) {
                let (at, hold) = (self.moment(rng), Duration::from_millis(rng.below(15_000)));
                let end = Instant::ZERO + self.duration.saturating_sub(Duration::from_secs(8));
                let count = 1 + rng.below(if self.bits { 2 } else { 12 }) as u32;
                let spec = Originate { count, ..origination(rng, hold) };
                self.originations.push((at.min(end), spec));
            }
        }
        if !self.bits && rng.chance(1, 3) {
            self.shape.session = SHORT_SESSION;
        }
    }

    /// Continuity checks on either side, of some calls or of all.
    fn add_checks(&mut self, rng: &mut Rng) {
        if !rng.chance(1, 3) {
            return;
        }
        let some = [Continuity::OneInEight, Continuity::Always, Continuity::Off];
        let mut any = || some.get(rng.below(3) as usize).copied().unwrap_or_default();
        (self.shape.continuity, self.shape.exchange_continuity) = (any(), any());
        // Speech that has to wait for another circuit is late, and no less clean.
        self.shape.broken_loops = rng.below(4) as usize;
    }

    /// Many ordinary calls at once, and emergency calls among them.
    fn add_storm(&mut self, rng: &mut Rng) {
        let begin = self.moment(rng);
        // a crowd, or a thunderclap after which dozens of IAMs wait for the line
        let lasts = if rng.chance(1, 2) { 20 + rng.below(100) } else { 20 + rng.below(1_500) };
        for number in 0..50 + rng.below(150) {
            let emergency = number % 15 == 7;
            let late = if emergency { lasts * 3 / 4 } else { 0 };
            let at = begin + Duration::from_millis(late + rng.below(lasts));
            let uri = if emergency {
                pick(rng, &EMERGENCY).to_owned()
            } else {
                "sip:0199000000@127.0.0.1".to_owned()
            };
            let call = Call { tcp: false, ..self.call(rng, at, uri) };
            self.calls.push(call);
        }
    }

    /// Both sides place calls at one moment: some meet on one circuit.
    fn add_collision(&mut self, rng: &mut Rng) {
        let at = self.moment(rng);
        for _ in 0..2 * self.shape.circuits {
            let begin = at + Duration::from_millis(rng.below(60));
            let uri = ordinary(rng);
            let call = Call { tcp: false, ..self.call(rng, begin, uri) };
            self.calls.push(call);
        }
        let count = 2 * self.shape.circuits as u32;
        let hold = Duration::from_millis(rng.below(3_000));
        self.originations.push((at, Originate { count, rate: 500.0, ..origination(rng, hold) }));
    }

    fn add_originations(&mut self, rng: &mut Rng) {
        for _ in 0..rng.below(4) {
            let last = Duration::from_secs(8);
            let at = self.moment(rng);
            let end = Instant::ZERO + self.duration.saturating_sub(last);
            let hold = Duration::from_millis(rng.below(15_000));
            let count = 1 + rng.below(if self.bits { 2 } else { 12 }) as u32;
            let spec = Originate { count, ..origination(rng, hold) };
            self.originations.push((at.min(end), spec));
        }
    }

    fn add_troubles(&mut self, rng: &mut Rng) {
        for _ in 0..rng.below(5) {
            let at = self.moment(rng);
            let span = rng.below(u64::from(self.shape.spans)) as u16;
            let trouble = match rng.below(10) {
                // what a link bears for a while, and what it does not
                0..3 => Trouble::Noise(1 + rng.below(60) as u32),
                3 => Trouble::Noise(1 + rng.below(1_000) as u32),
                4 | 5 => Trouble::SlotCut,
                6 => Trouble::SlotCutOneWay,
                _ if self.clean_speech => Trouble::Noise(rng.below(100) as u32),
                _ => Trouble::SpanDown,
            };
            let lasts = Duration::from_millis(match rng.below(4) {
                0 => rng.below(300),
                1 => rng.below(3_000),
                _ => rng.below(30_000),
            });
            self.troubles.push(SpanTrouble { at, span, trouble });
            self.troubles.push(SpanTrouble { at: at + lasts, span, trouble: Trouble::Healed });
        }
        if !self.bits && rng.chance(1, 8) {
            self.add_outage(rng);
        }
    }

    /// All links are away for longer than the longest timers of ISUP are.
    fn add_outage(&mut self, rng: &mut Rng) {
        let at = self.moment(rng);
        let trouble = if rng.chance(1, 2) { Trouble::SlotCut } else { Trouble::SpanDown };
        for span in 0..self.shape.spans {
            self.troubles.push(SpanTrouble { at, span, trouble });
        }
        self.duration = at - Instant::ZERO + Duration::from_secs(30 + rng.below(600));
    }

    fn add_mishaps(&mut self, rng: &mut Rng) {
        if rng.chance(2, 3) {
            let weather = Weather {
                lost: rng.below(150) as u32,
                doubled: rng.below(100) as u32,
                late: rng.below(100) as u32,
            };
            let at = self.moment(rng);
            self.mishaps.push((at, Mishap::Weather(weather)));
            if rng.chance(1, 3) {
                let at = self.moment(rng);
                self.mishaps.push((at, Mishap::Weather(Weather::default())));
            }
        }
        if rng.chance(1, 6) {
            let begin = self.moment(rng);
            let lost = 1_000;
            self.mishaps.push((begin, Mishap::Weather(Weather { lost, ..Weather::default() })));
            let end = begin + Duration::from_millis(rng.below(20_000));
            self.mishaps.push((end, Mishap::Weather(Weather::default())));
        }
        if !self.clean_speech && rng.chance(1, 5) {
            let which = [Mishap::RestartExchange, Mishap::RestartGateway];
            let which = which.get(rng.below(2) as usize).copied();
            let at = self.moment(rng);
            self.mishaps.extend(which.map(|which| (at, which)));
        }
        if !self.bits && rng.chance(1, 3) {
            let count = 1 + rng.below(12) as u32;
            self.mishaps.push((self.moment(rng), Mishap::Garble(count)));
        }
        let no_offers = if self.clean_speech { 0 } else { rng.below(3) };
        for _ in 0..no_offers {
            self.mishaps.push((self.moment(rng), Mishap::NoOffer));
        }
        for _ in 0..rng.below(2) {
            let caller = rng.below(u64::from(self.shape.callers)) as u8;
            self.mishaps.push((self.moment(rng), Mishap::Crash(caller)));
        }
        for _ in 0..rng.below(12) {
            self.mishaps.push((self.moment(rng), Mishap::Junk));
        }
        for _ in 0..rng.below(3) {
            self.mishaps.push((self.moment(rng), Mishap::Break));
        }
        for _ in 0..rng.below(3) {
            self.mishaps.push((self.moment(rng), Mishap::PortTaken));
        }
    }
}

impl Shape {
    fn new(rng: &mut Rng, bits: bool) -> Self {
        let spans = 1 + rng.below(2) as u16;
        let links = if spans > 1 && rng.chance(1, 2) { 2 } else { 1 };
        let circuits = 6 + rng.below(if bits { 10 } else { 50 }) as usize;
        Self {
            spans,
            links,
            circuits,
            emergency_circuits: 1 + rng.below(4) as usize,
            contexts: (circuits as u32 + 10).max(16) - rng.below(8) as u32,
            queue: if rng.chance(1, 4) { 64 } else { 4_096 },
            callers: 1 + rng.below(4) as u8,
            session: SESSION,
            continuity: Continuity::Off,
            exchange_continuity: Continuity::Off,
            broken_loops: 0,
        }
    }
}

/// Calls from the exchange to SIP; the callers' numbers are none of the planned calls'.
fn origination(rng: &mut Rng, hold: Duration) -> Originate {
    Originate {
        called: format!("+33199008{:03}", rng.below(1_000)),
        caller: Some(format!("+3363998{:04}", 5_000 + rng.below(5_000))),
        count: 1,
        rate: 2.0 + rng.below(30) as f64,
        hold,
    }
}

/// A row of the exchange's table, or something that is refused before it.
fn ordinary(rng: &mut Rng) -> String {
    const ROWS: [u8; 17] = [0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    let row = ROWS.get(rng.below(ROWS.len() as u64) as usize).copied().unwrap_or_default();
    let last = rng.below(100);
    match rng.below(20) {
        0 => format!("sip:+33199008{:03}@127.0.0.1;user=phone", rng.below(1_000)),
        1 => "sip:nobody@127.0.0.1".to_owned(),
        2 => format!("sip:+336399800{last:02}@127.0.0.1"),
        3..8 => format!("sip:+3319900{row:02}{last:02}@127.0.0.1;user=phone"),
        8..12 => format!("tel:+3319900{row:02}{last:02}"),
        _ => format!("sip:019900{row:02}{last:02}@127.0.0.1"),
    }
}

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from.get(rng.below(from.len() as u64) as usize).copied().unwrap_or_default()
}
