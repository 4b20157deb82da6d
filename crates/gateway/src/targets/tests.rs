use super::*;
use sip::{Record, RecordKind};

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn remote(last: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, last], 5060))
}

fn trunk(targets: &[&str], ping: Option<u64>) -> SipTrunk {
    SipTrunk {
        name: "t".to_owned(),
        sources: Vec::new(),
        tls_names: Vec::new(),
        tls_required: false,
        keep_alive: None,
        targets: targets.iter().map(|target| Target::parse(target).unwrap()).collect(),
        options_ping: ping.map(Duration::from_secs),
        trusted: false,
        session_expires: None,
        reliability: sip::Reliability::Off,
        redirects: 0,
        listeners: Vec::new(),
    }
}

/// The targets of one trunk, and the time.
struct Bench {
    targets: Targets,
    now: Instant,
    /// What is asked, in the order of the questions.
    asked: Vec<Question>,
    pinged: Vec<(u64, SocketAddr)>,
    given_up: usize,
}

impl Bench {
    fn new(trunk: SipTrunk) -> Self {
        let locals = [(Transport::Udp, address("127.0.0.1:5060"))];
        let now = Instant::ZERO;
        let targets = Targets::new(TargetConfig::default(), &[trunk], &locals, now);
        let (asked, pinged) = (Vec::new(), Vec::new());
        let mut bench = Self { targets, now, asked, pinged, given_up: 0 };
        bench.drain();
        bench
    }

    fn drain(&mut self) {
        while let Some(wish) = self.targets.poll_wish() {
            match wish {
                Wish::Ask(question) => self.asked.push(question),
                Wish::Ping(way) => self.pinged.push((self.now.as_millis(), way.remote)),
                Wish::GiveUp(_) => self.given_up += 1,
            }
        }
    }

    fn pass_ms(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(deadline) = self.targets.next_deadline()
            && deadline <= end
        {
            self.now = self.now.max(deadline);
            self.targets.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// Answers everything that is asked: the addresses of any name, or nothing.
    fn answer(&mut self, ttl: u64, addresses: &[u8]) {
        while !self.asked.is_empty() {
            let question = self.asked.remove(0);
            let answer = if question.kind == RecordKind::A && !addresses.is_empty() {
                let records = addresses.iter().map(|last| Record::Address(remote(*last).ip()));
                Answer::Records { records: records.collect(), ttl: Duration::from_secs(ttl) }
            } else {
                Answer::Nothing { ttl: None }
            };
            self.targets.resolved(self.now, &question, &answer);
            self.drain();
        }
    }

    fn fail(&mut self) {
        while !self.asked.is_empty() {
            let question = self.asked.remove(0);
            self.targets.resolved(self.now, &question, &Answer::Failed);
            self.drain();
        }
    }

    fn chosen(&mut self, emergency: bool) -> Vec<u8> {
        let chosen = self.targets.choose(self.now, 0, emergency);
        chosen
            .iter()
            .map(|choice| {
                choice.remote.to_string()[8..].split(':').next().unwrap().parse().unwrap()
            })
            .collect()
    }

    fn verdict(&mut self, last: u8, verdict: Verdict) {
        let way = way(last);
        self.targets.answered(self.now, way, verdict);
        self.drain();
    }

    fn states(&self) -> Vec<&'static str> {
        let view = self.targets.view(self.now);
        view[0].targets.iter().flat_map(|target| target.ways.iter().map(|way| way.state)).collect()
    }

    fn state(&self) -> &'static str {
        self.targets.view(self.now)[0].targets[0].state
    }
}

fn way(last: u8) -> Way {
    Way { trunk: 0, transport: Transport::Udp, remote: remote(last) }
}

const NAME: &str = "sip:pbx.example.net:5060";

#[test]
fn addresses_are_known_at_once_and_tried_in_their_order() {
    let mut bench = Bench::new(trunk(&["sip:192.0.2.2", "sip:192.0.2.1", "sip:192.0.2.2"], None));
    assert!(bench.asked.is_empty() && bench.targets.is_settled(bench.now));
    assert_eq!(bench.chosen(false), [2, 1], "each once");
    assert_eq!(bench.targets.next_deadline(), None);
    assert_eq!(bench.targets.choose(bench.now, 7, true), []);
}

#[test]
fn a_name_is_asked_for_at_the_start_and_when_it_expires() {
    let mut bench = Bench::new(trunk(&[NAME], None));
    assert!(!bench.targets.is_settled(bench.now));
    assert_eq!((bench.chosen(true).len(), bench.state()), (0, "asked"));
    bench.answer(60, &[1, 2]);
    assert!(bench.targets.is_settled(bench.now));
    assert_eq!((bench.chosen(false), bench.state()), (vec![1, 2], "known"));
    let host = &bench.targets.choose(bench.now, 0, false)[0].host;
    assert_eq!(host, "pbx.example.net:5060");
    bench.pass_ms(59_999);
    assert!(bench.asked.is_empty());
    bench.pass_ms(1);
    assert_eq!(bench.asked.len(), 1);
    assert_eq!(bench.chosen(false), [1, 2], "until the answer is here");
    bench.answer(60, &[3]);
    assert_eq!(bench.chosen(false), [3]);
}

#[test]
fn the_time_to_live_is_bounded_below_and_above() {
    for (ttl, expected) in [(0, 5), (1, 5), (60, 60), (604_800, 3_600)] {
        let mut bench = Bench::new(trunk(&[NAME], None));
        bench.answer(ttl, &[1]);
        let deadline = bench.targets.next_deadline().unwrap();
        assert_eq!(deadline.saturating_since(bench.now), Duration::from_secs(expected));
    }
}

#[test]
fn what_was_known_stays_known_when_the_domain_name_system_fails() {
    let mut bench = Bench::new(trunk(&[NAME], None));
    bench.answer(10, &[1]);
    let mut at = Vec::new();
    for _ in 0..9 {
        while bench.asked.is_empty() {
            bench.pass_ms(500);
        }
        at.push(bench.now.as_millis() / 1_000);
        bench.fail();
        assert_eq!((bench.chosen(false), bench.state()), (vec![1], "last-known"));
    }
    // Ever more slowly, within a minute.
    assert_eq!(at, [10, 11, 13, 17, 25, 41, 73, 133, 193]);
    assert_eq!(bench.targets.counters().failed, 9);
    // No such name: it may be a slip of whoever keeps the zone.
    bench.pass_ms(60_000);
    bench.answer(10, &[]);
    assert_eq!(bench.chosen(false), [1]);
    bench.pass_ms(60_000);
    bench.answer(10, &[2]);
    assert_eq!((bench.chosen(false), bench.state()), (vec![2], "known"));
}

#[test]
fn a_name_that_is_not_there_at_the_start_is_asked_for_until_it_is() {
    let mut bench = Bench::new(trunk(&[NAME], None));
    bench.answer(60, &[]);
    assert!(bench.targets.is_settled(bench.now));
    assert_eq!((bench.chosen(true).len(), bench.state()), (0, "unknown"));
    bench.pass_ms(1_000);
    bench.answer(60, &[1]);
    assert_eq!(bench.chosen(true), [1]);
}

#[test]
fn readiness_waits_for_names_but_not_for_long() {
    let mut bench = Bench::new(trunk(&[NAME], None));
    bench.pass_ms(4_999);
    assert!(!bench.targets.is_settled(bench.now));
    bench.pass_ms(1);
    assert!(bench.targets.is_settled(bench.now));
}

#[test]
fn a_driver_that_never_answers_stops_nothing() {
    let mut bench = Bench::new(trunk(&[NAME], None));
    bench.asked.clear();
    bench.pass_ms(61_000);
    assert_eq!(bench.state(), "unknown");
    bench.answer(60, &[1]);
    assert_eq!(bench.chosen(true), [1]);
}

/// RFC 2782: "a Target of "." means that the service is decidedly not available at this domain".
#[test]
fn a_domain_that_withdraws_its_service_is_believed() {
    let mut bench = Bench::new(trunk(&["sip:example.net;transport=udp"], None));
    let srv = |target: &str| Answer::Records {
        records: vec![Record::Srv {
            priority: 0,
            weight: 0,
            port: 5060,
            target: target.to_owned(),
        }],
        ttl: Duration::from_secs(5),
    };
    let question = bench.asked.remove(0);
    assert_eq!(question.kind, RecordKind::Srv);
    bench.targets.resolved(bench.now, &question, &srv("a.example.net"));
    bench.drain();
    bench.answer(5, &[1]);
    assert_eq!(bench.chosen(true), [1]);
    bench.pass_ms(5_000);
    bench.asked.clear();
    bench.targets.resolved(bench.now, &question, &srv(""));
    assert_eq!(bench.chosen(true), [0; 0]);
}

/// RFC 3263 §7.
#[test]
fn a_domain_that_no_longer_offers_tls_is_counted() {
    let locals =
        [Transport::Udp, Transport::Tls].map(|transport| (transport, address("127.0.0.1:5060")));
    let trunk = trunk(&["sip:example.net"], None);
    let now = Instant::ZERO;
    let mut targets = Targets::new(TargetConfig::default(), &[trunk], &locals, now);
    let mut now = now;
    for (service, downgrades) in [("SIPS+D2T", 0), ("SIP+D2U", 1)] {
        while let Some(Wish::Ask(question)) = targets.poll_wish() {
            let record = match question.kind {
                RecordKind::Naptr => Record::Naptr(sip::Naptr {
                    flags: "s".to_owned(),
                    services: service.to_owned(),
                    replacement: "_x.example.net".to_owned(),
                    ..sip::Naptr::default()
                }),
                RecordKind::Srv => Record::Srv {
                    priority: 0,
                    weight: 0,
                    port: 5061,
                    target: "a.example.net".to_owned(),
                },
                RecordKind::A | RecordKind::Aaaa => Record::Address(remote(1).ip()),
            };
            let answer = Answer::Records { records: vec![record], ttl: Duration::from_secs(5) };
            targets.resolved(now, &question, &answer);
        }
        assert_eq!(targets.counters().downgrades, downgrades);
        now += Duration::from_secs(5);
        targets.handle_timeout(now);
    }
}

#[test]
fn peers_that_answer_no_options_come_last_and_are_asked_more_often() {
    let mut bench = Bench::new(trunk(&["sip:192.0.2.1", "sip:192.0.2.2"], Some(40)));
    bench.pass_ms(500);
    assert_eq!(bench.pinged.len(), 2);
    bench.verdict(2, Verdict::Alive);
    // The first keeps silent: OPTIONS is given up after 4 s, and one more time 10 s later.
    bench.pass_ms(4_500);
    assert_eq!((bench.given_up, bench.states()), (1, vec!["unwatched", "up"]));
    assert_eq!(bench.chosen(false), [1, 2], "once is not enough");
    bench.pass_ms(15_000);
    assert_eq!((bench.given_up, bench.states()), (2, vec!["down", "up"]));
    assert_eq!(bench.chosen(false), [2], "an ordinary call leaves it out");
    assert_eq!(bench.chosen(true), [2, 1], "an emergency call tries it last");
    bench.pass_ms(12_000);
    assert_eq!(bench.pinged.iter().filter(|(_, to)| *to == remote(1)).count(), 3);
    bench.verdict(1, Verdict::Alive);
    assert_eq!((bench.chosen(false), bench.states()), (vec![1, 2], vec!["up", "up"]));
    bench.pinged.clear();
    bench.pass_ms(39_000);
    assert!(bench.pinged.iter().all(|(_, to)| *to == remote(2)));
}

#[test]
fn when_all_are_down_all_are_tried() {
    let mut bench = Bench::new(trunk(&["sip:192.0.2.1", "sip:192.0.2.2"], Some(10)));
    bench.pass_ms(60_000);
    assert_eq!(bench.states(), ["down", "down"]);
    assert_eq!((bench.chosen(false), bench.chosen(true)), (vec![1, 2], vec![1, 2]));
}

#[test]
fn answers_that_say_that_nobody_is_there() {
    for (status, alive) in [(200, true), (404, true), (405, true), (408, false), (503, false)] {
        let verdict = if alive { Verdict::Alive } else { Verdict::Dead };
        assert_eq!(Verdict::of_status(status), verdict, "{status}");
    }
}

#[test]
fn a_way_on_which_a_call_failed_comes_after_the_others_for_a_while() {
    let mut bench = Bench::new(trunk(&["sip:192.0.2.1", "sip:192.0.2.2"], None));
    bench.targets.hop_failed(bench.now, way(1));
    assert_eq!(bench.chosen(false), [2, 1]);
    assert_eq!(bench.states(), ["suspect", "unwatched"]);
    bench.pass_ms(30_000);
    assert_eq!(bench.chosen(false), [1, 2]);
    let mut bench = Bench::new(trunk(&["sip:192.0.2.1"], Some(600)));
    bench.pass_ms(600);
    bench.verdict(1, Verdict::Alive);
    bench.targets.hop_failed(bench.now, way(1));
    bench.pass_ms(1);
    assert_eq!(bench.pinged.len(), 2, "it is asked at once");
}

#[test]
fn our_own_want_of_a_place_says_nothing_about_a_peer() {
    let mut bench = Bench::new(trunk(&["sip:192.0.2.1"], Some(10)));
    for _ in 0..10 {
        let sent = bench.pinged.len();
        while bench.pinged.len() == sent {
            bench.pass_ms(100);
        }
        bench.verdict(1, Verdict::None);
    }
    assert_eq!(bench.states(), ["unwatched"]);
}

#[test]
fn an_address_that_is_gone_is_no_longer_asked() {
    let mut bench = Bench::new(trunk(&[NAME], Some(10)));
    bench.answer(5, &[1, 2]);
    bench.pass_ms(600);
    assert_eq!(bench.pinged.len(), 2);
    bench.pass_ms(4_400);
    bench.answer(3_600, &[2]);
    bench.pinged.clear();
    bench.pass_ms(60_000);
    assert!(!bench.pinged.is_empty() && bench.pinged.iter().all(|(_, to)| *to == remote(2)));
    bench.verdict(1, Verdict::Alive);
    assert_eq!(bench.states(), ["down"]);
}

#[test]
fn names_are_told_when_they_lead_elsewhere() {
    let mut bench = Bench::new(trunk(&[NAME, "sip:192.0.2.9"], None));
    assert_eq!(bench.targets.take_names(), Some(Names::new()));
    bench.answer(5, &[1]);
    let names = bench.targets.take_names().unwrap();
    assert!(names["pbx.example.net"].contains(&(Transport::Udp, remote(1))));
    assert_eq!(names.len(), 1);
    assert_eq!(bench.targets.take_names(), None);
    bench.pass_ms(5_000);
    bench.answer(5, &[1]);
    assert_eq!(bench.targets.take_names(), None, "nothing has changed");
    assert_eq!(bench.targets.server_names(remote(1), None), ["pbx.example.net"]);
    assert_eq!(bench.targets.server_names(remote(9), None), ["192.0.2.9"]);
    assert!(bench.targets.server_names(remote(8), None).is_empty());
}

/// RFC 3261 §11.1: whatever answers is there. What says 408 speaks for somebody who is not, and what
/// says 503 takes nothing (§21.5.4).
#[test]
fn whatever_answers_a_ping_is_alive() {
    for status in [200, 302, 401, 403, 404, 405, 407, 415, 420, 480, 481, 483, 488, 500, 501, 603] {
        assert_eq!(Verdict::of_status(status), Verdict::Alive, "{status}");
    }
    for status in [408, 503] {
        assert_eq!(Verdict::of_status(status), Verdict::Dead, "{status}");
    }
}
