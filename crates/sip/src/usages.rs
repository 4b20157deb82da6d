//! Which final responses within a dialog end more than their transaction (RFC 5057 §5.1). Our
//! dialogs have one usage, that of the INVITE: whatever ends a usage or a dialog ends the call.

/// Whether the peer that answers a request of ours so has left the dialog. 408 is left to RFC 3261
/// §12.2.1.2, as a timeout; 482 to 485, 502 and the like mean that what was learned of the peer
/// leads nowhere, and nothing else is known.
pub(crate) const fn has_left(status: u16) -> bool {
    matches!(status, 404 | 408 | 410 | 416 | 480..=485 | 502 | 604)
}

/// The same of the method that the usage lives by: a peer that takes no more re-INVITE has ended
/// it. A peer that takes no UPDATE has not.
pub(crate) const fn has_left_invite(status: u16) -> bool {
    has_left(status) || matches!(status, 405 | 501)
}
