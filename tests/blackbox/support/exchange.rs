use super::gateway::Gateway;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running `tocsin exchange`, killed when dropped.
pub(crate) struct ExchangeProcess {
    child: Child,
    log: PathBuf,
}

impl ExchangeProcess {
    /// The exchange of `conf/capacity-exchange.toml` on the address of a gateway. Does not wait.
    pub(crate) fn start(gateway: &Gateway) -> Self {
        Self::start_with(gateway, |configuration| configuration)
    }

    /// The same with a changed configuration.
    pub(crate) fn start_with(gateway: &Gateway, change: impl FnOnce(String) -> String) -> Self {
        Self::start_named(gateway, "exchange", change)
    }

    /// One of several, by the name of its files.
    pub(crate) fn start_named(
        gateway: &Gateway,
        name: &str,
        change: impl FnOnce(String) -> String,
    ) -> Self {
        let folder = gateway.folder.clone();
        let conf = Path::new(env!("CARGO_MANIFEST_DIR")).join("conf/capacity-exchange.toml");
        let conf = fs::read_to_string(conf).unwrap();
        let path = folder.join(format!("{name}.toml"));
        let log = folder.join(format!("{name}.log"));
        let here = conf.replace("127.0.0.1", &gateway.address.to_string());
        fs::write(&path, change(here)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_tocsin"))
            .arg("exchange")
            .arg(path)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(fs::File::create(folder.join(format!("{name}.out"))).unwrap())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self { child, log }
    }

    /// Waits until it says that it takes calls.
    pub(crate) fn wait_until_ready(&self, gateway: &Gateway) {
        let ready = || {
            let url = format!("http://{}:8081/readyz", gateway.address);
            ureq::get(url).call().is_ok()
        };
        gateway.until("answered by an exchange that is ready", ready);
    }

    /// Ends it by a signal: its exit code.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not end:\n{}", self.log());
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for ExchangeProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
