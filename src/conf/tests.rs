use super::*;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

mod associations;
mod exchange;
mod groups;
mod level3;
mod m2pa;
mod peers;
mod timers;
mod tls;
mod variants;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn demo() -> String {
    fs::read_to_string(repository().join("conf/demo.toml")).unwrap()
}

/// A folder of its own for each test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tocsin-conf-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let plan = "emergency-plan.csv";
        fs::copy(repository().join("conf").join(plan), folder.join(plan)).unwrap();
        Self(folder)
    }

    fn load(&self, text: &str) -> Result<Settings, ConfError> {
        let path = self.0.join("gateway.toml");
        fs::write(&path, text).unwrap();
        load(&path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The demo with one thing changed, which must be there once.
fn changed(from: &str, to: &str) -> String {
    let demo = demo();
    assert_eq!(demo.matches(from).count(), 1, "{from}");
    demo.replace(from, to)
}

/// What is said about the demo with `from` changed to `to`: the key, and the text at the place that
/// is pointed at.
fn refusal(from: &str, to: &str) -> (ConfError, String) {
    let text = changed(from, to);
    let error = Folder::new().load(&text).map(|_| ()).unwrap_err();
    let line = text.lines().nth(error.line.saturating_sub(1)).unwrap_or_default();
    let place = line.chars().skip(error.column.saturating_sub(1)).collect();
    assert!(!error.what.is_empty() && !error.remedy.is_empty(), "{error}");
    (error, place)
}

#[test]
fn tls_and_names_are_refused_where_nobody_vouches_for_them() {
    let tcp = "\"tcp:127.0.0.1:5060\"";
    for (from, to, key, place) in [
        (tcp, "\"tls:127.0.0.1:5061\"", "sip.listen[1]", "\"tls:"),
        ("trusted = false", "tls_names = [\"a.example\"]", "sip.trunk[0].tls_names[0]", "\"a."),
        ("trusted = false", "tls_names = [\"*.example\"]", "sip.trunk[0].tls_names[0]", "\"*."),
        ("trusted = false", "keep_alive = \"0s\"", "sip.trunk[0].keep_alive", "\"0s"),
        ("idle = \"10min\"", "idle = \"0s\"", "sip.idle", "\"0s"),
        (
            "[rtp]",
            "[sip.tls]\ncertificate = \"none.pem\"\nkey = \"none.key\"\n[rtp]",
            "sip.tls.certificate",
            "\"none.pem",
        ),
        (
            "[rtp]",
            "[sip.tls]\ncertificate = \"emergency-plan.csv\"\nkey = \"none.key\"\n[rtp]",
            "sip.tls.certificate",
            "\"emergency",
        ),
        (
            "[rtp]",
            "[sip.tls]\ncertificate = \"a\"\nkey = \"a\"\nclient_certificate = \"required\"\n[rtp]",
            "sip.tls.client_certificate",
            "\"required",
        ),
    ] {
        let (error, found) = refusal(from, to);
        assert_eq!(error.key, key, "{error}");
        assert!(found.starts_with(place), "{error}: {found}");
    }
}

#[test]
fn the_demo_is_what_its_documentation_says() {
    let settings = load(&repository().join("conf/demo.toml")).unwrap();
    let bearers = &settings.gateway.bearers;
    assert_eq!(bearers.len(), 123);
    for bearer in bearers {
        let slot = bearer.slot.unwrap();
        assert_eq!(bearer.cic.0, slot.span * 32 + u16::from(slot.slot));
        assert_ne!((slot.span, slot.slot), (0, 16), "that is the signalling link");
    }
    let (near, far) = (&settings.gateway.isup, &settings.exchange.as_ref().unwrap().isup);
    assert_eq!((near.own.0, far.own.0), (1, 2));
    assert_eq!((near.groups[0].peer.0, far.groups[0].peer.0), (2, 1));
    assert_eq!((near.groups[0].emergency_reserve, far.groups[0].emergency_reserve), (4, 4));
    assert_eq!(settings.gateway.mtp.network.0, 2);
    let admin = (settings.admin.to_string(), settings.cdr.display().to_string());
    assert_eq!(admin, ("127.0.0.1:8080".to_owned(), "var/cdr.jsonl".to_owned()));
    let trunk = &settings.gateway.trunks[0];
    assert_eq!(trunk.name, "voip");
    assert!(trunk.contains([127, 1, 2, 3].into()) && !trunk.contains([10, 0, 0, 1].into()));
    // What a signalling link carries, 100 calls a second, each with two transactions that are kept
    // for 32 s.
    assert!(settings.gateway.sip.transactions >= 2 * 100 * 32 * 5 / 4);
    for (number, long) in [("15", "91"), ("17", "92"), ("18", "93"), ("112", "94")] {
        let entry = settings.gateway.routing.plan.lookup(None, number).unwrap();
        assert_eq!(entry.long_number.to_e164(), format!("+3319900{long}00"));
    }
}

#[test]
fn keys_that_may_be_left_out_have_their_defaults() {
    let text = r#"
        [sip]
        listen = ["udp:127.0.0.1:5060"]
        trunk = [{ name = "a", sources = ["127.0.0.1"] }]
        [rtp]
        address = "127.0.0.1"
        ports = [20000, 20199]
        contexts = 100
        [ss7]
        point_code = 7
        network_indicator = 2
        spans = 1
        link = [{ adjacent = 8, slc = 0, span = 0, time_slot = 1 }]
        group = [{ name = "g", peer = 8, spans = [0] }]
        [exchange]
        point_code = 8
        [admin]
        listen = "[::1]:8080"
        [cdr]
        path = "cdr"
    "#;
    let settings = Folder::new().load(text).unwrap();
    assert_eq!(settings.drain, base::Duration::from_secs(30));
    assert_eq!(settings.sip.options.dscp, io::CS3);
    assert_eq!(settings.spans.options.dscp, io::EF);
    assert!(settings.gateway.routing.plan.is_empty());
    assert_eq!(settings.names.circuits.first().map(String::as_str), Some("g/2"));
}

#[test]
fn a_wrong_value_is_told_with_its_place_key_and_remedy() {
    for (from, to, key, place) in [
        ("\"tcp:127.0.0.1:5060\"]", "\"tls:127.0.0.1:5061\"]", "sip.listen[1]", "\"tls:"),
        ("\"tcp:127.0.0.1:5060\"]", "\"udp:127.0.0.1:5060\"]", "sip.listen[1]", "\"udp:"),
        ("dscp = 24", "dscp = 64", "sip.dscp", "64"),
        ("min_session = \"90s\"", "min_session = \"now\"", "sip.min_session", "\"now"),
        (
            "session_expires = \"30min\"",
            "session_expires = \"10s\"",
            "sip.trunk[0].session_expires",
            "\"10s",
        ),
        ("redirects = 0", "redirects = 11", "sip.trunk[0].redirects", "11"),
        ("name = \"voip\"", "name = \"v/p\"", "sip.trunk[0].name", "\"v/p"),
        ("name = \"exchange\"", "name = \"voip\"", "ss7.group[0].name", "\"voip"),
        ("[\"127.0.0.0/8\"]", "[\"127.0.0.0/40\"]", "sip.trunk[0].sources[0]", "\"127.0.0.0/40"),
        ("\"udp:127.0.0.1:5070\"", "\"udp:[::1]:5070\"", "sip.trunk[0].target", "\"udp:[::1]"),
        (
            "\"udp:127.0.0.1:5070\"",
            "[\"sip:pbx.example.net\", \"tel:1\"]",
            "sip.trunk[0].target[1]",
            "[\"sip:pbx",
        ),
        ("options_ping = \"off\"", "options_ping = \"1ms\"", "sip.trunk[0].options_ping", "\"1ms"),
        ("servers = []", "servers = [\"ns1\"]", "sip.dns.servers[0]", "\"ns1"),
        ("ttl_max = \"60min\"", "ttl_max = \"1s\"", "sip.dns.ttl_max", "\"1s"),
        ("\nanswer_within = \"4s\"", "\nanswer_within = \"1min\"", "sip.answer_within", "\"1min"),
        ("address = \"127.0.0.1\"", "address = \"0.0.0.0\"", "rtp.address", "\"0.0.0.0"),
        (
            "address = \"127.0.0.1\"",
            "address = [\"127.0.0.1\", \"127.0.0.2\"]",
            "rtp.address",
            "[\"127.0.0.1\", \"127.0.0.2\"]",
        ),
        ("address = \"127.0.0.1\"", "address = []", "rtp.address", "[]"),
        ("[16384, 16895]", "[16384, 16400]", "rtp.ports", "[16384, 16400]"),
        ("emergency_reserve = 8", "emergency_reserve = 160", "rtp.emergency_reserve", "160"),
        ("jitter = \"40ms\"", "jitter = \"40\"", "rtp.jitter", "\"40\""),
        ("jitter = \"40ms\"", "jitter = \"40s\"", "rtp.jitter", "\"40s\""),
        ("point_code = 1\n", "point_code = 16384\n", "ss7.point_code", "16384"),
        ("network_indicator = 2", "network_indicator = 4", "ss7.network_indicator", "4"),
        ("adjacent = 2", "adjacent = 3", "ss7.link[0].adjacent", "3"),
        ("time_slot = 16", "time_slot = 32", "ss7.link[0].time_slot", "32"),
        ("span = 0", "span = 4", "ss7.link[0].span", "4"),
        ("[0, 1, 2, 3]", "[0, 1, 2, 2]", "ss7.group[0].spans[3]", "2]"),
        (
            "emergency_reserve = 4",
            "emergency_reserve = 123",
            "ss7.group[0].emergency_reserve",
            "123",
        ),
        ("point_code = 2\n", "point_code = 1\n", "exchange.point_code", "1"),
        ("[exchange]\npoint_code = 2\n", "", "ss7.spans", "4"),
        ("country = \"33\"", "country = \"+33\"", "numbers.country", "\"+33"),
        ("emergency-plan.csv", "no-plan.csv", "emergency.plan", "\"no-plan"),
        ("from = \"exchange\"", "from = \"exchagne\"", "route[1].from", "\"exchagne"),
        ("to = [\"voip\"]", "to = []", "route[1].to", "\"+331990080\""),
        ("refuse = 1", "refuse = 128", "route[2].refuse", "128"),
        ("refuse = 1", "refuse = 1\nto = [\"voip\"]", "route[2].refuse", "1"),
        ("emergency_reserve = 32", "emergency_reserve = 512", "calls.emergency_reserve", "512"),
        ("listen = \"127.0.0.1:8080\"", "listen = \"8080\"", "admin.listen", "\"8080"),
        ("path = \"var/cdr.jsonl\"", "path = \"\"", "cdr.path", "\"\""),
        ("drain = \"30s\"", "drain = \"soon\"", "shutdown.drain", "\"soon"),
    ] {
        let (error, found) = refusal(from, to);
        assert_eq!(error.key, key, "{error}");
        assert!(found.starts_with(place), "{error}: points at {found:?}, not at {place:?}");
    }
}

#[test]
fn a_slip_of_the_pen_is_told_with_what_is_known_there() {
    let (error, place) = refusal("dscp = 24", "dcsp = 24");
    assert_eq!(error.key, "sip.dcsp");
    assert!(place.starts_with("dcsp"), "{error}");
    assert!(error.remedy.contains("`dscp`"), "{error}");
    let (error, _) = refusal("point_code = 1\n", "");
    assert_eq!(error.key, "ss7");
    assert!(error.what.contains("`point_code`"), "{error}");
    let (error, place) = refusal("spans = 4", "spans = \"four\"");
    assert_eq!((error.key.as_str(), place.as_str()), ("ss7.spans", "\"four\""), "{error}");
    let (error, _) = refusal("slc = 0", "slc = ");
    assert_eq!(error.key, "ss7.link[0].slc", "{error}");
}

#[test]
fn what_is_told_of_a_value_is_in_words_of_the_file() {
    for (from, to, key, remedy) in [
        ("sources = [\"127.0.0.0/8\"]", "sources = \"127.0.0.0/8\"", "sources", "write a list"),
        ("redirects = 0", "redirects = -1", "redirects", "give 0 to 10"),
        ("redirects = 0", "redirects = 300", "redirects", "give 0 to 10"),
        ("redirects = 0", "redirects = 0.5", "redirects", "write a whole number"),
        ("options_ping = \"off\"", "options_ping = 30", "options_ping", "in quotation marks"),
        ("options_ping = \"off\"", "options_ping = \"2h\"", "options_ping", "give 1s to 1h"),
        ("trusted = false", "trusted = \"no\"", "trusted", "write true or false"),
        ("= \"supported\"", "= \"maybe\"", "reliable_provisional", "`required`"),
        ("trusted = false", "marks = \"esnet.1\"", "marks", "write a table"),
        ("trusted = false", "challenge = { realm = \"a\" }", "challenge", "add the key"),
        ("target = \"udp:127.0.0.1:5070\"", "target = 5", "target", ""),
    ] {
        let (error, _) = refusal(from, to);
        assert_eq!(error.key, format!("sip.trunk[0].{key}"), "{error}");
        assert!(error.remedy.contains(remedy), "{error}");
        let told = error.to_string();
        for rust in ["u8", "struct", "sequence", "OneOrMore", "0ns"] {
            assert!(!told.contains(rust), "{told}");
        }
    }
    let (error, _) = refusal("ready_within = \"5s\"", "ready_within = \"2min\"");
    assert!(error.remedy.contains("give 0s to 1min"), "{error}");
}

#[test]
fn one_bracket_too_few_or_too_many_is_told_as_that() {
    for (from, to, key, remedy) in [
        ("[[sip.trunk]]", "[sip.trunk]", "sip.trunk", "write [[sip.trunk]] for each"),
        ("[[sip.trunk]]", "[ sip.trunk ] # one", "sip.trunk", "write [[sip.trunk]] for each"),
        ("[[ss7.group]]", "[ss7.group]", "ss7.group", "write [[ss7.group]] for each"),
        ("[shutdown]", "[[shutdown]]", "shutdown", "write [shutdown]"),
        ("[sip]", "[[sip]]", "sip", "write [sip]"),
        ("[calls]", "[[calls]]", "calls", "write [calls]"),
        ("[rtp]", "[rtp]\n[rtp]", "rtp", "give the table once"),
    ] {
        let (error, place) = refusal(from, to);
        assert_eq!((error.key.as_str(), error.column), (key, 1), "{error}");
        assert!(place.starts_with('['), "{error}: points at {place:?}");
        assert!(error.remedy.contains(remedy), "{error}");
        for rust in ["map", "sequence", "struct", "duplicate"] {
            assert!(!error.to_string().contains(rust), "{error}");
        }
    }
}

#[test]
fn addresses_that_nobody_is_at_are_refused() {
    let target = "\"udp:127.0.0.1:5070\"";
    for (wrong, what) in [
        ("\"udp:127.0.0.1:5060\"", "our own"),
        ("\"sip:127.0.0.1\"", "our own"),
        ("\"udp:0.0.0.0:5070\"", "nobody"),
        ("\"udp:127.0.0.1:0\"", "nobody"),
        ("\"udp:255.255.255.255:5060\"", "nobody"),
    ] {
        let (error, _) = refusal(target, wrong);
        assert_eq!(error.key, "sip.trunk[0].target", "{error}");
        assert!(error.what.contains(what), "{error}");
    }
    let (error, _) = refusal("[\"udp:127.0.0.1:5060\"", "[\"udp:224.0.0.1:5060\"");
    assert_eq!(error.key, "sip.listen[0]", "{error}");
}

#[test]
fn a_port_has_one_use() {
    let tcp = "\"tcp:127.0.0.1:5060\"";
    let (error, _) = refusal(tcp, "\"tcp:127.0.0.1:8080\"");
    assert_eq!(error.key, "admin.listen", "{error}");
    let (error, _) = refusal(tcp, "\"udp:127.0.0.1:16400\"");
    assert_eq!(error.key, "rtp.ports", "{error}");
    // Over TCP nobody speaks.
    Folder::new().load(&changed(tcp, "\"tcp:127.0.0.1:16400\"")).unwrap();
}

#[test]
fn an_emergency_number_without_a_way_out_stops_the_start() {
    let (error, _) = refusal("to = [\"exchange\"]", "refuse = 1");
    assert_eq!(error.key, "emergency.plan");
    assert!(error.what.contains("+33199009"), "{error}");
}

#[test]
fn a_wrong_plan_is_told_with_its_own_file_and_line() {
    let folder = Folder::new();
    let plan = folder.0.join("emergency-plan.csv");
    let text = fs::read_to_string(&plan).unwrap();
    fs::write(&plan, text.replace("departement:2A,15", "departement:2C,15")).unwrap();
    let error = folder.load(&demo()).unwrap_err();
    assert_eq!(error.file, plan);
    assert_eq!((error.line, error.column), (9, 1), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_told_by_name() {
    let error = load(Path::new("no/such/file.toml")).unwrap_err();
    assert!(error.to_string().starts_with("no/such/file.toml:"), "{error}");
}
