//! SIP and SDP syntax: a zero-copy view of one message, a peek at its first facts, a writer.
//!
//! [`Message::parse`] checks one message once (RFC 3261 §7, §18.3, §20, §25) and keeps an index of
//! slices into the buffer it came in; typed header fields are read from those slices on demand.
//! [`peek()`] reads the few facts a queue needs from raw bytes and never disagrees with the parse.
//! [`Framer`] cuts messages out of a stream, [`Writer`] builds one, [`sdp`] reads and writes
//! session descriptions.
//!
//! What it never does: no IO, no time, no state between messages, no `unsafe`, no panic and no
//! unbounded work on any input; it decides nothing about a call.
#![forbid(unsafe_code)]

mod class;
mod error;
mod framer;
mod grammar;
pub mod headers;
mod index;
mod lines;
mod message;
mod method;
pub mod multipart;
mod name;
mod normalise;
mod peek;
mod scan;
pub mod sdp;
mod uri;
mod usual;
mod value;
mod writer;

pub use error::{Broken, Limits, ParseError};
pub use framer::{Frame, FrameError, FrameErrorKind, Framer};
pub use headers::{BadHeader, Typed};
pub use message::{CSeq, Line, Message};
pub use method::Method;
pub use name::Name;
pub use peek::{Peek, Start, peek};
pub use uri::{SipUri, TelUri, Uri, escape_user, unescape_uri};
pub use value::{NameAddr, Params, Via};
pub use writer::Writer;
