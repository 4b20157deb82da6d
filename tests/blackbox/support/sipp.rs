use super::gateway::Gateway;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How a sipp run is bounded and paced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) calls: u32,
    pub(crate) rate: u32,
    pub(crate) limit: u32,
    pub(crate) seconds_max: u64,
    pub(crate) transport: &'static str,
}

impl Load {
    pub(crate) const ONE: Self =
        Self { calls: 1, rate: 1, limit: 1, seconds_max: 60, transport: "u1" };
}

/// A sipp in the background.
pub(crate) struct Sipp {
    child: Child,
    errors: PathBuf,
    seconds_max: u64,
}

/// Starts sipp as a caller of `number` at the gateway.
pub(crate) fn caller(
    gateway: &Gateway,
    name: &str,
    scenario: &str,
    number: &str,
    load: Load,
) -> Sipp {
    let target = format!("{}:5060", gateway.address);
    caller_by(gateway, name, scenario, number, load, &target)
}

/// The same, where the messages take the way by `next`.
pub(crate) fn caller_by(
    gateway: &Gateway,
    name: &str,
    scenario: &str,
    number: &str,
    load: Load,
    next: &str,
) -> Sipp {
    spawn(gateway, name, scenario, load, &["-s", number, next])
}

/// The same, from a port that others know, by a caller that passes over what it did not expect.
pub(crate) fn caller_from(
    gateway: &Gateway,
    name: &str,
    scenario: &str,
    number: &str,
    load: Load,
    next: &str,
    from: SocketAddr,
) -> Sipp {
    let port = from.port().to_string();
    // What a network has re-ordered is no reason to give a call up.
    let patient = ["-default_behaviors", "all,-abortunexp"];
    let here = ["-s", number, "-p", &port, next];
    spawn(gateway, name, scenario, load, &[&patient[..], &here[..]].concat())
}

/// Starts sipp as the SIP user agent the gateway's trunk points at.
pub(crate) fn callee(gateway: &Gateway, name: &str, scenario: &str, load: Load) -> Sipp {
    callee_at(gateway, name, scenario, load, 5070)
}

/// Starts sipp as a user agent on another port, and waits until it listens, of which it says
/// nothing.
pub(crate) fn callee_at(
    gateway: &Gateway,
    name: &str,
    scenario: &str,
    load: Load,
    port: u16,
) -> Sipp {
    let mut sipp = spawn(gateway, name, scenario, load, &["-p", &port.to_string()]);
    let start = Instant::now();
    while !listens(gateway.address, port, load.transport) {
        let over = sipp.child.try_wait().unwrap();
        assert_eq!(over, None, "sipp: {}", fs::read_to_string(&sipp.errors).unwrap_or_default());
        assert!(start.elapsed() < Duration::from_secs(15), "sipp does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    sipp
}

/// Whether the system has a socket there that takes what comes.
fn listens(host: Ipv4Addr, port: u16, transport: &str) -> bool {
    let (table, state) = match transport.as_bytes() {
        [b'u', ..] => ("/proc/net/udp", " 07 "),
        _ => ("/proc/net/tcp", " 0A "),
    };
    let here = format!(" {:08X}:{port:04X} ", u32::from_le_bytes(host.octets()));
    let sockets = fs::read_to_string(table).unwrap();
    sockets.lines().any(|line| line.contains(&here) && line.contains(state))
}

fn spawn(gateway: &Gateway, name: &str, scenario: &str, load: Load, more: &[&str]) -> Sipp {
    let file = gateway.folder.join(format!("{name}.xml"));
    fs::write(&file, scenario).unwrap();
    let errors = gateway.folder.join(format!("{name}.errors"));
    let host = Ipv4Addr::from(u32::from(gateway.address)).to_string();
    let mut command = Command::new("sipp");
    command
        .arg("-sf")
        .arg(&file)
        .args(["-i", &host, "-mi", &host])
        .args(["-m", &load.calls.to_string(), "-r", &load.rate.to_string()])
        .args(["-l", &load.limit.to_string(), "-t", load.transport])
        .args(["-timeout", &load.seconds_max.to_string(), "-timeout_error"])
        .args(["-nostdin", "-trace_err", "-error_file"])
        .arg(&errors)
        .args(more)
        .current_dir(&gateway.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Sipp { child: command.spawn().unwrap(), errors, seconds_max: load.seconds_max }
}

impl Sipp {
    /// Waits for sipp and demands that every call went as its scenario says.
    pub(crate) fn expect_success(mut self, gateway: &Gateway) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > Duration::from_secs(self.seconds_max + 15) {
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let errors = fs::read_to_string(&self.errors).unwrap_or_default();
        let told: String = errors.chars().take(6000).collect();
        assert!(status.success(), "sipp: {status}\n{told}\n--- gateway:\n{}", gateway.log());
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
