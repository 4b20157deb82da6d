//! Closed user groups, as far as a network without them has to know of them.

use base::Cause;
use call::{Release, location};
use isup_codec::{ClosedUserGroupCall, Iam, key};

/// Refuses a call that must not leave its closed user group: nobody here belongs to one
/// (Q.735.1 §1.5.2.4).
pub fn group_of_iam(iam: &Iam) -> Result<(), Release> {
    let group = iam.get(key::OPTIONAL_FORWARD_CALL_INDICATORS);
    let closed = group.is_some_and(|indicators| {
        indicators.closed_user_group() == ClosedUserGroupCall::OUTGOING_ACCESS_NOT_ALLOWED
    });
    if closed { Err(Release::new(Cause::FACILITY_REJECTED).at(location::TRANSIT)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use isup_codec::{
        CalledPartyNumber, CallingPartysCategory, NatureOfAddress, OptionalForwardCallIndicators,
    };

    fn cause(group: ClosedUserGroupCall) -> Option<u8> {
        let digits = "199008001".parse().unwrap();
        let called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, digits);
        let indicators = OptionalForwardCallIndicators(0).with_closed_user_group(group);
        let iam = Iam::new(called, CallingPartysCategory::ORDINARY);
        let iam = iam.with(key::OPTIONAL_FORWARD_CALL_INDICATORS, &indicators);
        group_of_iam(&iam).err().map(|release| release.cause.0)
    }

    #[test]
    fn q735_1_a_closed_user_group_is_not_left() {
        assert_eq!(cause(ClosedUserGroupCall::NONE), None);
        assert_eq!(cause(ClosedUserGroupCall::OUTGOING_ACCESS_ALLOWED), None);
        assert_eq!(cause(ClosedUserGroupCall::OUTGOING_ACCESS_NOT_ALLOWED), Some(29));
    }
}
