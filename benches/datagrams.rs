//! What a datagram costs the signalling thread, one by one and in batches, and what a TLS handshake
//! costs it: `cargo bench --bench datagrams`. Each figure is the median of thousands of short
//! stretches of time, so that it does not matter much what else runs.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench fails by panicking, tells its figures, and reads the clock"
)]

use bytes::Bytes;
use io::{SocketOptions, UdpPort};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

/// As long as an INVITE.
const LENGTH: usize = 900;
/// How often each burst is sent or taken, the two ways in turns.
const BURSTS: usize = 4_000;
const HANDSHAKES: usize = 500;

/// What `work` took, in nanoseconds.
fn took(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64
}

const OPTIONS: SocketOptions =
    SocketOptions { receive_buffer: 8 << 20, send_buffer: 1 << 20, dscp: io::CS3 };

fn bind() -> UdpPort {
    UdpPort::bind("127.0.0.1:0".parse().unwrap(), &OPTIONS).unwrap()
}

/// The median of what each turn gave.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap()
}

/// Sending `burst` at once: one by one, and by a batch. For each datagram.
fn sending(burst: usize) -> [f64; 2] {
    let (mut from, to) = (bind(), bind());
    let datagrams = vec![(to.local(), Bytes::from(vec![b'x'; LENGTH])); burst];
    let mut figures = [Vec::new(), Vec::new()];
    for _ in 0..BURSTS {
        let single = took(|| {
            for (to, datagram) in &datagrams {
                from.try_send(*to, datagram).unwrap();
            }
        });
        let batch = took(|| assert!(from.send_all(&datagrams).is_empty()));
        figures.iter_mut().zip([single, batch]).for_each(|(all, figure)| all.push(figure));
    }
    figures.map(|figures| median(figures) / burst as f64)
}

/// Taking `burst` that have come together: one by one, and by a batch. For each datagram.
async fn receiving(burst: usize) -> [f64; 2] {
    let (mut from, mut batch) = (bind(), bind());
    let single = OPTIONS.udp("127.0.0.1:0".parse().unwrap()).unwrap();
    let single = tokio::net::UdpSocket::from_std(single).unwrap();
    let payload = Bytes::from(vec![b'x'; LENGTH]);
    let (mut buffer, mut figures) = (vec![0; 65_535], [Vec::new(), Vec::new()]);
    for _ in 0..BURSTS {
        let (to, there) = (single.local_addr().unwrap(), batch.local());
        from.send_all(&vec![(to, payload.clone()); burst]);
        single.readable().await.unwrap();
        let one = took(|| {
            while let Ok((length, source)) = single.try_recv_from(&mut buffer) {
                black_box((source, Bytes::copy_from_slice(buffer.get(..length).unwrap())));
            }
        });
        from.send_all(&vec![(there, payload.clone()); burst]);
        batch.readable().await.unwrap();
        let other = took(|| {
            while let Some(datagram) = batch.try_receive() {
                black_box(datagram);
            }
        });
        figures.iter_mut().zip([one, other]).for_each(|(all, figure)| all.push(figure));
    }
    figures.map(|figures| median(figures) / burst as f64)
}

/// Both sides' certificates of P-256, each verified by the other.
fn configs() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let root = params.self_signed(&key).unwrap().der().clone();
    let issuer = Issuer::new(params, key);
    let issue = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap().der().clone();
        (vec![certificate], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    };
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots.clone()), provider.clone());
    let (chain, key) = issue("gateway.example.net");
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(chain, key)
        .unwrap();
    let (chain, key) = issue("sbc.example.net");
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .unwrap();
    (Arc::new(server), Arc::new(client))
}

/// The server's part of one handshake, in nanoseconds.
fn handshake(server: &Arc<ServerConfig>, client: &Arc<ClientConfig>) -> f64 {
    let name = ServerName::try_from("gateway.example.net").unwrap();
    let mut client = ClientConnection::new(Arc::clone(client), name).unwrap();
    let mut server = ServerConnection::new(Arc::clone(server)).unwrap();
    let mut ours = 0.0;
    while client.is_handshaking() || server.is_handshaking() {
        let mut octets = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut octets).unwrap();
        }
        let mut back = Vec::new();
        ours += took(|| {
            let mut rest = octets.as_slice();
            while !rest.is_empty() {
                server.read_tls(&mut rest).unwrap();
                server.process_new_packets().unwrap();
            }
            while server.wants_write() {
                server.write_tls(&mut back).unwrap();
            }
        });
        let mut rest = back.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets().unwrap();
        }
    }
    ours
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        println!("ns a datagram of {LENGTH} octets          one by one   as we do   ratio");
        for burst in [1, 2, 4, 16, 32] {
            for (what, [single, batch]) in
                [("sent", sending(burst)), ("received", receiving(burst).await)]
            {
                let ratio = batch / single;
                println!(
                    "{burst:>3} at once, {what:<27} {single:>10.0} {batch:>10.0} {ratio:>7.2}"
                );
            }
        }
    });
    let (server, client) = configs();
    let figures = (0..HANDSHAKES).map(|_| handshake(&server, &client)).collect();
    let us = median(figures) / 1_000.0;
    println!("a handshake of TLS 1.3, P-256, certificates of both sides: {us:.0} us of the server");
    println!("200 of them in a second: {:.1} % of a core", us * 200.0 / 10_000.0);
}
