//! Whatever both sides do, in whatever order: every call ends, is recorded once, and leaves
//! nothing behind.

use super::pstn_to_sip::iam;
use super::sip_to_pstn::{acm, con};
use super::ua::{Ua, header, status};
use super::world::{GROUP, World};
use crate::Input;
use base::{Cause, Class, Duration, Rng};
use isup::{Backward, Event};
use isup_codec::{Anm, CalledStatus, CauseIndicators, Cpg, EventIndicator};
use media::{ContextId, Event as Heard};

const URIS: [&str; 6] = [
    "sip:0199000001@127.0.0.1",
    "sip:+33199001201@127.0.0.1",
    "sip:112@127.0.0.1",
    "urn:service:sos.fire",
    "sip:0199008001@127.0.0.1",
    "sip:alice@127.0.0.1",
];

struct Storm {
    world: World,
    rng: Rng,
    callers: Vec<Ua>,
    callees: Vec<Ua>,
    circuits: Vec<isup::CallId>,
    count: usize,
}

fn pick<'a, T>(rng: &mut Rng, from: &'a mut [T]) -> Option<&'a mut T> {
    let index = usize::try_from(rng.below(from.len() as u64)).unwrap();
    from.get_mut(index)
}

impl Storm {
    fn new(seed: u64) -> Self {
        Self {
            world: World::new(),
            rng: Rng::new(seed),
            callers: Vec::new(),
            callees: Vec::new(),
            circuits: Vec::new(),
            count: 0,
        }
    }

    fn step(&mut self) {
        match self.rng.below(16) {
            0..=2 => self.sip_call(),
            3 => {
                let called = ["199008001", "199000001", "112", "1990B"][self.rng.below(4) as usize];
                let iam = iam(called);
                let placed =
                    self.world.at_exchange(|x, now| x.setup(now, Class::Ordinary, GROUP, iam));
                self.circuits.extend(placed.map(|(call, _)| call));
            }
            4..=7 => self.exchange_acts(),
            8..=9 => self.caller_acts(),
            10..=12 => self.callee_acts(),
            13 => {
                let context = ContextId(self.rng.below(32) as u32);
                let event = if self.rng.chance(1, 2) {
                    Heard::Silent { context, times: 1 + self.rng.below(12) as u32 }
                } else {
                    Heard::OpenFailed { context }
                };
                self.world.input(Input::Media(event));
            }
            14 if self.rng.chance(1, 10) => {
                self.world.cut(true);
                self.world.run(Duration::from_millis(self.rng.below(5000)));
                self.world.cut(false);
            }
            _ => self.world.run(Duration::from_millis(self.rng.below(8000))),
        }
        self.world.run(Duration::from_millis(self.rng.below(30)));
        self.look();
    }

    fn sip_call(&mut self) {
        self.count += 1;
        let uri = URIS[self.rng.below(URIS.len() as u64) as usize];
        let ua = Ua::new(&format!("s{}", self.count), uri);
        let offer = Ua::offer();
        ua.invite_with(&mut self.world, "", self.rng.chance(4, 5).then_some(offer.as_str()));
        self.callers.push(ua);
    }

    /// Takes note of the calls that have arrived on either side.
    fn look(&mut self) {
        while let Some(event) = self.world.events.pop_front() {
            if let Event::Incoming { call, .. } = event {
                self.circuits.push(call);
            }
        }
        while self.world.sip.iter().any(|(_, text)| {
            text.starts_with("INVITE ") && !header(text, "To").unwrap().contains("tag=")
        }) {
            let (ua, _) = Ua::called(&mut self.world);
            self.callees.push(ua);
        }
    }

    fn exchange_acts(&mut self) {
        let Some(&mut call) = pick(&mut self.rng, &mut self.circuits) else {
            return;
        };
        let act = self.rng.below(10);
        let cause = CauseIndicators::new(Cause([1, 16, 17, 31, 34, 42][act as usize % 6]), 2);
        self.world.at_exchange(|exchange, now| match act {
            0 => exchange.backward(now, call, acm(CalledStatus::SUBSCRIBER_FREE, false)),
            1 => exchange.backward(now, call, acm(CalledStatus::NO_INDICATION, true)),
            2 | 8 => exchange.backward(now, call, con()),
            3 | 9 => exchange.backward(now, call, Backward::Answer(Anm::new())),
            4 => exchange.backward(now, call, Backward::Progress(Cpg::new(EventIndicator(6)))),
            5 => exchange.suspend(now, call, true),
            6 => exchange.resume(now, call, true),
            _ => exchange.release(now, call, cause),
        });
    }

    fn caller_acts(&mut self) {
        let Some(ua) = pick(&mut self.rng, &mut self.callers) else {
            return;
        };
        match self.rng.below(10) {
            0 => ua.cancel(&mut self.world),
            1 => ua.acknowledge_failure(&mut self.world),
            2 => ua.acknowledge(&mut self.world, Some(&Ua::offer())),
            3 => {
                let bye = ua.request("BYE", "bye", "", None);
                self.world.datagram(ua.address, &bye);
            }
            _ => {
                // Looks at what came, and answers it as it should.
                match ua
                    .receive(&mut self.world)
                    .as_deref()
                    .map(|text| (status(text), text.to_owned()))
                {
                    Some((Some(200), _)) => ua.acknowledge(&mut self.world, None),
                    Some((Some(300..), _)) => ua.acknowledge_failure(&mut self.world),
                    Some((None, text)) if !text.starts_with("ACK ") => {
                        let sdp = text.starts_with("INVITE ").then(Ua::offer);
                        ua.respond(&mut self.world, "200 OK", "", sdp.as_deref());
                    }
                    _ => {}
                }
            }
        }
    }

    fn callee_acts(&mut self) {
        let Some(ua) = pick(&mut self.rng, &mut self.callees) else {
            return;
        };
        let offer = Ua::offer();
        match self.rng.below(8) {
            0 => ua.respond(&mut self.world, "180 Ringing", "", None),
            1 => ua.respond(&mut self.world, "183 Progress", "", Some(&offer)),
            2..=3 => ua.respond(&mut self.world, "200 OK", "", Some(&offer)),
            4 => ua.respond(&mut self.world, "503 Busy", "", None),
            5 if self.rng.chance(1, 2) => {
                let bye = ua.request("BYE", "bye", "", None);
                self.world.datagram(ua.address, &bye);
            }
            _ => {
                let _ = ua.receive(&mut self.world);
            }
        }
    }

    /// Everything heals and ends.
    fn end(mut self) -> usize {
        self.world.run(Duration::from_millis(10));
        self.look();
        self.world.gateway.release_all(self.world.now, Cause::TEMPORARY_FAILURE);
        for call in std::mem::take(&mut self.circuits) {
            self.world.exchange_releases(call, 16);
        }
        self.world.run(Duration::from_secs(30 * 60));
        let world = &mut self.world;
        assert!(world.gateway.is_idle(), "{:#?}", world.gateway.calls());
        let busy: Vec<_> =
            world.gateway.circuits().into_iter().filter(|c| c.state != "idle").collect();
        assert!(busy.is_empty(), "{busy:?}");
        let theirs: Vec<_> = world.exchange.circuits().filter(|c| c.state != "idle").collect();
        assert!(world.exchange.calls() == 0, "{theirs:?} {:?}", world.events);
        assert_eq!(world.gateway.sip().transactions(), 0, "{:#?}", world.gateway.sip());
        let stats = world.gateway.stats();
        assert_eq!(stats.reaped, 0);
        // One record for each call that had a number, one set-up time for each call.
        let ids: std::collections::BTreeSet<_> = world.records.iter().map(|cdr| cdr.id).collect();
        assert_eq!(ids.len(), world.records.len());
        let numberless = usize::try_from(stats.no_number).unwrap();
        assert_eq!(world.set_up.len(), world.records.len() + numberless);
        assert!(world.records.len() >= self.count - numberless);
        world.records.iter().filter(|record| record.answered.is_some()).count()
    }
}

#[test]
fn whatever_happens_everything_ends() {
    let mut answered = 0;
    for seed in 140..170 {
        let result = std::panic::catch_unwind(|| {
            let mut storm = Storm::new(seed);
            for _ in 0..120 {
                storm.step();
            }
            storm.end()
        });
        answered += result.unwrap_or_else(|_| panic!("seed {seed}"));
    }
    assert!(answered > 60, "{answered}: the storm reaches the interesting states");
}
