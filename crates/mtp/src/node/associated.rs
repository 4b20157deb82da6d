//! Links over associations (RFC 4165): the association is to a link what a line is.

use super::Mtp;
use crate::Output;
use crate::level2::Event;
use crate::m3ua::{self, AssociationId, Command};
use crate::mtp3::management::Management;
use base::Instant;

impl Mtp {
    /// An association reports: that of a link, or one of M3UA.
    pub(super) fn associated(
        &mut self,
        now: Instant,
        association: AssociationId,
        event: m3ua::Event,
    ) {
        let of_link = self.links.iter().position(|l| l.level2.association() == Some(association));
        let Some(link) = of_link.and_then(|at| self.links.get_mut(at)) else {
            return self.m3ua.handle(now, association, event);
        };
        let id = link.config.id;
        match event {
            m3ua::Event::Up => {
                link.level2.handle_association(now, event);
                self.set_line(now, id, true);
            }
            m3ua::Event::Down => {
                link.level2.handle_association(now, event);
                self.set_line(now, id, false);
            }
            event => link.level2.handle_association(now, event),
        }
    }

    /// Deals with what level 2 of a link says, or wants done.
    pub(super) fn level2_wants(&mut self, now: Instant, at: usize, event: Event) {
        match event {
            Event::Said(event) => self.level2_says(now, at, event),
            Event::Command(command) => self.command(at, command),
            Event::Turn => {
                let turn = self.m3ua.turn(now);
                if let Some(link) = self.links.get_mut(at) {
                    link.level2.turn(now, turn);
                }
            }
        }
    }

    fn command(&mut self, at: usize, command: Command) {
        let association = self.links.get(at).and_then(|link| link.level2.association());
        if let Some(association) = association {
            self.outputs.push_back(Output::Association { association, command });
        }
    }

    /// Tells the peer what arrived on a link that failed (Q.704 §5.4, RFC 4165 §4.2.3).
    pub(super) fn changeover_message(&self, concerned: usize, order: bool, fsn: u32) -> Management {
        if self.is_extended(concerned) {
            Management::ExtendedChangeover { order, fsn }
        } else {
            Management::Changeover { order, fsn: fsn as u8 } // of 7 bits there
        }
    }

    /// The number that a changeover message tells, if it is one of this link's: with the other kind
    /// of message the order is clear, and the number is of no use.
    pub(super) fn number_told(&self, concerned: usize, message: Management) -> Option<u32> {
        match message {
            Management::Changeover { fsn, .. } if !self.is_extended(concerned) => Some(fsn.into()),
            Management::ExtendedChangeover { fsn, .. } if self.is_extended(concerned) => Some(fsn),
            _ => None,
        }
    }

    fn is_extended(&self, at: usize) -> bool {
        self.links.get(at).is_some_and(|link| link.level2.is_extended())
    }
}
