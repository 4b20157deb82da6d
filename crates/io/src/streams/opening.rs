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

/// Reports what comes of `work`, which has a place that must come free again whatever happens: one
/// that panics is reported as `broken`. Without a report it has made its own.
pub(super) async fn watched(
    work: impl Future<Output = Option<Report>> + Send + 'static,
    broken: Report,
    reporter: mpsc::Sender<Report>,
) {
    let report = tokio::spawn(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, ?broken, "the task of a connection broke");
        Some(broken)
    });
    if let Some(report) = report {
        let _gone = reporter.send(report).await;
    }
}

/// The server's side of a handshake.
pub(super) async fn shake(
    stream: TcpStream,
    remote: SocketAddr,
    configs: Arc<TlsConfigs>,
    patience: Duration,
) -> Report {
    let acceptor = TlsAcceptor::from(Arc::clone(&configs.server));
    match timeout(patience, acceptor.accept(stream)).await {
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
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Else its place would stay taken for as long as the process lives.
    #[test]
    fn a_task_that_breaks_is_reported_all_the_same() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (reporter, mut reports) = mpsc::channel(4);
            let broken = Report::Closed { id: 7 };
            watched(async { panic!("on purpose") }, broken, reporter.clone()).await;
            assert!(matches!(reports.recv().await, Some(Report::Closed { id: 7 })));
            let idle = async { Some(Report::Idle { id: 8 }) };
            watched(idle, Report::Closed { id: 8 }, reporter.clone()).await;
            assert!(matches!(reports.recv().await, Some(Report::Idle { id: 8 })));
            watched(async { None }, Report::Closed { id: 9 }, reporter).await;
            assert!(reports.recv().await.is_none());
        });
    }
}
