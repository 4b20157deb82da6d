//! The service information octet and the routing label of the ITU structure (Q.704 §2.2, §14.2).

use crate::{NetworkIndicator, PointCode, ServiceIndicator, Sls};
use bytes::{BufMut, Bytes, BytesMut};

/// SIO and label: the octets ahead of what belongs to a user part.
const LEN: usize = 5;
const CODE_BITS: u32 = 14;
const SLS_SHIFT: u32 = 2 * CODE_BITS;
const SLS_MASK: u8 = 0x0f;
const SERVICE_MASK: u8 = 0x0f;
const NETWORK_SHIFT: u32 = 6;
const PRIORITY_SHIFT: u32 = 4;
const PRIORITY_MASK: u8 = 0x03;

/// Where a message comes from, where it goes, and what keeps it in sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) dpc: PointCode,
    pub(crate) opc: PointCode,
    /// In messages of MTP3's own this is the code of the link concerned (Q.704 §15.2).
    pub(crate) sls: Sls,
}

/// A message signal unit from its service information octet on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Msu {
    pub(crate) service: ServiceIndicator,
    pub(crate) network: NetworkIndicator,
    /// How much it matters, in networks that say so in the two spare bits (§14.2.2, §3.8.2).
    pub(crate) priority: u8,
    pub(crate) label: Label,
    /// What follows the label.
    pub(crate) payload: Bytes,
}

impl Msu {
    /// Reads SIO and label; `None` where there are not so many octets.
    pub(crate) fn parse(octets: &Bytes) -> Option<Self> {
        let &[sio, a, b, c, d] = octets.first_chunk::<LEN>()?;
        let label = u32::from_le_bytes([a, b, c, d]);
        Some(Self {
            service: ServiceIndicator(sio & SERVICE_MASK),
            network: NetworkIndicator(sio >> NETWORK_SHIFT),
            priority: sio >> PRIORITY_SHIFT & PRIORITY_MASK,
            label: Label {
                dpc: PointCode(label & PointCode::MAX.0),
                opc: PointCode(label >> CODE_BITS & PointCode::MAX.0),
                sls: Sls((label >> SLS_SHIFT) as u8),
            },
            payload: octets.slice(LEN..),
        })
    }

    /// Writes it. Bits that do not fit are left out.
    pub(crate) fn write(&self) -> Bytes {
        let Label { dpc, opc, sls } = self.label;
        let label = dpc.0 & PointCode::MAX.0
            | (opc.0 & PointCode::MAX.0) << CODE_BITS
            | u32::from(sls.0 & SLS_MASK) << SLS_SHIFT;
        let mut octets = BytesMut::with_capacity(LEN + self.payload.len());
        let priority = (self.priority & PRIORITY_MASK) << PRIORITY_SHIFT;
        let service = self.service.0 & SERVICE_MASK;
        octets.put_u8(self.network.0 << NETWORK_SHIFT | priority | service);
        octets.put_u32_le(label);
        octets.put_slice(&self.payload);
        octets.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn q704_2_2_the_label_goes_out_from_its_lowest_bit() {
        let label = Label { dpc: PointCode(2), opc: PointCode(1), sls: Sls(5) };
        let payload = Bytes::from_static(&[0x11]);
        let msu = Msu {
            service: ServiceIndicator::ISUP,
            network: NetworkIndicator::NATIONAL,
            priority: 0,
            label,
            payload,
        };
        assert_eq!(msu.write().as_ref(), [0x85, 0x02, 0x40, 0x00, 0x50, 0x11]);
        assert_eq!(Msu::parse(&msu.write()), Some(msu));
        assert_eq!(Msu::parse(&Bytes::from_static(&[0x85, 2, 0x40, 0])), None);
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(
            (service, network, priority) in (0u8..16, 0u8..4, 0u8..4),
            (dpc, opc, sls) in (0u32..0x4000, 0u32..0x4000, 0u8..16),
            payload in proptest::collection::vec(any::<u8>(), 0..=268),
        ) {
            let msu = Msu {
                service: ServiceIndicator(service),
                network: NetworkIndicator(network),
                priority,
                label: Label { dpc: PointCode(dpc), opc: PointCode(opc), sls: Sls(sls) },
                payload: payload.into(),
            };
            prop_assert_eq!(Msu::parse(&msu.write()), Some(msu));
        }
    }
}
