//! Calls with programs that others wrote and carriers run: Kamailio as the proxy between us and a
//! telephone, baresip as the telephone. Both on the gateway's loopback address and nowhere else.

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::pki::Pki;
use crate::support::process::Process;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

/// Where calls towards the trunk go, and where the proxy sends them on to.
const TRUNK: u16 = 5070;
const TELEPHONE: u16 = 5090;

/// Where the gateway takes TLS, and where the proxy and the telephone do: baresip listens one
/// port above its other.
const SIPS: u16 = 5061;
const TRUNK_SIPS: u16 = TRUNK + 1;

/// Who vouches for everybody here.
static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);

/// The lines by which Kamailio proves its address within TLS and demands as much of others.
fn within_tls(gateway: &Gateway) -> String {
    let host = gateway.address;
    let folder = PKI.write(&gateway.folder.join("kamailio-tls"), &[&host.to_string()]);
    let folder = folder.display();
    format!(
        "enable_tls=yes
listen=tls:{host}:{TRUNK_SIPS}
loadmodule \"tls.so\"
modparam(\"tls\", \"tls_method\", \"TLSv1.2+\")
modparam(\"tls\", \"certificate\", \"{folder}/gateway.pem\")
modparam(\"tls\", \"private_key\", \"{folder}/gateway.key\")
modparam(\"tls\", \"ca_list\", \"{folder}/peers.pem\")
modparam(\"tls\", \"verify_certificate\", 1)
modparam(\"tls\", \"require_certificate\", 1)
"
    )
}

/// The demo within TLS, and its trunk too.
fn with_tls(configuration: &str) -> String {
    let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("interop-{address}"));
    let folder = PKI.write(&folder, &[address]);
    let folder = folder.display();
    let listen = format!("\"tcp:{address}:5060\"");
    configuration
        .replace(&listen, &format!("{listen}, \"tls:{address}:{SIPS}\""))
        .replace(
            &format!("target = \"udp:{address}:{TRUNK}\""),
            &format!("target = \"tls:{address}:{TRUNK_SIPS}\""),
        )
        .replacen(
            "\n[[sip.trunk]]\n",
            &format!(
                "\n[sip.tls]\ncertificate = \"{folder}/gateway.pem\"\nkey = \"{folder}/gateway.key\"
client_ca = \"{folder}/peers.pem\"\nserver_ca = \"{folder}/peers.pem\"
client_certificate = \"optional\"\n[[sip.trunk]]\n"
            ),
            1,
        )
}

/// Kamailio between the gateway and a telephone: it stays in the path by Record-Route, and has
/// transactions of its own on both sides. It speaks `transport` with the gateway.
fn proxy(gateway: &Gateway, transport: &str) -> Process {
    let host = gateway.address;
    let folder = gateway.folder.display();
    let (port, secure) = match transport {
        "tls" => (SIPS, within_tls(gateway)),
        _ => (5060, String::new()),
    };
    let configuration = format!(
        "debug=2
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:{host}:{TRUNK}
listen=tcp:{host}:{TRUNK}
{secure}loadmodule \"pv.so\"
loadmodule \"tm.so\"
loadmodule \"sl.so\"
loadmodule \"rr.so\"
loadmodule \"maxfwd.so\"
loadmodule \"siputils.so\"
loadmodule \"textops.so\"
request_route {{
    if (!mf_process_maxfwd_header(\"10\")) {{ sl_send_reply(\"483\", \"Too Many Hops\"); exit; }}
    if (is_method(\"CANCEL\")) {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); }}
        else if (is_method(\"ACK\")) {{ if (t_check_trans()) {{ t_relay(); }} }}
        else {{ sl_send_reply(\"404\", \"No Route\"); }}
        exit;
    }}
    if (is_method(\"ACK\")) {{ exit; }}
    t_check_trans();
    record_route();
    if ($rU =~ \"^\\+33199008\") {{ $du = \"sip:{host}:{TELEPHONE}\"; }}
    else {{ $du = \"sip:{host}:{port};transport={transport}\"; }}
    t_relay();
}}
"
    );
    let path = gateway.folder.join("kamailio.cfg");
    fs::write(&path, configuration).unwrap();
    let (path, pid) = (path.display().to_string(), format!("{folder}/kamailio.pid"));
    let folder = folder.to_string();
    let arguments = ["-DD", "-E", "-f", &path, "-Y", &folder, "-P", &pid, "-m", "64", "-M", "16"];
    let kamailio = Process::start(gateway, "kamailio", &arguments);
    kamailio.wait_for("SO_RCVBUF is finally");
    kamailio
}

/// Calls of sipp's through the proxy to the exchange.
fn through_the_proxy(gateway: &Gateway, transport: &str, number: &str, scenario: Scenario) {
    let kamailio = proxy(gateway, transport);
    let load = Load { calls: 20, rate: 20, limit: 20, ..Load::ONE };
    let proxy = format!("{}:{TRUNK}", gateway.address);
    sipp::caller_by(gateway, "proxied", &scenario.finish(), number, load, &proxy)
        .expect_success(gateway);
    gateway.wait_until_idle();
    drop(kamailio);
}

/// Calls of the exchange's through the proxy to sipp.
fn through_the_proxy_to_a_telephone(gateway: &Gateway, transport: &str) {
    let _kamailio = proxy(gateway, transport);
    let scenario =
        Scenario::callee().respond("180 Ringing").pause(100).respond("200 OK").ended_by_gateway();
    let load = Load { calls: 20, rate: 20, limit: 20, ..Load::ONE };
    let telephone = sipp::callee_at(gateway, "telephone", &scenario.finish(), load, TELEPHONE);
    let (code, told) = gateway.tocsin(&[
        "originate",
        "+33199008001",
        "--count",
        "20",
        "--rate",
        "20",
        "--hold",
        "0.5",
    ]);
    assert_eq!(code, 0, "{told}");
    telephone.expect_success(gateway);
}

/// Half a minute of a tone as a WAV file: what baresip says.
fn tone() -> Vec<u8> {
    const RATE: u32 = 8000;
    const SAMPLES: u32 = 30 * RATE;
    let mut file = Vec::new();
    file.extend(*b"RIFF");
    file.extend((36 + 2 * SAMPLES).to_le_bytes());
    file.extend(*b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1, 0, 1, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend((2 * RATE).to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(*b"data");
    file.extend((2 * SAMPLES).to_le_bytes());
    for number in 0..SAMPLES {
        let level = f64::sin(std::f64::consts::TAU * 440.0 * f64::from(number) / 8000.0);
        file.extend(((level * 8000.0) as i16).to_le_bytes());
    }
    file
}

/// baresip on the port that the trunk points at; it answers by itself, does `command` at its
/// start, and ends, hanging up, after so many seconds.
///
/// It binds its RTP to no address, so the system sends that from 127.0.0.1: its description must
/// name this one too, or its speech would be a stranger's.
fn telephone(gateway: &Gateway, command: Option<&str>, seconds: u32) -> Process {
    let host = gateway.address;
    let folder = gateway.folder.join("baresip");
    fs::create_dir_all(&folder).unwrap();
    let sound = folder.join("tone.wav");
    fs::write(&sound, tone()).unwrap();
    let certificates = PKI.write(&folder.join("tls"), &[&host.to_string()]);
    let [certificate, key] =
        ["gateway.pem", "gateway.key"].map(|name| fs::read(certificates.join(name)).unwrap());
    fs::write(certificates.join("both.pem"), [certificate, key].concat()).unwrap();
    let configuration = format!(
        "sip_listen {host}:{TRUNK}
net_interface 127.0.0.1
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
audio_source aufile,{0}
audio_player aubridge,none
rtp_ports 42000-42100
module_app account.so
module_app menu.so
sip_certificate {1}/both.pem
sip_cafile {1}/peers.pem
",
        sound.display(),
        certificates.display()
    );
    fs::write(folder.join("config"), configuration).unwrap();
    let account = format!(
        "<sip:+33199008005@{host}:{TRUNK}>;regint=0;answermode=auto;audio_codecs=PCMA/8000/1\n"
    );
    fs::write(folder.join("accounts"), account).unwrap();
    fs::write(folder.join("contacts"), "").unwrap();
    let (folder, seconds) = (folder.display().to_string(), seconds.to_string());
    let mut arguments = vec!["-f", folder.as_str(), "-t", &seconds];
    arguments.extend(command.iter().flat_map(|command| ["-e", *command]));
    let baresip = Process::start(gateway, "baresip", &arguments);
    baresip.wait_for("baresip is ready");
    baresip
}

/// What the gateway must have seen: one more answered call, ended as it should, with speech.
fn one_good_call(gateway: &Gateway, packets_before: f64, baresip: &Process) {
    gateway.wait_until_idle();
    let records = gateway.records();
    let last = records.last().unwrap_or_else(|| panic!("no call\n{}", baresip.log()));
    let answered = last["answered"].is_string() && last["cause"] == 16;
    assert!(answered, "{last}\n{}", baresip.log());
    let heard = heard(gateway) - packets_before;
    assert!(heard > 50.0, "{heard} packets of speech\n{}", baresip.log());
}

fn heard(gateway: &Gateway) -> f64 {
    gateway.metric("tocsin_rtp_packets_total", &["direction=\"in\""])
}

fn baresip_calls(gateway: &Gateway, transport: &str) {
    let before = heard(gateway);
    let port = if transport == "tls" { SIPS } else { 5060 };
    let host = gateway.address;
    let call = format!("/dial sip:0199000001@{host}:{port};transport={transport}");
    let mut baresip = telephone(gateway, Some(&call), 4);
    baresip.wait_until_over(Duration::from_secs(15));
    one_good_call(gateway, before, &baresip);
}

fn baresip_is_called(gateway: &Gateway) {
    let before = heard(gateway);
    let baresip = telephone(gateway, None, 20);
    let (code, told) = gateway.tocsin(&["originate", "+33199008005", "--hold", "2"]);
    assert_eq!(code, 0, "{told}\n{}", baresip.log());
    one_good_call(gateway, before, &baresip);
}

fn talk() -> Scenario {
    Scenario::caller().progress(180).answered().pause(500).hang_up()
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "Kamailio: calls through a proxy that stays in the path, over UDP",
        clause: "RFC 3261 §16.12.1.1",
        play: Play::Own(|gateway| through_the_proxy(gateway, "udp", "0199000001", talk())),
    },
    Case {
        name: "Kamailio: calls through a proxy, over TCP on its side of ours",
        clause: "RFC 3261 §18.1.1",
        play: Play::Own(|gateway| through_the_proxy(gateway, "tcp", "0199000001", talk())),
    },
    Case {
        name: "Kamailio: our BYE takes the route through the proxy",
        clause: "RFC 3261 §12.2.1.1",
        play: Play::Own(|gateway| {
            let scenario = Scenario::caller().progress(180).answered().hung_up_on(16);
            through_the_proxy(gateway, "udp", "0199000701", scenario);
        }),
    },
    Case {
        name: "Kamailio: CANCEL from behind the proxy",
        clause: "RFC 3261 §16.10",
        play: Play::Own(|gateway| {
            let scenario = Scenario::caller().progress(180).pause(300).cancel();
            through_the_proxy(gateway, "udp", "0199000301", scenario);
        }),
    },
    Case {
        name: "Kamailio: calls of the exchange's through the proxy to a telephone",
        clause: "RFC 3261 §16.12.1.1, §12.1.2",
        play: Play::Own(|gateway| through_the_proxy_to_a_telephone(gateway, "udp")),
    },
    Case {
        name: "baresip calls over UDP and talks",
        clause: "RFC 3261 §13.2",
        play: Play::Own(|gateway| baresip_calls(gateway, "udp")),
    },
    Case {
        name: "baresip calls over TCP and talks",
        clause: "RFC 3261 §18.1.1",
        play: Play::Own(|gateway| baresip_calls(gateway, "tcp")),
    },
    Case {
        name: "baresip is called by the exchange and talks",
        clause: "RFC 3398 §8.2.1",
        play: Play::Own(baresip_is_called),
    },
];

pub(crate) const WITHIN_TLS: &[Case] = &[
    Case {
        name: "Kamailio: calls through a proxy, within TLS on its side of ours",
        clause: "RFC 3261 §26.3.2.1",
        play: Play::Own(|gateway| through_the_proxy(gateway, "tls", "0199000001", talk())),
    },
    Case {
        name: "Kamailio: our BYE takes the route through the proxy within TLS",
        clause: "RFC 3261 §12.2.1.1, §26.3.2.1",
        play: Play::Own(|gateway| {
            let scenario = Scenario::caller().progress(180).answered().hung_up_on(16);
            through_the_proxy(gateway, "tls", "0199000701", scenario);
        }),
    },
    Case {
        name: "Kamailio: calls of the exchange's through the proxy, within TLS",
        clause: "RFC 5922 §7.3",
        play: Play::Own(|gateway| through_the_proxy_to_a_telephone(gateway, "tls")),
    },
    Case {
        name: "baresip calls within TLS and talks",
        clause: "RFC 3261 §26.2.1",
        play: Play::Own(|gateway| baresip_calls(gateway, "tls")),
    },
    Case {
        name: "baresip is called by the exchange within TLS and talks",
        clause: "RFC 5922 §7.3",
        play: Play::Own(baresip_is_called),
    },
];

#[test]
fn calls_within_tls_with_programs_of_others() {
    case::run_with(WITHIN_TLS, |configuration| with_tls(&configuration));
}

#[test]
fn calls_with_programs_of_others() {
    case::run(CASES);
}
