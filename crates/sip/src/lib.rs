//! RFC 3261 without IO: transactions, dialogs, sessions, offer and answer
