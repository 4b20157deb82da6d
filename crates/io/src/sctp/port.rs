use super::{
    SctpCarrier, SctpEvent, SctpLimits, SctpListener, SctpMessage, SctpRefused, SctpStats,
    SctpTarget, SctpTimes, encapsulated, kernel,
};
use std::io;

/// Listeners and associations of one carrier, on a tokio runtime.
#[derive(Debug)]
pub struct SctpPort(pub(super) Carrier);

#[derive(Debug)]
pub(super) enum Carrier {
    Kernel(Box<kernel::Port>),
    Udp(Box<encapsulated::Port>),
}

impl SctpPort {
    /// Listens (on nothing: opens only). Must be called inside a runtime. Fails where the kernel
    /// has no SCTP and is asked for it.
    pub fn bind(
        carrier: SctpCarrier,
        listeners: &[SctpListener],
        limits: SctpLimits,
        times: SctpTimes,
    ) -> io::Result<Self> {
        Ok(Self(match carrier {
            SctpCarrier::Kernel => {
                Carrier::Kernel(Box::new(kernel::Port::bind(listeners, limits, times)?))
            }
            SctpCarrier::Udp => {
                Carrier::Udp(Box::new(encapsulated::Port::bind(listeners, limits, times)?))
            }
        }))
    }

    /// Waits for the next event.
    pub async fn event(&mut self) -> SctpEvent {
        match &mut self.0 {
            Carrier::Kernel(port) => port.event().await,
            Carrier::Udp(port) => port.event().await,
        }
    }

    /// The next event, if there is one.
    pub fn try_event(&mut self) -> Option<SctpEvent> {
        match &mut self.0 {
            Carrier::Kernel(port) => port.try_event(),
            Carrier::Udp(port) => port.try_event(),
        }
    }

    /// Starts to open an association; `asked` comes back with what became of it.
    pub fn open(&mut self, target: &SctpTarget, asked: u64) -> Result<(), SctpRefused> {
        match &mut self.0 {
            Carrier::Kernel(port) => port.open(target, asked),
            Carrier::Udp(port) => port.open(target, asked),
        }
    }

    /// Queues a message; never waits.
    pub fn send(&mut self, id: u64, message: SctpMessage) -> Result<(), SctpRefused> {
        match &mut self.0 {
            Carrier::Kernel(port) => port.send(id, message),
            Carrier::Udp(port) => port.send(id, message),
        }
    }

    /// How many messages wait to be sent on an association.
    pub fn waiting(&self, id: u64) -> usize {
        match &self.0 {
            Carrier::Kernel(port) => port.waiting(id),
            Carrier::Udp(port) => port.waiting(id),
        }
    }

    /// Closes an association once what is under way has arrived; [`SctpEvent::Down`] follows.
    pub fn close(&mut self, id: u64) {
        match &mut self.0 {
            Carrier::Kernel(port) => port.close(id),
            Carrier::Udp(port) => port.close(id),
        }
    }

    /// Counters since the start.
    pub const fn stats(&self) -> SctpStats {
        match &self.0 {
            Carrier::Kernel(port) => port.stats(),
            Carrier::Udp(port) => port.stats(),
        }
    }
}
