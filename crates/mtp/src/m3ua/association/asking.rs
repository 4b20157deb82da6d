//! What we ask of the peer: ASPUP, then registration, then ASPAC, each until it is acknowledged.

use super::{Association, Carrier, Membership, Side};
use crate::m3ua::codes::{ErrorCode, Kind, RegistrationStatus, Status};
use crate::m3ua::config::Timers;
use crate::m3ua::message::{Affected, Error, KeyPart, Message, Registered, RoutingKey};
use crate::m3ua::{AspState, Timer};
use base::Instant;
use bytes::Bytes;

impl Association {
    /// Asks for what is to be had next, and again until that comes (T(ack)).
    pub(super) fn ask(&mut self, now: Instant, timers: &Timers) {
        if self.carrier != Carrier::Up || !self.config.role.asks() {
            return;
        }
        let messages = self.next_question();
        let Some(first) = messages.first() else {
            self.waiting = None;
            self.timers.stop(Timer::Ack);
            return;
        };
        self.waiting = Some(match first {
            Message::AspUp { .. } => Kind::ASPUP_ACK,
            Message::RegReq(_) => Kind::REG_RSP,
            _ => Kind::ASPAC_ACK,
        });
        self.timers.set(now, Timer::Ack, timers.ack);
        messages.iter().for_each(|message| self.say(message));
    }

    fn next_question(&self) -> Vec<Message> {
        if !self.ours_up {
            return vec![Message::AspUp { identifier: self.config.identifier }];
        }
        let unregistered = |one: &Membership| !one.registered && !one.refused;
        let keys = self.servers.iter().enumerate().filter(|(_, one)| unregistered(one));
        let keys: Vec<_> = keys.map(|(at, one)| self.key(at, one)).collect();
        if !keys.is_empty() {
            return vec![Message::RegReq(keys)];
        }
        let mut messages: Vec<Message> = Vec::new();
        let idle = |one: &&Membership| one.wanted && one.ours == AspState::Inactive;
        for one in self.servers.iter().filter(idle) {
            // §4.3.4.3: those of one traffic mode may go in one message.
            let same = |message: &&mut Message| {
                let Message::AspActive { mode, .. } = message else { return false };
                *mode == one.config.mode
            };
            if let Some(Message::AspActive { contexts, .. }) = messages.iter_mut().find(same) {
                contexts.extend(one.context);
            } else {
                let (mode, contexts) = (one.config.mode, one.context.into_iter().collect());
                messages.push(Message::AspActive { mode, contexts });
            }
        }
        messages
    }

    /// The routing key of an application server of ours: what its peers send us (§3.6.1).
    fn key(&self, at: usize, server: &Membership) -> RoutingKey {
        let origins = server.config.peers.iter().map(|peer| Affected::one(*peer)).collect();
        let services = vec![self.identity.service];
        RoutingKey {
            local: local_name(at),
            context: server.config.context,
            mode: server.config.mode,
            appearance: self.config.appearance,
            parts: vec![KeyPart { dpc: self.identity.own, services, origins }],
            has_more: false,
        }
    }

    /// RFC 4666 §4.3.4.1.
    pub(super) fn up_acknowledged(&mut self, now: Instant, timers: &Timers, octets: &Bytes) {
        if self.ours() == AspState::Active {
            self.unexpected(octets, Vec::new());
        } else if matches!(self.waiting, Some(Kind::ASPAC_ACK | Kind::REG_RSP)) {
            return; // to an ASPUP that was sent again
        }
        self.set_up(Side::Ours, true, "ASPUP acknowledged");
        self.ask(now, timers);
    }

    /// §4.3.4.3: no acknowledgement makes an ASP active that is down.
    pub(super) fn active_acknowledged(&mut self, now: Instant, timers: &Timers, given: &[u32]) {
        if self.waiting != Some(Kind::ASPAC_ACK) {
            return;
        }
        for (server, _) in self.named(given).0 {
            if self.servers.get(server).is_some_and(|one| one.wanted) {
                self.set(server, Side::Ours, AspState::Active, "ASPAC acknowledged");
            }
        }
        let idle = |one: &Membership| one.wanted && one.ours == AspState::Inactive;
        if !self.servers.iter().any(idle) {
            self.waiting = None;
            self.timers.stop(Timer::Ack);
        } else if !self.timers.is_running(Timer::Ack) {
            self.timers.set(now, Timer::Ack, timers.ack);
        }
    }

    /// §4.3.4.4: without being asked; back to where we were.
    pub(super) fn inactive_acknowledged(&mut self, now: Instant, timers: &Timers, given: &[u32]) {
        let mut was_active = false;
        for (server, _) in self.named(given).0 {
            if self.servers.get(server).is_some_and(|one| one.ours == AspState::Active) {
                was_active = true;
                self.set(server, Side::Ours, AspState::Inactive, "ASPIA ACK");
            }
        }
        if was_active {
            self.ask(now, timers);
        }
    }

    /// §4.3.4.2: without being asked; back to where we were.
    pub(super) fn down_acknowledged(&mut self, now: Instant, timers: &Timers) {
        self.set_up(Side::Ours, false, "ASPDN ACK");
        self.servers.iter_mut().for_each(Membership::deregister);
        self.ask(now, timers);
    }

    /// RFC 4666 §4.3.4.5.
    pub(super) fn notified(
        &mut self,
        now: Instant,
        timers: &Timers,
        status: Status,
        contexts: &[u32],
    ) {
        let association = self.config.id;
        tracing::info!(%association, %status, "the peer notifies");
        for (server, _) in self.named(contexts).0 {
            let Some(one) = self.servers.get_mut(server) else { continue };
            match status {
                // §4.3.4.3: it has our traffic now, and we must not take it back.
                Status::ALTERNATE_ASP if one.ours == AspState::Active => {
                    one.wanted = false;
                    let reason = "another ASP has taken over";
                    self.set(server, Side::Ours, AspState::Inactive, reason);
                }
                // Nobody has it any more.
                Status::AS_PENDING | Status::AS_INACTIVE => one.wanted = true,
                _ => {}
            }
        }
        if self.waiting.is_none() {
            self.ask(now, timers);
        }
    }

    /// The peer finds an error in what we sent.
    pub(super) fn blamed(&mut self, now: Instant, timers: &Timers, error: &Error) {
        self.stats.errors_received += 1;
        let association = self.config.id;
        tracing::warn!(%association, code = %error.code, "the peer finds an error");
        // §4.4.1: it knows no registration.
        if error.code == ErrorCode::UNSUPPORTED_CLASS && self.waiting == Some(Kind::REG_RSP) {
            for one in self.servers.iter_mut().filter(|one| !one.registered) {
                one.refused = true;
            }
            self.timers.set(now, Timer::Register, timers.register_again);
            self.ask(now, timers);
        }
    }

    /// §4.4.1: what became of the keys.
    pub(super) fn registered(&mut self, now: Instant, timers: &Timers, results: &[Registered]) {
        for result in results {
            let at = result.local.checked_sub(1).and_then(|at| usize::try_from(at).ok());
            let Some((at, one)) = at.and_then(|at| Some((at, self.servers.get_mut(at)?))) else {
                self.discard();
                continue;
            };
            if one.registered {
                continue;
            }
            let status = result.status;
            let good = [RegistrationStatus::REGISTERED, RegistrationStatus::ALREADY_REGISTERED];
            if good.contains(&status) && result.context != 0 {
                (one.registered, one.context) = (true, Some(result.context));
                self.set(at, Side::Ours, AspState::Inactive, "registered");
            } else {
                one.refused = true;
                let association = self.config.id;
                tracing::warn!(%association, %status, "the peer refuses a routing key");
                self.timers.set(now, Timer::Register, timers.register_again);
            }
        }
        if self.waiting == Some(Kind::REG_RSP) {
            self.ask(now, timers);
        }
    }

    /// What was refused may be provisioned by now.
    pub(super) fn register_again(&mut self, now: Instant, timers: &Timers) {
        self.servers.iter_mut().for_each(|one| one.refused = false);
        if self.waiting.is_none() {
            self.ask(now, timers);
        }
    }
}

/// By which a request names a key.
fn local_name(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}
