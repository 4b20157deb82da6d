//! Signalling link test (Q.707 §2.2): a link carries traffic once a pattern came back over it,
//! and is tested again from time to time.

use bytes::{BufMut, Bytes, BytesMut};

/// Test message.
const SLTM: u8 = 0x11;
/// Its acknowledgement.
const SLTA: u8 = 0x21;
/// The length of the pattern stands in the high four bits (Q.707 §5.4).
const LENGTH_SHIFT: u32 = 4;
/// A test that fails twice in a row has failed (Q.707 §2.2).
const ATTEMPTS: u8 = 2;

/// What follows the routing label of a test message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Message(Bytes),
    Acknowledgement(Bytes),
}

impl Test {
    /// Reads it; `None` where the heading is unknown or the pattern is not as long as it says.
    pub(crate) fn parse(octets: &Bytes) -> Option<Self> {
        let &[heading, length] = octets.first_chunk::<2>()?;
        let end = 2 + usize::from(length >> LENGTH_SHIFT);
        if end == 2 || octets.len() < end {
            return None;
        }
        let pattern = octets.slice(2..end);
        match heading {
            SLTM => Some(Self::Message(pattern)),
            SLTA => Some(Self::Acknowledgement(pattern)),
            _ => None,
        }
    }

    /// Writes it.
    pub(crate) fn write(&self) -> Bytes {
        let (heading, pattern) = match self {
            Self::Message(pattern) => (SLTM, pattern),
            Self::Acknowledgement(pattern) => (SLTA, pattern),
        };
        let mut octets = BytesMut::with_capacity(2 + pattern.len());
        octets.put_u8(heading);
        octets.put_u8((pattern.len() as u8) << LENGTH_SHIFT);
        octets.put_slice(pattern);
        octets.freeze()
    }
}

/// The testing of one link.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tester {
    /// Tells one test from the next.
    number: u8,
    /// How many times the present test was sent; 0: none is under way.
    sent: u8,
}

impl Tester {
    /// Begins a test.
    pub(crate) fn begin(&mut self) -> Test {
        self.number = self.number.wrapping_add(1);
        self.sent = 1;
        Test::Message(self.pattern())
    }

    /// T1 has expired: the test once more, or `None` where it has failed.
    pub(crate) fn overdue(&mut self) -> Option<Test> {
        if self.sent >= ATTEMPTS {
            self.stop();
            return None;
        }
        self.sent += 1;
        Some(Test::Message(self.pattern()))
    }

    /// Whether this acknowledgement is that of the test under way, which is then over.
    pub(crate) fn acknowledged(&mut self, pattern: &Bytes) -> bool {
        let passed = self.sent > 0 && *pattern == self.pattern();
        if passed {
            self.stop();
        }
        passed
    }

    pub(crate) fn stop(&mut self) {
        self.sent = 0;
    }

    fn pattern(&self) -> Bytes {
        Bytes::copy_from_slice(&[b'S', b'L', b'T', self.number])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q707_5_4_test_messages_read_as_written() {
        let pattern = Bytes::from_static(b"abcd");
        let message = Test::Message(pattern.clone());
        assert_eq!(message.write().as_ref(), b"\x11\x40abcd");
        assert_eq!(Test::parse(&message.write()), Some(message));
        let acknowledgement = Test::Acknowledgement(pattern);
        assert_eq!(Test::parse(&acknowledgement.write()), Some(acknowledgement));
        for octets in [&b"\x11"[..], b"\x11\x00", b"\x11\x40abc", b"\x31\x10a"] {
            assert_eq!(Test::parse(&Bytes::from_static(octets)), None);
        }
    }

    #[test]
    fn q707_2_2_a_test_is_sent_twice_and_passes_with_its_own_pattern_only() {
        let mut tester = Tester::default();
        assert!(!tester.acknowledged(&Bytes::from_static(&[b'S', b'L', b'T', 0])), "none begun");
        let Test::Message(first) = tester.begin() else { panic!() };
        assert_eq!(tester.overdue(), Some(Test::Message(first.clone())));
        assert_eq!(tester.overdue(), None);
        assert!(!tester.acknowledged(&first), "too late");
        let Test::Message(second) = tester.begin() else { panic!() };
        assert!(!tester.acknowledged(&first));
        assert!(tester.acknowledged(&second));
        assert!(!tester.acknowledged(&second), "once");
    }
}
