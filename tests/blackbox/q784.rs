//! The conformance suite against the real binary: circuits over M3UA and TCP, SIP users over UDP,
//! and the cases of `crates/conformance` one after the other in one gateway. Those that wait for
//! long timers are left to simulated time (`crates/conformance/tests`).

#[path = "../../crates/conformance/tests/q784/phone.rs"]
mod phone;

use crate::support::gateway::Gateway;
use crate::support::isup_peer::IsupPeer;
use crate::support::judge::{self, FILE};
use base::Instant;
use conformance::{Act, Input, Network, Output, Profile, Report, Tester, Verdict};
use isup_codec::Cic;
use phone::Phone;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// So many cases have to apply.
const AT_LEAST: usize = 40;

/// The longest case: T7 at its least.
const LONGEST: Duration = Duration::from_secs(22);

fn profile() -> Profile {
    // The exchange has the higher point code and controls the even circuits.
    let mut profile = Profile::new(circuits(), false);
    for (need, why) in phone::LACKS {
        profile = profile.without(need, why);
    }
    profile.pace.tolerance = Duration::from_secs(1);
    profile.pace.soon = Duration::from_secs(3);
    profile.pace.quiet = Duration::from_millis(120);
    profile.pace.longest = Some(LONGEST);
    profile
        .with_timer(1, Duration::from_secs(15))
        .with_timer(7, Duration::from_secs(20))
        .with_timer(8, Duration::from_secs(10))
}

/// Eight circuits without a reserve, short timers, and a neighbour whose word is believed.
fn changed(table: &mut toml::Table) {
    let timers: toml::Table = "t7 = \"20s\"\nt8 = \"10s\"".parse().unwrap();
    let ss7 = table["ss7"].as_table_mut().unwrap();
    ss7.insert("timers".to_owned(), timers.into());
    let group = ss7["group"].as_array_mut().unwrap()[0].as_table_mut().unwrap();
    group.insert("cics".to_owned(), "1-8".into());
    group.remove("emergency_reserve");
    group.insert("loops".to_owned(), "elsewhere".into());
    let trunk = table["sip"]["trunk"].as_array_mut().unwrap()[0].as_table_mut().unwrap();
    trunk.insert("trusted".to_owned(), true.into());
    trunk.insert("session_expires".to_owned(), "off".into());
    trunk.insert("reliable_provisional".to_owned(), "off".into());
}

/// The SIP users, at their socket.
struct Users {
    phone: Phone,
    socket: UdpSocket,
    gateway: SocketAddr,
    _speech: UdpSocket,
}

impl Users {
    fn new(gateway: &Gateway) -> Self {
        let socket = UdpSocket::bind((gateway.address, 5070)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let speech = UdpSocket::bind((gateway.address, 0)).unwrap();
        let (own, there) = (socket.local_addr().unwrap(), speech.local_addr().unwrap());
        let (own, at, there) = (own.to_string(), gateway.sip().to_string(), there.to_string());
        let phone = Phone::new(&own, &at, &there, "639980001");
        Self { phone, socket, gateway: gateway.sip(), _speech: speech }
    }

    fn exchange(&mut self) {
        let mut buffer = [0; 8_192];
        while let Ok((length, _)) = self.socket.recv_from(&mut buffer) {
            self.phone.receive(str::from_utf8(&buffer[..length]).unwrap());
        }
        for text in self.phone.out.drain(..) {
            self.socket.send_to(text.as_bytes(), self.gateway).unwrap();
        }
    }
}

fn circuits() -> Vec<Cic> {
    (1..=8).map(Cic).collect()
}

fn act(gateway: &Gateway, peer: &IsupPeer, users: &mut Users, act: &Act) {
    let order = phone::order(act, &circuits());
    if let Some((operation, cics)) = &order {
        let cics = format!("{}-{}", cics.start(), cics.end());
        let mut command = vec!["circuits", operation, "exchange", &cics];
        if *operation == "block" {
            command.push("--force");
        }
        let (code, text) = gateway.tocsin(&command);
        assert_eq!(code, 0, "{text}");
    }
    match act {
        Act::Network(Network::Pause) => peer.duna(),
        Act::Network(Network::Resume) => peer.dava(),
        Act::Network(Network::Congested) => peer.scon(1),
        Act::Network(Network::UserPartUnavailable(cause)) => peer.dupu(u16::from(*cause)),
        other => {
            let done = users.phone.act(other) || order.is_some();
            assert!(done, "the profile says that {other} is not done");
        }
    }
    users.exchange();
}

fn play(gateway: &Gateway, peer: &IsupPeer) -> Vec<Report> {
    let picked = std::env::var("TOCSIN_CASE").unwrap_or_default();
    let cases = conformance::all().filter(|case| case.number.starts_with(&picked));
    let begin = std::time::Instant::now();
    let now = || Instant::ZERO + begin.elapsed();
    let mut users = Users::new(gateway);
    let mut tester = Tester::new(profile(), cases, now());
    let mut reports = Vec::new();
    while !tester.is_finished() {
        while let Some(arrival) = peer.take() {
            tester.handle_input(now(), Input::Message(&arrival.payload));
        }
        users.exchange();
        while let Some(heard) = users.phone.heard.pop_front() {
            tester.handle_input(now(), Input::Heard(heard));
        }
        tester.handle_timeout(now());
        while let Some(output) = tester.poll_output() {
            match output {
                Output::Send(payload) => {
                    let cic = u16::from_le_bytes([payload[0], payload[1]]);
                    peer.send_raw(cic, &payload[2..]);
                }
                Output::Act(what) => act(gateway, peer, &mut users, &what),
                Output::Report(report) => {
                    println!("{report}");
                    reports.push(*report);
                }
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    reports
}

#[test]
fn the_real_binary_passes_the_conformance_suite() {
    let (gateway, peer) = IsupPeer::start_with(&["--pcap", FILE], changed);
    peer.manner(|manner| manner.resets = false);
    let reports = play(&gateway, &peer);
    println!("{}", conformance::summary(&reports));
    let of = |wanted: fn(&Verdict) -> bool| reports.iter().filter(|r| wanted(&r.verdict)).count();
    assert_eq!(of(|verdict| matches!(verdict, Verdict::Fails(_))), 0, "{}", gateway.log());
    if std::env::var_os("TOCSIN_CASE").is_none() {
        assert!(of(|verdict| *verdict == Verdict::Passes) >= AT_LEAST);
    }
    judge::stop_and_judge(gateway);
}
