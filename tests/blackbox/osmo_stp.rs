//! Gateway and exchange behind Debian's `osmo-stp`, over the kernel's SCTP.
//!
//! Few machines that test have that SCTP, so all of it runs in Debian's user-mode Linux, an ordinary
//! process that boots with the host's files: a script there does what is to be done and writes down
//! what came of it, and what passed on its loopback is captured there and judged here.

use crate::support::judge::tshark;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const UML: &str = "/usr/bin/linux.uml";
/// For all of it: booting takes a few seconds, circuits that were asked about in vain are asked
/// about again after T22.
const PATIENCE: Duration = Duration::from_secs(240);

const STP: &str = "\
log stderr
 logging filter all 1
 logging color 0
 logging level set-all notice
line vty
 no login
cs7 instance 0
 network-indicator national
 point-code format 14
 point-code 12
 asp gateway 0 2905 m3ua
  local-ip 127.0.0.1
  remote-ip 127.0.0.11
 asp exchange 0 2905 m3ua
  local-ip 127.0.0.1
  remote-ip 127.0.0.12
 as gateway m3ua
  asp gateway
  routing-key 1 1
  traffic-mode loadshare
 as exchange m3ua
  asp exchange
  routing-key 2 2
  traffic-mode loadshare
 route-table system
  update route 1 16383 linkset gateway
  update route 2 16383 linkset exchange
 listen m3ua 2905
  accept-asp-connections pre-configured
  local-ip 127.0.0.1
";

/// What happens inside. `say` is read by the test; whatever fails ends it.
const SCRIPT: &str = r#"#!/bin/bash
cd FOLDER && exec >console 2>&1
say() { echo "$*" >>result; }
off() { sync; echo o >/proc/sysrq-trigger; sleep 60; }
fail() { say "failed: $*"; off; }
mount -t proc none /proc; mount -t sysfs none /sys; mount -t tmpfs none /tmp; mount -t tmpfs none /run
ip link set lo up
modules=/usr/lib/uml/modules/$(uname -r)/kernel
for module in lib/crc-ccitt lib/libcrc32c net/ipv4/udp_tunnel net/ipv6/ipv6 net/ipv6/ip6_udp_tunnel net/sctp/sctp; do
    insmod $modules/$module.ko # one of them is built in, in some versions
done
# The cookies are signed by what is not there.
echo none >/proc/sys/net/sctp/cookie_hmac_alg || fail "no SCTP"
dumpcap -q -i lo -f sctp -w wire.pcapng & capture=$!

stp() { osmo-stp -c stp.cfg >>stp.log 2>&1 & stp=$!; sleep 1; }
exchange() { TOCSIN exchange exchange.toml >>exchange.log 2>&1 & exchange=$!; }
answers() { [ "$(curl -s -m 2 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$1/readyz")" = "$2" ]; }
becomes() { for _ in $(seq 300); do answers "$1" "$2" && return; sleep 0.2; done; fail "$3: never $2"; }
ready() { becomes 8080 200 "$1, gateway"; becomes 8081 200 "$1, exchange"; }
calls() {
    sipp -sn uac -s 0199000001 -i 127.0.0.1 -p 5080 -m 20 -r 10 -d 200 -timeout 60 127.0.0.1:5060 \
        >sipp.log 2>&1 || fail "$1: calls"
    say "calls: $1"
}

stp; exchange
TOCSIN run gateway.toml >gateway.log 2>&1 & gateway=$!
ready "at first"; calls "at first"

# Its application server is inactive: the destination is paused (DUNA), and resumed (DAVA).
kill -9 $exchange; wait $exchange
becomes 8080 503 "without the exchange"
say "paused"
exchange
ready "the exchange is back"; calls "the exchange is back"

# Both associations go with the transfer point.
kill -9 $stp; wait $stp
becomes 8080 503 "without the transfer point"; becomes 8081 503 "without the transfer point"
say "lost"
stp
ready "the transfer point is back"; calls "the transfer point is back"

kill $gateway; wait $gateway || fail "the gateway ends badly"
kill $exchange; wait $exchange || fail "the exchange ends badly"
kill $capture; wait $capture
say done
off
"#;

/// Puts an association with the transfer point in the place of the one that is there.
fn behind_the_stp(name: &str, folder: &Path, context: u8, peer: u8, local: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("conf");
    let configuration = fs::read_to_string(root.join(name)).unwrap();
    let (before, rest) = configuration.split_once("[[ss7.association]]\n").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let association = format!(
        "[[ss7.association]]\nname = \"stp\"\ntransport = \"sctp\"\nconnect = \"127.0.0.1:2905\"\n\
         local = \"{local}\"\npeers = [{peer}]\nrouting_context = {context}\n"
    );
    format!("{before}{association}\n{after}")
        .replace("1-4000", "1-300")
        .replace("\"var/", &format!("\"{}/", folder.display()))
}

fn boot(folder: &Path) {
    assert!(Path::new(UML).exists(), "{UML} is missing: tests/run installs user-mode-linux");
    let init = format!("init={}", folder.join("init").display());
    let devices = ["con=null", "con0=fd:0,fd:1", "quiet"];
    let mut child = Command::new(UML)
        .args(["mem=512M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw", &init])
        .args(devices)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(fs::File::create(folder.join("boot")).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn calls_pass_osmo_stp_over_sctp_and_outlive_its_end_and_the_exchanges() {
    let name = format!("osmo-stp-{}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let script = SCRIPT
        .replace("FOLDER", &folder.display().to_string())
        .replace("TOCSIN", env!("CARGO_BIN_EXE_tocsin"));
    let gateway = behind_the_stp("capacity.toml", &folder, 1, 2, "127.0.0.11");
    let exchange = behind_the_stp("capacity-exchange.toml", &folder, 2, 1, "127.0.0.12");
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("conf/emergency-plan.csv");
    fs::copy(plan, folder.join("emergency-plan.csv")).unwrap();
    for (name, text) in [
        ("stp.cfg", STP),
        ("gateway.toml", &gateway),
        ("exchange.toml", &exchange),
        ("init", &script),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    let init = folder.join("init");
    assert!(Command::new("chmod").arg("+x").arg(init).status().unwrap().success());
    boot(&folder);

    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let said = read("result");
    let expected = "calls: at first\npaused\ncalls: the exchange is back\nlost\n\
                    calls: the transfer point is back\ndone\n";
    let logs = ["boot", "console", "stp.log", "exchange.log", "gateway.log", "sipp.log"];
    let logs = || logs.map(|name| format!("--- {name}\n{}", read(name))).join("\n");
    assert_eq!(said, expected, "{}", logs());

    // Of what we said; osmo-stp is not ours to judge.
    let wire = folder.join("wire.pcapng");
    let ours = "(ip.src == 127.0.0.11 || ip.src == 127.0.0.12)";
    let wrong = format!("{ours} && (_ws.malformed || _ws.expert.severity >= 0x600000)");
    assert_eq!(tshark(&wire, &["-Y", &wrong]), "");
    let count = |filter: &str| tshark(&wire, &["-Y", filter]).lines().count();
    // An IAM and its ANM pass twice, to the transfer point and from it.
    assert!(count("isup.message_type == 1") >= 2 * 60 - 20);
    assert!(count(&format!("{ours} && m3ua.message_class == 3")) >= 4, "ASPUP");
    assert!(count("m3ua.message_class == 2 && m3ua.message_type == 1") >= 1, "DUNA");
    fs::remove_dir_all(&folder).unwrap();
}
