//! Signalling links under stress, at the level of bits: what happens to the messages, and what
//! tshark makes of the line.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it did"
)]

mod faults;
mod judged;

use base::{Class, Duration};
use bytes::Bytes;
use mtp::mtp2::{Correction, Limits, Rate};
use mtp::sap::{Indication, Transfer};
use mtp::{Config, LinkConfig, LinkId, NetworkIndicator, PointCode, Sls};
use sim::links::Links;

const POINTS: [PointCode; 2] = [PointCode(1), PointCode(2)];

fn configs(links: u8, correction: Correction) -> [Config; 2] {
    [0, 1].map(|own| {
        let mut config = Config::new(POINTS[own], NetworkIndicator::NATIONAL);
        let link = |code: u8| LinkConfig {
            level2: mtp::Level2Config::Mtp2(mtp::mtp2::Config::new(Rate::Kbit64, correction)),
            ..LinkConfig::new(LinkId(code.into()), POINTS[1 - own], code)
        };
        config.links = (0..links).map(link).collect();
        config
    })
}

const PREVENTIVE: Correction = Correction::Preventive(Limits { messages: 127, octets: 4_000 });

fn pass(links: &mut Links, time: Duration) {
    (0..time.as_millis()).for_each(|_| links.tick());
}

/// All links in service, and what the user parts were told on the way forgotten.
fn aligned(configs: [Config; 2], errors: u64, seed: u64) -> Links {
    let mut links = Links::new(configs, errors, seed).unwrap();
    for _ in 0..60_000 {
        links.tick();
        if links.are_in_service() {
            pass(&mut links, Duration::from_secs(1));
            links.ends.iter_mut().for_each(|end| end.told.clear());
            return links;
        }
    }
    panic!("the links do not align");
}

/// Messages from end to end, numbered in each link selection, and what arrives of them.
#[derive(Debug, Default)]
struct Traffic {
    sent: [[u32; 16]; 2],
    received: [[u32; 16]; 2],
}

impl Traffic {
    /// An end sends the next message of a link selection: a RLC with its number in user-to-user
    /// information.
    fn send(&mut self, links: &mut Links, from: usize, sls: u8) {
        let number = &mut self.sent[from][usize::from(sls)];
        *number += 1;
        let mut payload = vec![sls, 0, 0x10, 1, 0x20, 5, 0];
        payload.extend(number.to_be_bytes());
        payload.push(0);
        let [opc, dpc] = [POINTS[from], POINTS[1 - from]];
        let payload = Bytes::from(payload);
        links.transfer(from, Transfer { opc, dpc, sls: Sls(sls), class: Class::Ordinary, payload });
    }

    /// Takes what has arrived; each must be the next of its link selection. How often a user part
    /// was told that its destination cannot be reached.
    fn take(&mut self, links: &mut Links) -> usize {
        let mut pauses = 0;
        for (at, end) in links.ends.iter_mut().enumerate() {
            for indication in end.told.drain(..) {
                match indication {
                    Indication::Transfer(transfer) => {
                        let sls = usize::from(transfer.sls.0);
                        let number = transfer.payload[7..11].try_into().unwrap();
                        let expected = &mut self.received[at][sls];
                        *expected += 1;
                        assert_eq!(u32::from_be_bytes(number), *expected, "SLS {sls}");
                    }
                    Indication::Pause { .. } => pauses += 1,
                    _ => {}
                }
            }
        }
        pauses
    }

    fn all_arrived(&self) {
        assert_eq!(self.sent[0], self.received[1]);
        assert_eq!(self.sent[1], self.received[0]);
    }
}
