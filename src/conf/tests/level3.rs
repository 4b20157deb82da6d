use super::*;
use mtp::{PointCode, RouteConfig};

const LINKS: &str = "[[ss7.m2pa]]\nname = \"one\"\nadjacent = 11\nslc = 0\n\
                     connect = \"127.0.0.1:3565\"\n[[ss7.m2pa]]\nname = \"two\"\nadjacent = 12\n\
                     slc = 0\nconnect = \"127.0.0.1:3566\"\n";

/// The gateway for load tests behind two transfer points.
fn with(routes: &str) -> Result<Settings, ConfError> {
    let text = fs::read_to_string(repository().join("conf/capacity.toml")).unwrap();
    let (before, rest) = text.split_once("[[ss7.association]]\n").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    Folder::new().load(&format!("{before}{LINKS}{routes}\n{after}"))
}

fn route(destination: u32, adjacent: u32, more: &str) -> String {
    format!("[[ss7.route]]\ndestination = {destination}\nadjacent = {adjacent}\n{more}\n")
}

#[test]
fn routes_and_what_is_done_with_messages_for_others() {
    let routes = route(2, 11, "") + &route(2, 12, "priority = 3") + "[ss7.mtp]\ntransfer = true\n";
    let mtp = with(&routes).unwrap().gateway.mtp;
    let expected = [(11, 0), (12, 3)].map(|(adjacent, priority)| RouteConfig {
        dpc: PointCode(2),
        adjacent: PointCode(adjacent),
        priority,
    });
    assert_eq!(mtp.routes, expected);
    assert_eq!((mtp.transfer, mtp.priorities), (true, false));
    let mtp = with(&(routes + "priorities = true\n")).unwrap().gateway.mtp;
    assert!(mtp.priorities);
}

#[test]
fn routes_that_cannot_be_are_refused() {
    let first = route(2, 11, "");
    for (routes, key) in [
        (route(1, 11, ""), "ss7.route[0].destination"),
        (route(16_384, 11, ""), "ss7.route[0].destination"),
        (route(2, 13, ""), "ss7.route[0].adjacent"),
        (route(11, 11, ""), "ss7.route[0].adjacent"),
        (first.clone() + &first, "ss7.route[1].adjacent"),
        (route(2, 11, "priority = 16"), "ss7.route[0].priority"),
        // The exchange is reached over no neighbour.
        (String::new(), "exchange.point_code"),
    ] {
        let error = with(&routes).map(|_| ()).unwrap_err();
        assert_eq!(error.key, key, "{error}");
        assert!(error.line > 0 && !error.remedy.is_empty(), "{error}");
    }
}
