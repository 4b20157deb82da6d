//! Nothing is left behind when all calls have ended.

use crate::carrier::Carrier;
use crate::checks::circuits;
use crate::peer::Peer;
use exchange::Exchange;
use gateway::{Gateway, Timer};

/// What is left, in words, that has to end by itself.
pub(crate) fn unfinished(gateway: &Gateway, exchange: &Exchange, peers: &[Peer]) -> Vec<String> {
    let mut left = circuits::busy(gateway, exchange);
    let mut count = |what: &str, count: usize| {
        if count > 0 {
            left.push(format!("{count} {what}"));
        }
    };
    count("calls in the gateway", gateway.calls().len());
    count("sessions in the gateway", gateway.sip().sessions());
    count("circuit calls in the gateway", gateway.isup().calls());
    count("circuit calls in the exchange", exchange.isup().calls());
    count("ends that are not idle", usize::from(!gateway.is_idle() || !exchange.is_idle()));
    for peer in peers {
        count(&format!("calls of {}", peer.name), peer.core.sessions().max(peer.calls.len()));
    }
    left
}

/// What is left, in words, after the last retransmission could have come.
pub(crate) fn leaks(
    gateway: &Gateway,
    exchange: &Exchange,
    peers: &[Peer],
    carrier: &Carrier,
) -> Vec<String> {
    let mut left = unfinished(gateway, exchange, peers);
    let mut count = |what: &str, count: usize| {
        if count > 0 {
            left.push(format!("{count} {what}"));
        }
    };
    count("transactions in the gateway", gateway.sip().transactions());
    count("open RTP ports", carrier.contexts());
    for (of, mtp) in [("gateway", gateway.mtp()), ("exchange", exchange.mtp())] {
        for link in mtp.links() {
            if let Some(stats) = mtp.link_stats(link) {
                count(&format!("messages queued in the {of} for link {link}"), stats.queued);
                count(&format!("messages unacknowledged by the {of}'s peer"), stats.outstanding);
                count(&format!("links out of service at the {of}"), usize::from(!stats.in_service));
            }
        }
    }
    for peer in peers {
        count(&format!("transactions of {}", peer.name), peer.core.transactions());
    }
    let stats = gateway.stats();
    count("records reaped because they outlived their deadline", stats.reaped as usize);
    count("calls that outlived the deadline of their phase", stats.overdue as usize);
    let timers = gateway.deadlines();
    // Links and connections outlive their calls.
    let leaked =
        timers.iter().filter(|(_, timer)| !matches!(timer, Timer::Mtp(_) | Timer::KeepAlive));
    left.extend(leaked.map(|(at, timer)| format!("the gateway's timer {timer:?} runs until {at}")));
    if let Some((at, timer)) = exchange.isup().poll_timeout() {
        left.push(format!("the exchange's timer {timer} runs until {at}"));
    }
    left
}
