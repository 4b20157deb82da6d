//! What is known of circuits, kept over a restart: read once at the start, and written whenever it
//! has changed by a thread of its own. Only the latest is written, and a file is whole or not
//! there. The signalling thread tells that thread what has changed, and nothing of the rest.

use base::{Duration, Instant};
use gateway::Gateway;
use isup::SavedCircuit;
use isup_codec::Cic;
use mtp::PointCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Of what is written and read.
const VERSION: u32 = 1;
/// The most that a file of this kind can hold: 400,000 circuits of which all is known that can be.
const OCTETS_MAX: u64 = 64 << 20;
/// Changes that are told at once.
const CHANGES_MAX: usize = 4_096;
/// Between two writings.
const INTERVAL: Duration = Duration::from_millis(250);

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    /// Our point code: the state of another exchange is none of ours.
    point_code: u32,
    circuits: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    peer: u32,
    cic: u16,
    #[serde(default, skip_serializing_if = "is_false")]
    blocked: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    peer_blocked: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    peer_failed: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    unequipped: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl From<&SavedCircuit> for Entry {
    fn from(saved: &SavedCircuit) -> Self {
        let SavedCircuit { peer, cic, blocked, peer_blocked, peer_failed, unequipped } = *saved;
        Self { peer: peer.0, cic: cic.0, blocked, peer_blocked, peer_failed, unequipped }
    }
}

impl From<&Entry> for SavedCircuit {
    fn from(entry: &Entry) -> Self {
        let Entry { peer, cic, blocked, peer_blocked, peer_failed, unequipped } = *entry;
        let (peer, cic) = (PointCode(peer), Cic(cic));
        Self { peer, cic, blocked, peer_blocked, peer_failed, unequipped }
    }
}

/// Reads what was kept. A file that is not there says nothing; one that cannot be used is told by
/// name, and the start goes on without it.
pub(crate) fn load(path: &Path, own: PointCode) -> Vec<SavedCircuit> {
    let text = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Ok(about) if about.len() > OCTETS_MAX => Err("it is too long".to_owned()),
        _ => fs::read_to_string(path).map_err(|error| error.to_string()),
    };
    match text.and_then(|text| parse(&text, own)) {
        Ok(circuits) => circuits,
        Err(why) => {
            let path = path.display();
            tracing::warn!(%path, why, "the state of circuits cannot be used: none is taken up");
            Vec::new()
        }
    }
}

fn parse(text: &str, own: PointCode) -> Result<Vec<SavedCircuit>, String> {
    let stored: Stored = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if stored.version != VERSION {
        return Err(format!("it is of version {}, not {VERSION}", stored.version));
    }
    if stored.point_code != own.0 {
        return Err(format!("it is of point code {}, not {own}", stored.point_code));
    }
    Ok(stored.circuits.iter().map(SavedCircuit::from).collect())
}

/// What is to be in the file.
#[derive(Debug, Default)]
struct Kept(Circuits);

/// Circuits by what a file knows them by.
type Circuits = BTreeMap<(PointCode, Cic), SavedCircuit>;

impl Kept {
    fn of(saved: &[SavedCircuit]) -> Self {
        Self(saved.iter().map(|circuit| ((circuit.peer, circuit.cic), *circuit)).collect())
    }

    fn change(&mut self, changes: Circuits) {
        for (name, circuit) in changes {
            if circuit.is_something() {
                self.0.insert(name, circuit);
            } else {
                self.0.remove(&name);
            }
        }
    }
}

/// What waits to be written: of each circuit the latest, however long the disk hangs.
#[derive(Debug, Default)]
struct Slot {
    changes: Circuits,
    over: bool,
}

/// Where the signalling thread leaves what is to be kept; it never waits for the disk.
#[derive(Debug)]
pub(crate) struct Keeper {
    shared: Arc<(Mutex<Slot>, Condvar)>,
    thread: Option<JoinHandle<()>>,
    next_look: Instant,
}

impl Keeper {
    /// Starts the thread that writes. What was taken up of the file stays in it until it is told
    /// otherwise: a crash must not lose what was not told yet.
    pub(crate) fn start(path: PathBuf, own: PointCode, taken: &[SavedCircuit]) -> io::Result<Self> {
        let shared = Arc::new((Mutex::new(Slot::default()), Condvar::new()));
        let theirs = Arc::clone(&shared);
        let kept = Kept::of(taken);
        let work = move || write_all(&theirs, &path, own, kept);
        let thread = std::thread::Builder::new().name("circuit-state".to_owned()).spawn(work)?;
        Ok(Self { shared, thread: Some(thread), next_look: Instant::ZERO })
    }

    /// Leaves what has changed.
    pub(crate) fn look(&mut self, gateway: &mut Gateway, now: Instant) {
        if now < self.next_look {
            return;
        }
        let changes = gateway.take_saved_circuits(CHANGES_MAX);
        if !changes.is_empty() {
            self.next_look = now + INTERVAL;
            self.leave(changes);
        }
    }

    fn leave(&self, changes: Vec<SavedCircuit>) {
        let (slot, woken) = &*self.shared;
        let changes = changes.into_iter().map(|circuit| ((circuit.peer, circuit.cic), circuit));
        slot.lock().unwrap_or_else(PoisonError::into_inner).changes.extend(changes);
        woken.notify_one();
    }

    /// Leaves the last state, and waits until it is written.
    pub(crate) fn finish(&mut self, gateway: &mut Gateway) {
        self.leave(gateway.take_saved_circuits(usize::MAX));
        self.end();
    }

    fn end(&mut self) {
        let (slot, woken) = &*self.shared;
        slot.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        woken.notify_one();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writer of the state of circuits failed");
        }
    }
}

fn write_all((slot, woken): &(Mutex<Slot>, Condvar), path: &Path, own: PointCode, mut kept: Kept) {
    loop {
        let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |slot: &mut Slot| slot.changes.is_empty() && !slot.over;
        let mut slot = woken.wait_while(slot, waits).unwrap_or_else(PoisonError::into_inner);
        let changes = std::mem::take(&mut slot.changes);
        drop(slot);
        if changes.is_empty() {
            return;
        }
        kept.change(changes);
        let circuits: Vec<_> = kept.0.values().copied().collect();
        if let Err(error) = write(path, own, &circuits) {
            let path = path.display();
            tracing::error!(%path, %error, "the state of circuits cannot be written");
        }
    }
}

/// Beside it first, and then in its place.
fn write(path: &Path, own: PointCode, circuits: &[SavedCircuit]) -> io::Result<()> {
    let circuits = circuits.iter().map(Entry::from).collect();
    let stored = Stored { version: VERSION, point_code: own.0, circuits };
    let text = serde_json::to_string_pretty(&stored)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: PointCode = PointCode(1);

    fn saved() -> Vec<SavedCircuit> {
        let one = |cic| SavedCircuit {
            peer: PointCode(2),
            cic: Cic(cic),
            blocked: cic == 1,
            peer_blocked: cic == 2,
            peer_failed: cic == 3,
            unequipped: cic == 4,
        };
        (1..=4).map(one).collect()
    }

    #[test]
    fn what_stands_as_usual_again_is_kept_no_longer() {
        let mut kept = Kept::of(&saved());
        assert!(kept.0.values().eq(&saved()));
        let again = saved().into_iter().map(|circuit| SavedCircuit {
            blocked: false,
            peer_blocked: circuit.peer_blocked,
            peer_failed: false,
            unequipped: false,
            ..circuit
        });
        kept.change(again.map(|circuit| ((circuit.peer, circuit.cic), circuit)).collect());
        assert!(kept.0.values().eq(&saved()[1..2]));
    }

    #[test]
    fn what_is_not_told_again_stays_and_of_each_circuit_the_latest_is_written() {
        let folder = std::env::temp_dir().join(format!("tocsin-taken-{}", std::process::id()));
        let path = folder.join("circuits.state");
        let mut keeper = Keeper::start(path.clone(), OWN, &saved()).unwrap();
        let mut one = saved()[1];
        keeper.leave(vec![SavedCircuit { blocked: true, ..one }]);
        one.unequipped = true;
        keeper.leave(vec![one]);
        keeper.end();
        let mut expected = saved();
        expected[1] = one;
        assert_eq!(load(&path, OWN), expected);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_written_of_the_largest_node_is_read() {
        let one = |number: u32| SavedCircuit {
            peer: PointCode(16_000 + number / 4_096),
            cic: Cic((number % 4_096) as u16),
            blocked: true,
            peer_blocked: true,
            peer_failed: true,
            unequipped: true,
        };
        let circuits: Vec<_> = (0..400_000).map(one).collect();
        let folder = std::env::temp_dir().join(format!("tocsin-large-{}", std::process::id()));
        let path = folder.join("circuits.state");
        write(&path, OWN, &circuits).unwrap();
        assert_eq!(load(&path, OWN).len(), circuits.len());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_written_is_read_and_anything_else_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("tocsin-state-{}", std::process::id()));
        let path = folder.join("deeper/circuits.state");
        assert_eq!(load(&path, OWN), []);
        write(&path, OWN, &saved()).unwrap();
        assert_eq!(load(&path, OWN), saved());
        assert_eq!(load(&path, PointCode(3)), []);
        let text = fs::read_to_string(&path).unwrap();
        for broken in [
            text.replace("\"version\": 1", "\"version\": 2"),
            text.replace("\"cic\": 3", "\"cic\": -3"),
            text.replace("blocked", "unheard_of"),
            text[..text.len() / 2].to_owned(),
            String::new(),
        ] {
            assert!(parse(&broken, OWN).is_err(), "{broken}");
            fs::write(&path, &broken).unwrap();
            assert_eq!(load(&path, OWN), []);
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
