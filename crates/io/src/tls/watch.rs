use super::files::{Look, TlsConfigs, TlsError, TlsFiles};
use base::Duration;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(5);

/// Asks for the files to be read again.
#[derive(Clone, Debug, Default)]
pub struct TlsReload(Arc<Notify>);

impl TlsReload {
    /// Has them read now, changed or not.
    pub fn now(&self) {
        self.0.notify_one();
    }
}

/// Certificates that are read again when their files change, or when [`TlsReload`] says so. What
/// cannot be read changes nothing: the last ones that could stay in use.
#[derive(Debug)]
pub struct TlsWatch {
    files: TlsFiles,
    look: Look,
    configs: Arc<TlsConfigs>,
    asked: TlsReload,
    interval: Duration,
}

impl TlsWatch {
    /// Reads the files for the first time.
    pub fn new(files: TlsFiles) -> Result<Self, TlsError> {
        // In this order: what changes meanwhile is read again.
        let look = files.look();
        let configs = Arc::new(files.read()?);
        Ok(Self { files, look, configs, asked: TlsReload::default(), interval: INTERVAL })
    }

    /// What asks for them to be read again.
    pub fn reload(&self) -> TlsReload {
        self.asked.clone()
    }

    #[cfg(test)]
    pub(crate) fn each(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    pub(crate) fn configs(&self) -> Arc<TlsConfigs> {
        Arc::clone(&self.configs)
    }

    /// Tells what comes of each reading until nobody listens. The files are not touched on this
    /// thread: a disk may be slow.
    pub(crate) async fn run(self, tell: impl AsyncFn(Result<Arc<TlsConfigs>, TlsError>) -> bool) {
        let Self { files, mut look, asked, interval, .. } = self;
        loop {
            let is_asked = timeout(interval, asked.0.notified()).await.is_ok();
            let (files, last) = (files.clone(), look.clone());
            let read = spawn_blocking(move || {
                let look = files.look();
                (is_asked || look != last).then(|| (files.read().map(Arc::new), look))
            });
            let Ok(Some((read, now))) = read.await else {
                continue;
            };
            // Told once for each state of the files: half of them may be new, the others on
            // their way.
            look = now;
            if !tell(read).await {
                return;
            }
        }
    }
}
