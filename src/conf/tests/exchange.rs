use super::super::{Describes, describes, load_exchange};
use super::*;

fn capacity(name: &str) -> String {
    fs::read_to_string(repository().join("conf").join(name)).unwrap()
}

fn refused(text: &str) -> ConfError {
    let folder = Folder::new();
    let path = folder.0.join("exchange.toml");
    fs::write(&path, text).unwrap();
    load_exchange(&path).map(|_| ()).unwrap_err()
}

#[test]
fn the_two_files_of_capacity_belong_together() {
    let [near, far] = ["capacity.toml", "capacity-exchange.toml"];
    let [near, far] = [near, far].map(|name| repository().join("conf").join(name));
    assert_eq!((describes(&near), describes(&far)), (Describes::Gateway, Describes::Exchange));
    let (gateway, exchange) = (load(&near).unwrap(), load_exchange(&far).unwrap());
    let circuits = |group: &isup::GroupConfig| group.cics.clone();
    let ours = circuits(&gateway.gateway.isup.groups[0]);
    assert_eq!(ours.len(), 4_000);
    assert_eq!(ours, circuits(&exchange.exchange.isup.groups[0]));
    assert_eq!(gateway.exchange_admin, Some(exchange.admin));
    assert!(gateway.exchange.is_none());
    let there = match &exchange.associations[0].way {
        AssociationWay::Listen { address, .. } => *address,
        AssociationWay::Connect { .. } => panic!("the gateway connects"),
    };
    let here = match &gateway.associations[0].way {
        AssociationWay::Connect { remote, .. } => *remote,
        AssociationWay::Listen { .. } => panic!("the gateway connects"),
    };
    assert_eq!((there, there.to_string()), (here, "127.0.0.1:2905".to_owned()));
}

#[test]
fn an_exchange_of_its_own_has_associations_only() {
    let good = capacity("capacity-exchange.toml");
    for (from, to, key) in [
        ("network_indicator = 2", "network_indicator = 2\nspans = 1", "ss7.spans"),
        ("network_indicator = 2", "network_indicator = 2\nstate = \"x\"", "ss7.state"),
        ("[[ss7.association]]", "[[ss7.association]]\nrole = \"x\"", "ss7.association[0].role"),
        ("peer = 1", "peer = 3", "ss7.group[0].peer"),
        ("[admin]", "[exchange]\noverlap = 16\n[admin]", "exchange.overlap"),
        ("127.0.0.1:8081", "here", "admin.listen"),
    ] {
        assert_eq!(good.matches(from).count(), 1, "{from}");
        let error = refused(&good.replace(from, to));
        assert_eq!(error.key, key, "{error}");
        assert!(error.line > 0 && !error.remedy.is_empty(), "{error}");
    }
}

#[test]
fn an_exchange_is_embedded_or_elsewhere() {
    let good = capacity("capacity.toml");
    let admin = "admin = \"127.0.0.1:8081\"";
    for (from, to, key) in [
        (admin.to_owned(), "admin = \"there\"".to_owned(), "exchange.admin"),
        (admin.to_owned(), String::new(), "exchange.point_code"),
        (admin.to_owned(), format!("{admin}\noverlap = 3"), "exchange.overlap"),
        (
            format!("point_code = 2\n{admin}"),
            format!("point_code = 3\n{admin}"),
            "exchange.point_code",
        ),
        ("point_code = 1".to_owned(), "point_code = 1\nspans = 1".to_owned(), "exchange.admin"),
    ] {
        assert_eq!(good.matches(&from).count(), 1, "{from}");
        let error = Folder::new().load(&good.replace(&from, &to)).map(|_| ()).unwrap_err();
        assert_eq!(error.key, key, "{error}");
    }
}
