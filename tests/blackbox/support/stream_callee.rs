//! User agents that are called over connections, plain or within TLS, each on its own loopback port.

use super::pki::Pki;
use super::stream_peer::StreamPeer;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct State {
    received: Vec<String>,
    /// The names that clients asked for (SNI).
    asked_for: Vec<Option<String>>,
}

/// A user agent that answers each call.
#[derive(Clone)]
pub(crate) struct StreamCallee {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl StreamCallee {
    pub(crate) fn tcp(address: SocketAddr) -> Self {
        Self::over(address, StreamPeer::over_tcp)
    }

    /// Within TLS, proving these names.
    pub(crate) fn tls(
        address: SocketAddr,
        pki: &'static Pki,
        names: &'static [&'static str],
    ) -> Self {
        Self::over(address, move |stream| StreamPeer::over_tls(stream, pki, names).ok())
    }

    fn over(
        address: SocketAddr,
        up: impl Fn(std::net::TcpStream) -> Option<StreamPeer> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let callee = Self { address, state: Arc::default() };
        let (server, up) = (callee.clone(), Arc::new(up));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, up) = (server.clone(), Arc::clone(&up));
                std::thread::spawn(move || {
                    if let Some(peer) = up(stream) {
                        server.serve(peer);
                    }
                });
            }
        });
        callee
    }

    fn serve(&self, mut peer: StreamPeer) {
        peer.patience = Duration::from_secs(3_600);
        self.state.lock().unwrap().asked_for.push(peer.asked_for());
        while let Some(text) = peer.message() {
            self.state.lock().unwrap().received.push(text.clone());
            match text.split(' ').next().unwrap_or_default() {
                "INVITE" => {
                    peer.respond(&text, "180 Ringing", false);
                    peer.respond(&text, "200 OK", true);
                }
                "SIP/2.0" | "ACK" => {}
                _ => peer.respond(&text, "200 OK", false),
            }
        }
    }

    /// The requests of one method that have come.
    pub(crate) fn requests(&self, method: &str) -> Vec<String> {
        let (start, state) = (format!("{method} "), self.state.lock().unwrap());
        state.received.iter().filter(|text| text.starts_with(&start)).cloned().collect()
    }

    /// The names that clients asked for.
    pub(crate) fn asked_for(&self) -> Vec<Option<String>> {
        self.state.lock().unwrap().asked_for.clone()
    }
}
