//! Gateway and exchange that are no neighbours, with two signalling transfer points between them.

use crate::support::exchange::ExchangeProcess;
use crate::support::gateway::Gateway;
use crate::support::judge::{self, FILE};
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use crate::support::ua::Ua;
use std::net::SocketAddr;

/// Puts what is said in the place of the association of M3UA.
fn instead(configuration: &str, what: &str) -> String {
    let (before, rest) = configuration.split_once("[[ss7.association]]\n").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    format!("{before}{what}\n{after}")
}

/// A transfer point: its point code, and the ports at which the gateway and the exchange find it.
type TransferPoint = (u32, u16, u16);
const POINTS: [TransferPoint; 2] = [(11, 3571, 3581), (12, 3572, 3582)];

fn link(adjacent: u32, way: &str) -> String {
    format!("[[ss7.m2pa]]\nname = \"to-{adjacent}\"\nadjacent = {adjacent}\nslc = 0\n{way}\n")
}

/// Links to both transfer points, and over them routes, the second one to fall back on.
fn over_both(
    address: impl std::fmt::Display,
    destination: u32,
    port: fn(TransferPoint) -> u16,
) -> String {
    let one = |(priority, point): (usize, TransferPoint)| {
        let way = format!("connect = \"{address}:{}\"", port(point));
        format!(
            "{}[[ss7.route]]\ndestination = {destination}\nadjacent = {}\npriority = {priority}\n",
            link(point.0, &way),
            point.0
        )
    };
    let routes: String = POINTS.into_iter().enumerate().map(one).collect();
    routes + "[ss7.mtp]\npriorities = true\n"
}

fn transfer_point(gateway: &Gateway, point: TransferPoint, admin: u16) -> ExchangeProcess {
    let (code, to_gateway, to_exchange) = point;
    let address = gateway.address;
    let awaited = |adjacent, port| {
        let way = format!("listen = \"{address}:{port}\"\nsources = [\"127.0.0.0/8\"]");
        link(adjacent, &way)
    };
    ExchangeProcess::start_named(gateway, &format!("stp-{code}"), |_| {
        format!(
            "[ss7]\npoint_code = {code}\nnetwork_indicator = 2\ngroup = []\n{}{}\
             [ss7.mtp]\ntransfer = true\npriorities = true\n[admin]\nlisten = \"{address}:{admin}\"\n",
            awaited(1, to_gateway),
            awaited(2, to_exchange)
        )
    })
}

fn sent_over(gateway: &Gateway, link: u32) -> f64 {
    let link = format!("link=\"{link}\"");
    gateway.metric("tocsin_link_events_total", &[&link, "event=\"sent\""])
}

fn calls(gateway: &Gateway, calls: u32) {
    let scenario = Scenario::caller().progress(180).answered().pause(200).hang_up().finish();
    let load = Load { calls, rate: 50, limit: 100, seconds_max: 60, transport: "u1" };
    sipp::caller(gateway, "load", &scenario, "0199000001", load).expect_success(gateway);
}

/// Q.704 §5.6.2, §8: a transfer point dies; calls that talk go on, new ones find the other one,
/// and nobody is told that the exchange could not be reached.
#[test]
fn calls_outlive_the_transfer_point_that_they_were_signalled_over() {
    let gateway = Gateway::spawn_capacity_with(&["--pcap", FILE], |configuration| {
        let address = configuration.split_once("connect = \"").unwrap().1;
        let address: SocketAddr = address.split_once('"').unwrap().0.parse().unwrap();
        instead(&configuration, &over_both(address.ip(), 2, |point| point.1))
    });
    let mut first = transfer_point(&gateway, POINTS[0], 8091);
    let _second = transfer_point(&gateway, POINTS[1], 8092);
    let exchange = ExchangeProcess::start_with(&gateway, |configuration| {
        instead(&configuration, &over_both(gateway.address, 1, |point| point.2))
    });
    gateway.wait_until_ready();
    exchange.wait_until_ready(&gateway);
    let up = |link: u32| gateway.metric("tocsin_link_up", &[&format!("link=\"{link}\"")]) == 1.0;
    gateway.until("over both links", || up(0) && up(1));
    // Nothing waits for a T6 any more.
    gateway.wait_until_idle();
    calls(&gateway, 50);
    let shows = |routes: &str| gateway.tocsin(&["links"]).1.contains(routes);
    assert!(shows("11 (in use), 12"));
    assert!(sent_over(&gateway, 0) > 100.0);
    let mut talking = Ua::new(&gateway);
    talking.invite("112", Some(&talking.sdp()));
    talking.expect(200);
    talking.acknowledge(None);

    first.terminate();
    gateway.until("aware of the loss", || !up(0));
    calls(&gateway, 50);
    assert!(shows("11, 12 (in use)"));
    let before = sent_over(&gateway, 1);
    talking.hang_up();
    gateway.wait_until_idle();
    assert!(sent_over(&gateway, 1) > before && before > 100.0);
    assert_eq!(gateway.get("/readyz").unwrap().0, 200);

    let _first = transfer_point(&gateway, POINTS[0], 8091);
    gateway.until("over both links again", || up(0));
    // Traffic moves back meanwhile (T6).
    calls(&gateway, 75);
    let before = sent_over(&gateway, 0);
    calls(&gateway, 50);
    // An IAM and a REL for each.
    assert!(sent_over(&gateway, 0) >= before + 90.0);
    judge::stop_and_judge(gateway);
}
