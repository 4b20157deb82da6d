//! How a connection comes up: accepted or opened, with or without TLS.

use super::port::Report;
use crate::SocketOptions;
use crate::tls::{self, TlsConfigs};
use base::Duration;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// An open connection.
#[derive(Debug)]
pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }
}

pub(super) async fn accept(listener: TcpListener, secure: bool, reporter: mpsc::Sender<Report>) {
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                let report = Report::Accepted { stream, remote, secure };
                if reporter.send(report).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                // Out of descriptors, mostly: try again when some may have been returned.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The server's side of a handshake.
pub(super) async fn shake(
    stream: TcpStream,
    remote: SocketAddr,
    configs: Arc<TlsConfigs>,
    patience: Duration,
    reporter: mpsc::Sender<Report>,
) {
    let acceptor = TlsAcceptor::from(Arc::clone(&configs.server));
    let report = match timeout(patience, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            let stream = TlsStream::Server(stream);
            let names = tls::names_of(stream.get_ref().1);
            Report::Shaken { stream: Box::new(stream), remote, names }
        }
        Ok(Err(error)) => {
            tracing::info!(%remote, %error, "a TLS handshake failed");
            Report::ShakeFailed { remote }
        }
        Err(_late) => {
            tracing::info!(%remote, "a TLS handshake took too long");
            Report::ShakeFailed { remote }
        }
    };
    let _gone = reporter.send(report).await;
}

/// What is needed for TLS to a peer: the certificates, and one of the names it must prove.
pub(super) type Secure = (Arc<TlsConfigs>, Vec<String>);

/// Opens a connection; it is up when the peer has proved to be the one that is meant.
pub(super) async fn open(
    options: SocketOptions,
    local: IpAddr,
    remote: SocketAddr,
    secure: Option<Secure>,
) -> io::Result<(Wire, Vec<String>)> {
    let socket = TcpSocket::from_std_stream(options.tcp_stream(SocketAddr::new(local, 0))?);
    let stream = socket.connect(remote).await?;
    let Some((configs, expected)) = secure else {
        return Ok((Wire::Plain(stream), Vec::new()));
    };
    let client = configs.client.as_ref().ok_or_else(|| {
        io::Error::other("no certificates are known that could vouch for the peer")
    })?;
    let connector = TlsConnector::from(Arc::clone(client));
    let name = tls::indicated(&expected, remote.ip());
    let stream = TlsStream::Client(connector.connect(name, stream).await?);
    let names = tls::names_of(stream.get_ref().1);
    if !tls::is_expected(stream.get_ref().1, &names, &expected, remote.ip()) {
        let error = format!("the peer is {names:?}, not any of {expected:?}");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, error));
    }
    Ok((Wire::Tls(Box::new(stream)), names))
}
