use serde_json::Value;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// A running `tocsin`, stopped when dropped.
pub(crate) struct Gateway {
    child: Child,
    pub(crate) address: Ipv4Addr,
    pub(crate) folder: PathBuf,
}

/// Loopback hosts handed out so far: one for each gateway of this process, in a network that
/// follows from the process's number, so that two runs at once do not meet.
static NEXT_HOST: AtomicU8 = AtomicU8::new(20);

fn next_address() -> Ipv4Addr {
    let network = (std::process::id() % 250 + 1) as u8;
    Ipv4Addr::new(127, 0, network, NEXT_HOST.fetch_add(1, Ordering::Relaxed))
}

/// The demo's ports for speech, and others for a gateway that shares its host: all of them have the
/// one address `::1`. Above the ports of SIP, and below whatever ports these tests have elsewhere.
pub(crate) fn ports_of_its_own(configuration: &str) -> String {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    let nth = std::process::id() * 7 + u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
    let first = 5_632 + nth % 20 * 512;
    let ports = format!("ports = [{first}, {}]", first + 511);
    assert!(configuration.contains("ports = [16384, 16895]"));
    configuration.replace("ports = [16384, 16895]", &ports)
}

impl Gateway {
    /// Starts the demo on an address of its own and waits until it is ready for calls.
    pub(crate) fn start() -> Self {
        Self::start_with(&[], |configuration| configuration)
    }

    /// The same, with further arguments and a changed configuration.
    pub(crate) fn start_with(arguments: &[&str], change: impl FnOnce(String) -> String) -> Self {
        let gateway = Self::spawn(arguments, change);
        gateway.wait_until_ready();
        gateway
    }

    /// Starts the demo without waiting.
    pub(crate) fn spawn(arguments: &[&str], change: impl FnOnce(String) -> String) -> Self {
        Self::spawn_on("demo.toml", arguments, change)
    }

    /// Starts the gateway whose exchange is another process, without waiting.
    pub(crate) fn spawn_capacity(arguments: &[&str]) -> Self {
        Self::spawn_capacity_with(arguments, |configuration| configuration)
    }

    /// The same with a changed configuration.
    pub(crate) fn spawn_capacity_with(
        arguments: &[&str],
        change: impl FnOnce(String) -> String,
    ) -> Self {
        Self::spawn_on("capacity.toml", arguments, change)
    }

    fn spawn_on(conf: &str, arguments: &[&str], change: impl FnOnce(String) -> String) -> Self {
        let address = next_address();
        let name = format!("gateway-{}", address.octets()[3]);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let conf = fs::read_to_string(root.join("conf").join(conf)).unwrap();
        let here = conf
            .replace("127.0.0.1", &address.to_string())
            .replace("\"var/", &format!("\"{}/", folder.display()));
        let path = folder.join("gateway.toml");
        fs::write(&path, change(here)).unwrap();
        fs::copy(root.join("conf/emergency-plan.csv"), folder.join("emergency-plan.csv")).unwrap();
        let child = launch(&folder, arguments);
        Self { child, address, folder }
    }

    /// Starts the process anew, on the same files, after it has ended.
    pub(crate) fn run_again(&mut self, arguments: &[&str]) {
        self.child = launch(&self.folder, arguments);
    }

    /// What it has said on standard output, once that holds `text`.
    pub(crate) fn said(&self, text: &str, within: Duration) -> String {
        let start = Instant::now();
        loop {
            let said = fs::read_to_string(self.folder.join("out")).unwrap();
            if said.contains(text) {
                return said;
            }
            assert!(start.elapsed() < within, "no {text} in\n{said}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until it takes calls.
    pub(crate) fn wait_until_ready(&self) {
        let start = Instant::now();
        while self.get("/readyz").is_none_or(|(status, _)| status != 200) {
            assert!(start.elapsed() < Duration::from_secs(20), "not ready:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where it takes SIP.
    pub(crate) fn sip(&self) -> SocketAddr {
        SocketAddr::from((self.address, 5060))
    }

    /// What it logged, for a failing test's message.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// One request to the admin API: status and body.
    pub(crate) fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut response = agent().get(self.url(path)).call().ok()?;
        Some((response.status().as_u16(), response.body_mut().read_to_string().ok()?))
    }

    /// As above, with something to say.
    pub(crate) fn post(&self, path: &str, body: &str) -> (u16, String) {
        let request = agent().post(self.url(path)).header("Content-Type", "application/json");
        let mut response = request.send(body).unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}:8080{path}", self.address)
    }

    /// One command of the command line against this gateway: exit code and standard output.
    pub(crate) fn tocsin(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_tocsin"))
            .args(arguments)
            .args(["--admin", &format!("http://{}:8080", self.address)])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text + &String::from_utf8(output.stderr).unwrap())
    }

    /// A metric's value, summed over its labels; `labels` must all occur in a counted line.
    pub(crate) fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let (_, text) = self.get("/metrics").unwrap();
        sum(&text, name, labels)
    }

    /// Has the exchange call `number` and hang up after this much talk, without waiting for it.
    pub(crate) fn originate(&self, number: &str, hold: f32) {
        let call = format!("{{\"number\": \"{number}\", \"hold\": {hold}}}");
        let (status, text) = self.post("/api/v1/exchange/calls", &call);
        assert_eq!(status, 202, "{text}");
    }

    /// The call detail records of all calls that have ended.
    pub(crate) fn records(&self) -> Vec<Value> {
        // A thread of its own writes them, some time after their calls have ended. A process that
        // has ended has written all of them.
        let sum = |text: &str, name| sum(text, name, &[]);
        let ended = self.get("/metrics").map_or(0.0, |(_, text)| {
            sum(&text, "tocsin_calls_started_total") - sum(&text, "tocsin_calls_active")
        });
        let start = Instant::now();
        loop {
            let text = fs::read_to_string(self.folder.join("cdr.jsonl")).unwrap_or_default();
            let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
            let records: Vec<_> =
                whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            if records.len() as f64 >= ended {
                return records;
            }
            let late = start.elapsed() > Duration::from_secs(15);
            assert!(!late, "{} records of {ended} calls\n{}", records.len(), self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a metric has grown to `least`.
    pub(crate) fn wait_for_metric(&self, name: &str, least: f64) {
        let start = Instant::now();
        while self.metric(name, &[]) < least {
            let late = start.elapsed() > Duration::from_secs(15);
            assert!(!late, "{name} is {}, not {least}\n{}", self.metric(name, &[]), self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until this is so.
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let start = Instant::now();
        while !is_so() {
            let late = start.elapsed() > Duration::from_secs(30);
            assert!(!late, "not {what}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until no call is left and every circuit is idle.
    pub(crate) fn wait_until_idle(&self) {
        if let Some(busy) = self.is_still_busy() {
            panic!("{busy}\n{}", self.log());
        }
    }

    /// What is left after a while, if anything is.
    pub(crate) fn is_still_busy(&self) -> Option<String> {
        let start = Instant::now();
        loop {
            let busy = self.metric("tocsin_calls_active", &[]);
            let idle = self.metric("tocsin_circuits", &["state=\"idle\""]);
            let all = self.metric("tocsin_circuits", &[]);
            if busy == 0.0 && idle == all && all > 0.0 {
                return None;
            }
            if start.elapsed() > Duration::from_secs(15) {
                let calls = self.get("/api/v1/calls").map(|(_, calls)| calls);
                let calls = calls.unwrap_or_default();
                return Some(format!("{busy} calls, {idle} idle circuits\n{calls}"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for the process to end: its exit code and how long it took.
    pub(crate) fn wait(&mut self) -> (i32, Duration) {
        let start = Instant::now();
        let status = self.child.wait().unwrap();
        (status.code().unwrap_or(-1), start.elapsed())
    }
}

/// A metric's value on the page, summed over the lines that hold all of `labels`.
fn sum(page: &str, name: &str, labels: &[&str]) -> f64 {
    let lines = page.lines().filter(|line| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|label| line.contains(label))
    });
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

fn launch(folder: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tocsin"))
        .arg("run")
        .arg(folder.join("gateway.toml"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(fs::File::create(folder.join("out")).unwrap())
        .stderr(fs::File::create(folder.join("log")).unwrap())
        .spawn()
        .unwrap()
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(2)))
        .http_status_as_error(false)
        .build();
    config.new_agent()
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
