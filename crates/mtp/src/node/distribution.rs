//! Message discrimination and distribution (Q.704 §2.4, HMDC and HMDT), and the answers to
//! management messages.

use super::{Mtp, Phase};
use crate::mtp3::label::{Label, Msu};
use crate::mtp3::management::{Heading, Management};
use crate::mtp3::queue::Message;
use crate::mtp3::slt::Test;
use crate::sap::{Indication, StatusCause, Transfer, UnavailabilityCause};
use crate::{Output, PointCode, ServiceIndicator, Via};
use base::{Class, Instant};
use bytes::Bytes;

impl Mtp {
    /// A message arrived on link `at`.
    pub(super) fn received(&mut self, now: Instant, at: usize, octets: Bytes) {
        let msu = Msu::parse(&octets);
        if self.config.trace
            && let Some(link) = self.links.get(at)
        {
            let link = link.config.id;
            self.outputs.push_back(Output::Trace {
                via: Via::Link(link),
                outgoing: false,
                msu: octets,
            });
        }
        let Some(msu) = msu else {
            self.stats.malformed += 1;
            return;
        };
        let ours = msu.label.dpc == self.config.own;
        if msu.network != self.config.network || !ours && !self.config.transfer {
            self.stats.misrouted += 1;
            return;
        }
        if !ours {
            return self.pass_on(now, at, msu);
        }
        match msu.service {
            ServiceIndicator::NETWORK_MANAGEMENT => self.management(now, at, &msu),
            ServiceIndicator::NETWORK_TESTING => self.testing(now, at, &msu),
            service if service == self.config.service => self.indicate(msu),
            _ => self.unequipped(at, &msu),
        }
    }

    fn indicate(&mut self, msu: Msu) {
        self.stats.indicated += 1;
        let Label { dpc, opc, sls } = msu.label;
        let (class, payload) = (Class::Ordinary, msu.payload);
        let transfer = Transfer { opc, dpc, sls, class, payload };
        self.outputs.push_back(Output::Indication(Indication::Transfer(transfer)));
    }

    /// Q.704 §11.2.7: the sender is told that this user part is not here. The answer goes to where
    /// the message came from, as the least urgent of what waits there: however much comes for
    /// others, no call waits behind the answers.
    fn unequipped(&mut self, at: usize, msu: &Msu) {
        self.stats.unequipped += 1;
        let answer = Management::UserPartUnavailable {
            destination: self.config.own,
            user: msu.service,
            cause: UnavailabilityCause::UNEQUIPPED,
        };
        let answer = Msu {
            service: ServiceIndicator::NETWORK_MANAGEMENT,
            network: self.config.network,
            priority: self.own_priority(),
            label: Label { dpc: msu.label.opc, opc: self.config.own, sls: msu.label.sls },
            payload: answer.write(),
        };
        let link = self.links.get_mut(at).filter(|link| link.phase == Phase::InService);
        let message = Message { class: Class::Ordinary, msu: answer };
        if link.is_none_or(|link| link.queue.push(message).is_err()) {
            self.stats.control_dropped += 1;
        }
    }

    fn testing(&mut self, now: Instant, at: usize, msu: &Msu) {
        let Some(link) = self.links.get(at) else { return };
        // Q.707 §2.2: the link that the message names must be the one on which it came.
        let own = link.config.adjacent == msu.label.opc && link.config.slc == msu.label.sls.0;
        match Test::parse(&msu.payload).filter(|_| own) {
            Some(test) => self.test_received(now, at, test),
            None => self.stats.malformed += 1,
        }
    }

    fn management(&mut self, now: Instant, at: usize, msu: &Msu) {
        let Some(message) = Management::parse(&msu.payload) else {
            self.stats.malformed += 1;
            return;
        };
        match message {
            Management::UserPartUnavailable { destination, user, cause } => {
                if user == self.config.service {
                    self.status(destination, StatusCause::UserPartUnavailable { cause });
                }
                return;
            }
            Management::Controlled { destination, level } => {
                return self.controlled(now, destination, level);
            }
            Management::Route { about, destination } => {
                return self.told_of_route(now, at, msu.label.opc, about, destination);
            }
            // A test of the way to us, which has let it through.
            Management::Other(Heading::RCT) => return,
            Management::Other(Heading::TRA) => {
                return self.neighbour_restarted(now, msu.label.opc);
            }
            Management::Other(heading) if heading.name().is_none() => {
                self.stats.unknown_management += 1;
                return;
            }
            _ => {}
        }
        // The rest concern a link to the sender, of which the label holds the code.
        let Some(concerned) = self.link_of(msu.label.opc, msu.label.sls.0) else {
            self.stats.malformed += 1;
            return;
        };
        match message {
            Management::Changeover { order, .. }
            | Management::ExtendedChangeover { order, .. }
            | Management::EmergencyChangeover { order } => {
                let fsn = self.number_told(concerned, message);
                if order {
                    self.changeover_ordered(now, at, concerned, fsn);
                } else {
                    self.changeover_done(concerned, fsn);
                }
            }
            Management::Changeback { declaration: true, code } => {
                let answer = Management::Changeback { declaration: false, code };
                self.send_management(at, msu.label.sls.0, answer);
            }
            Management::Changeback { declaration: false, code } => {
                self.changeback_done(concerned, code);
            }
            Management::Other(heading) => {
                if !self.told_of_inhibition(now, concerned, heading) {
                    self.stats.ignored_management += 1;
                }
            }
            Management::Controlled { .. }
            | Management::Route { .. }
            | Management::UserPartUnavailable { .. } => {}
        }
    }

    /// Only destinations that the user knows are spoken of.
    fn status(&mut self, dpc: PointCode, cause: StatusCause) {
        if self.destinations.contains_key(&dpc) {
            self.outputs.push_back(Output::Indication(Indication::Status { dpc, cause }));
        }
    }

    fn link_of(&self, adjacent: PointCode, slc: u8) -> Option<usize> {
        self.links
            .iter()
            .position(|link| (link.config.adjacent, link.config.slc) == (adjacent, slc))
    }
}
