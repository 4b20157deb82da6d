//! Gateway and exchange as two processes, joined by signalling links over M2PA (RFC 4165).

use crate::support::exchange::ExchangeProcess;
use crate::support::gateway::Gateway;
use crate::support::judge::{self, FILE};
use crate::support::quick;
use crate::support::relay::Relay;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use crate::support::ua::Ua;
use std::net::{IpAddr, SocketAddr};

/// Puts links in the place of the association of M3UA.
fn instead(configuration: &str, links: &str) -> String {
    let (before, rest) = configuration.split_once("[[ss7.association]]\n").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    format!("{before}{links}\n{after}")
}

/// A link, opened to a port by the gateway, or awaited there by the exchange.
fn link(number: u16, adjacent: u8, way: &str, more: &str) -> String {
    format!(
        "[[ss7.m2pa]]\nname = \"link-{number}\"\nadjacent = {adjacent}\nslc = {number}\n{way}\n\
         {more}\n"
    )
}

fn opened(gateway: IpAddr, number: u16, port: u16, more: &str) -> String {
    link(number, 2, &format!("connect = \"{gateway}:{port}\""), more)
}

fn awaited(gateway: IpAddr, number: u16, port: u16, more: &str) -> String {
    let way = format!("listen = \"{gateway}:{port}\"\nsources = [\"127.0.0.0/8\"]");
    link(number, 1, &way, more)
}

/// Both over as many links as there are ports: of the gateway, and of the exchange.
fn both(
    arguments: &[&str],
    ports: &[(u16, u16)],
    more: (&str, &str),
) -> (Gateway, ExchangeProcess) {
    let numbered = || (0_u16..).zip(ports);
    let gateway = Gateway::spawn_capacity_with(arguments, |configuration| {
        let address = address_in(&configuration);
        let links = numbered().map(|(n, (port, _))| opened(address, n, *port, more.0));
        instead(&configuration, &links.collect::<String>())
    });
    let exchange = ExchangeProcess::start_with(&gateway, |configuration| {
        let address = gateway.address.into();
        let links = numbered().map(|(n, (_, port))| awaited(address, n, *port, more.1));
        instead(&configuration, &links.collect::<String>())
    });
    (gateway, exchange)
}

/// The address that a gateway's configuration was written for.
fn address_in(configuration: &str) -> IpAddr {
    let (_, rest) = configuration.split_once("connect = \"").unwrap();
    let (address, _) = rest.split_once('"').unwrap();
    address.parse::<SocketAddr>().unwrap().ip()
}

fn ready(gateway: &Gateway, exchange: &ExchangeProcess) {
    gateway.wait_until_ready();
    exchange.wait_until_ready(gateway);
}

fn calls(gateway: &Gateway, calls: u32) {
    let scenario = Scenario::caller().progress(180).answered().pause(200).hang_up().finish();
    let load = Load { calls, rate: 50, limit: 100, seconds_max: 60, transport: "u1" };
    sipp::caller(gateway, "load", &scenario, "0199000001", load).expect_success(gateway);
    gateway.wait_until_idle();
}

fn calls_both_ways(more: (&str, &str)) {
    let (gateway, mut exchange) = both(&["--pcap", FILE], &[(3565, 3565)], more);
    ready(&gateway, &exchange);
    calls(&gateway, if quick() { 50 } else { 250 });

    let scenario =
        Scenario::callee().respond("180 Ringing").pause(50).respond("200 OK").ended_by_gateway();
    let load = Load { calls: 20, rate: 40, limit: 100, seconds_max: 60, transport: "u1" };
    let callee = sipp::callee(&gateway, "callee", &scenario.finish(), load);
    let call = ["originate", "+33199008001", "--count", "20", "--rate", "40", "--hold", "0.5"];
    let (code, text) = gateway.tocsin(&call);
    assert_eq!(code, 0, "{text}\n{}", gateway.log());
    callee.expect_success(&gateway);
    gateway.wait_until_idle();
    let (code, links) = gateway.tocsin(&["links"]);
    assert!(code == 0 && links.contains("in service"), "{links}");
    assert_eq!(exchange.terminate(), Some(0), "{}", exchange.log());
    judge::stop_and_judge(gateway);
}

#[test]
fn calls_both_ways_over_a_link_on_tcp() {
    calls_both_ways(("", ""));
}

#[test]
fn calls_both_ways_over_a_link_on_sctp_over_udp() {
    let near = "transport = \"sctp-udp\"\nudp_port = 9898\npeer_udp_port = 9899";
    let far = "transport = \"sctp-udp\"\nudp_port = 9899\npeer_udp_port = 9898";
    calls_both_ways((near, far));
}

/// RFC 4165 §4.1.7: with the association goes the link; a call in talk state outlives both.
#[test]
fn a_link_that_is_lost_comes_back_and_calls_live_on() {
    let (mut gateway, exchange) = both(&[], &[(3566, 3565)], ("", ""));
    let relay = Relay::start(here(&gateway, 3566), here(&gateway, 3565));
    ready(&gateway, &exchange);
    let mut talking = Ua::new(&gateway);
    talking.invite("0199000001", Some(&talking.sdp()));
    talking.expect(200);
    talking.acknowledge(None);

    relay.cut();
    let is_ready = || gateway.get("/readyz").is_some_and(|(status, _)| status == 200);
    gateway.until("aware of the loss", || !is_ready());
    let mut refused = Ua::new(&gateway);
    refused.invite("0199000001", Some(&refused.sdp()));
    refused.expect(503);
    refused.acknowledge_failure();

    relay.mend();
    ready(&gateway, &exchange);
    let mut caller = Ua::new(&gateway);
    caller.invite("0199000001", Some(&caller.sdp()));
    caller.expect(200);
    caller.acknowledge(None);
    for mut call in [talking, caller] {
        call.hang_up();
    }
    gateway.wait_until_idle();
    gateway.signal("TERM");
    assert_eq!(gateway.wait().0, 0, "{}", gateway.log());
}

fn here(gateway: &Gateway, port: u16) -> SocketAddr {
    SocketAddr::new(gateway.address.into(), port)
}

/// RFC 4165 §4.2.3: one link of two dies under load, and again, and no call notices.
#[test]
fn a_changeover_between_two_links_loses_no_call() {
    let ports = [(3565, 3565), (3567, 3566)];
    let (gateway, exchange) = both(&[], &ports, ("", ""));
    let relay = Relay::start(here(&gateway, 3567), here(&gateway, 3566));
    ready(&gateway, &exchange);
    let up = |number: u16| {
        let link = format!("link=\"{number}\"");
        gateway.metric("tocsin_link_up", &[&link]) == 1.0
    };
    gateway.until("over both links", || up(0) && up(1));
    let scenario = Scenario::caller().progress(180).answered().pause(200).hang_up().finish();
    let load = Load { calls: 300, rate: 30, limit: 100, seconds_max: 60, transport: "u1" };
    let caller = sipp::caller(&gateway, "load", &scenario, "0199000001", load);
    let carried = |link: &str| {
        let of = [link, "event=\"sent\""];
        gateway.metric("tocsin_link_events_total", &of)
    };
    gateway.until("sending on the second link", || carried("link=\"1\"") > 40.0);
    relay.cut();
    gateway.until("aware of the loss", || !up(1));
    relay.mend();
    caller.expect_success(&gateway);
    gateway.wait_until_idle();
    let answered = gateway.metric("tocsin_calls_answered_total", &["class=\"ordinary\""]);
    assert_eq!(answered, 300.0);
    gateway.until("over both links again", || up(0) && up(1));
}

/// Q.704 §10: a link of two is kept from traffic under load and given back, and no call notices;
/// the last one is not.
#[test]
fn a_link_that_is_inhibited_carries_nothing_and_no_call_notices() {
    let (gateway, exchange) = both(&["--pcap", FILE], &[(3565, 3565), (3566, 3566)], ("", ""));
    ready(&gateway, &exchange);
    let state = |what: &str| gateway.tocsin(&["links"]).1.contains(what);
    let up = |link: &str| gateway.metric("tocsin_link_up", &[link]) == 1.0;
    gateway.until("over both links", || up("link=\"0\"") && up("link=\"1\""));
    let scenario = Scenario::caller().progress(180).answered().pause(200).hang_up().finish();
    let load = Load { calls: 240, rate: 30, limit: 100, seconds_max: 60, transport: "u1" };
    let caller = sipp::caller(&gateway, "load", &scenario, "0199000001", load);
    let sent = |link: &str| gateway.metric("tocsin_link_events_total", &[link, "event=\"sent\""]);
    gateway.until("sending on the second link", || sent("link=\"1\"") > 20.0);
    let (code, text) = gateway.tocsin(&["links", "inhibit", "1"]);
    assert_eq!(code, 0, "{text}");
    gateway.until("keeping it from traffic", || state("inhibited"));
    let (code, text) = gateway.tocsin(&["links", "inhibit", "0"]);
    assert_eq!(code, 1, "{text}");
    let before = sent("link=\"0\"");
    gateway.until("sending on the first link", || sent("link=\"0\"") > before + 60.0);
    let (code, text) = gateway.tocsin(&["links", "uninhibit", "1"]);
    assert_eq!(code, 0, "{text}");
    gateway.until("giving it back", || !state("inhibited"));
    caller.expect_success(&gateway);
    gateway.wait_until_idle();
    let answered = gateway.metric("tocsin_calls_answered_total", &["class=\"ordinary\""]);
    assert_eq!(answered, 240.0);
    judge::stop_and_judge(gateway);
}
