//! A wire between two sides of a TCP connection, that can be cut and mended.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Takes connections at one address and hands on to another what comes over them, for as long as
/// the test runs.
pub(crate) struct Relay {
    whole: Arc<AtomicBool>,
    through: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    pub(crate) fn start(from: SocketAddr, to: SocketAddr) -> Self {
        let relay = Self { whole: Arc::new(AtomicBool::new(true)), through: Arc::default() };
        let (whole, through) = (Arc::clone(&relay.whole), Arc::clone(&relay.through));
        let listener = TcpListener::bind(from).unwrap();
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let far = whole.load(Ordering::SeqCst).then(|| TcpStream::connect(to).ok());
                let Some(far) = far.flatten() else { continue };
                let mut all = through.lock().unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    to.set_nodelay(true).unwrap();
                    all.push(from.try_clone().unwrap());
                    thread::spawn(move || hand_on(from, to));
                }
            }
        });
        relay
    }

    /// Ends every connection, and takes no other.
    pub(crate) fn cut(&self) {
        self.whole.store(false, Ordering::SeqCst);
        for stream in self.through.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Takes connections again.
    pub(crate) fn mend(&self) {
        self.whole.store(true, Ordering::SeqCst);
    }
}

fn hand_on(mut from: TcpStream, mut to: TcpStream) {
    let mut octets = [0; 4_096];
    while let Ok(length @ 1..) = from.read(&mut octets) {
        if to.write_all(&octets[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
