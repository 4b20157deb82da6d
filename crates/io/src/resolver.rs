//! Questions to the domain name system, on a thread of their own: the signalling thread never waits
//! for a name server, and what a name server sends never costs it time.
//!
//! Nothing is kept here: whoever asks knows how long the answers are good.

use base::Duration;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{Resolver as Stub, TokioResolver};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::thread::JoinHandle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Records of one answer that are taken on.
const RECORDS: usize = 64;

/// How the domain name system is asked.
#[derive(Clone, Debug)]
pub struct ResolverOptions {
    /// Name servers; none: those of the system.
    pub servers: Vec<SocketAddr>,
    /// How long one server may take for one answer. Each is asked twice.
    pub patience: Duration,
    /// Questions at once.
    pub in_flight: usize,
    /// Questions that wait until there are fewer.
    pub waiting: usize,
}

/// The type of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsKind {
    /// RFC 3403.
    Naptr,
    /// RFC 2782.
    Srv,
    /// An address of IPv4.
    A,
    /// An address of IPv6.
    Aaaa,
}

/// A record. Text that is no UTF-8 is taken for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsRecord {
    /// RFC 3403.
    Naptr {
        /// Order.
        order: u16,
        /// Preference.
        preference: u16,
        /// Flags.
        flags: String,
        /// Services.
        services: String,
        /// Regular expression.
        regexp: String,
        /// Replacement, without the last dot.
        replacement: String,
    },
    /// RFC 2782.
    Srv {
        /// Priority.
        priority: u16,
        /// Weight.
        weight: u16,
        /// Port.
        port: u16,
        /// Target, without the last dot; empty for the root.
        target: String,
    },
    /// An address.
    Address(IpAddr),
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsAnswer {
    /// These records, good for so long.
    Records(Vec<DnsRecord>, Duration),
    /// There is nothing, which is known for so long (RFC 2308).
    Nothing(Option<Duration>),
    /// No answer, or one that says that the server failed.
    Failed,
}

/// A question by its number.
type Question = (u64, DnsKind, String);

/// The thread that asks.
#[derive(Debug)]
pub struct Resolver {
    questions: Option<mpsc::Sender<Question>>,
    answers: mpsc::Receiver<(u64, DnsAnswer)>,
    thread: Option<JoinHandle<()>>,
}

impl Resolver {
    /// Starts the thread. Fails where the system's own configuration is to be used and cannot be
    /// read.
    pub fn start(options: &ResolverOptions) -> io::Result<Self> {
        let stub = stub(options).map_err(io::Error::other)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let in_flight = options.in_flight.max(1);
        let (questions, asked) = mpsc::channel(options.waiting.max(1));
        let (answered, answers) = mpsc::channel(2 * in_flight);
        let serve = move || runtime.block_on(serve(stub, asked, answered, in_flight));
        let thread = std::thread::Builder::new().name("resolver".to_owned()).spawn(serve)?;
        Ok(Self { questions: Some(questions), answers, thread: Some(thread) })
    }

    /// Puts a question; says whether there was room for it. A name is taken as fully qualified.
    pub fn ask(&mut self, number: u64, kind: DnsKind, name: &str) -> bool {
        let question = (number, kind, name.to_owned());
        self.questions.as_ref().is_some_and(|questions| questions.try_send(question).is_ok())
    }

    /// Waits for the next answer; none where the thread is gone, and none will come.
    pub async fn answer(&mut self) -> Option<(u64, DnsAnswer)> {
        self.answers.recv().await
    }
}

impl Drop for Resolver {
    /// Questions under way are given up.
    fn drop(&mut self) {
        self.questions = None;
        self.answers.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the resolver's thread failed");
        }
    }
}

fn stub(options: &ResolverOptions) -> Result<TokioResolver, NetError> {
    let provider = TokioRuntimeProvider::default();
    let mut builder = if options.servers.is_empty() {
        Stub::builder(provider)?
    } else {
        let servers = options.servers.iter().map(|server| {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
            let connections = connections.map(|mut connection| {
                connection.port = server.port();
                connection
            });
            NameServerConfig::new(server.ip(), true, connections.to_vec())
        });
        let config = ResolverConfig::from_name_servers(servers.collect());
        let mut builder = Stub::builder_with_config(config, provider);
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        builder
    };
    settle(builder.options_mut(), options);
    builder.build()
}

fn settle(stub: &mut ResolverOpts, options: &ResolverOptions) {
    stub.timeout = options.patience;
    stub.attempts = 1;
    stub.cache_size = 0;
    stub.edns0 = true;
    // The time to live of a CNAME counts as well.
    stub.preserve_intermediates = true;
}

/// Answers questions until nobody asks any more.
async fn serve(
    stub: TokioResolver,
    mut asked: mpsc::Receiver<Question>,
    answered: mpsc::Sender<(u64, DnsAnswer)>,
    in_flight: usize,
) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            question = asked.recv(), if open.len() < in_flight => {
                let Some((number, kind, name)) = question else {
                    return;
                };
                let (stub, answered) = (stub.clone(), answered.clone());
                open.spawn(async move {
                    let _gone = answered.send((number, contained(stub, kind, name).await)).await;
                });
            }
            Some(_) = open.join_next(), if !open.is_empty() => {}
            () = answered.closed() => return,
        }
    }
}

/// The answer, whatever becomes of whoever looks for it: each question has one.
async fn contained(stub: TokioResolver, kind: DnsKind, name: String) -> DnsAnswer {
    let look_up = tokio::spawn(async move { look_up(&stub, kind, &name).await });
    look_up.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a question to the domain name system was given up");
        DnsAnswer::Failed
    })
}

async fn look_up(stub: &TokioResolver, kind: DnsKind, name: &str) -> DnsAnswer {
    let Ok(mut name) = Name::from_ascii(name) else {
        return DnsAnswer::Nothing(None);
    };
    // No search list: a trunk leads where its name says.
    name.set_fqdn(true);
    let kind = match kind {
        DnsKind::Naptr => RecordType::NAPTR,
        DnsKind::Srv => RecordType::SRV,
        DnsKind::A => RecordType::A,
        DnsKind::Aaaa => RecordType::AAAA,
    };
    // Two attempts, truncation and a second server, and a margin.
    let patience = stub.options().timeout * 4;
    match tokio::time::timeout(patience, stub.lookup(name.clone(), kind)).await {
        Ok(Ok(found)) => {
            let answers = found.answers();
            let ttl = answers.iter().map(|record| record.ttl).min().unwrap_or(0);
            let records: Vec<_> =
                answers.iter().filter_map(|answer| record(&answer.data)).take(RECORDS).collect();
            let ttl = Duration::from_secs(ttl.into());
            if records.is_empty() {
                return DnsAnswer::Nothing(Some(ttl));
            }
            DnsAnswer::Records(records, ttl)
        }
        Ok(Err(NetError::Dns(DnsError::NoRecordsFound(none))))
            if matches!(none.response_code, ResponseCode::NXDomain | ResponseCode::NoError) =>
        {
            DnsAnswer::Nothing(none.negative_ttl.map(|ttl| Duration::from_secs(ttl.into())))
        }
        Ok(Err(error)) => {
            tracing::debug!(%name, %kind, %error, "the domain name system failed");
            DnsAnswer::Failed
        }
        Err(_late) => DnsAnswer::Failed,
    }
}

fn record(data: &RData) -> Option<DnsRecord> {
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).ok();
    Some(match data {
        RData::A(address) => DnsRecord::Address(address.0.into()),
        RData::AAAA(address) => DnsRecord::Address(address.0.into()),
        RData::SRV(srv) => DnsRecord::Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: written(&srv.target),
        },
        RData::NAPTR(naptr) => DnsRecord::Naptr {
            order: naptr.order,
            preference: naptr.preference,
            flags: text(&naptr.flags)?,
            services: text(&naptr.services)?,
            regexp: text(&naptr.regexp)?,
            replacement: written(&naptr.replacement),
        },
        _ => return None,
    })
}

fn written(name: &Name) -> String {
    let text = name.to_ascii();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests;
