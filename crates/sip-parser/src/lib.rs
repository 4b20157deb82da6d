//! SIP and SDP syntax: a zero-copy view of one message, a peek at its first facts, a writer
