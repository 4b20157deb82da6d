//! SIP and SDP syntax: a zero-copy view of one message, a peek at its first facts, a writer.
//!
//! [`Message::parse`] checks one message once (RFC 3261 §7, §18.3, §20, §25) and keeps an index of
//! slices into the buffer it came in; typed header fields are read from those slices on demand.
//! [`peek()`] reads the few facts a queue needs from raw bytes and never disagrees with the parse.
//! [`Framer`] cuts messages out of a stream, [`Writer`] builds one, [`sdp`] reads and writes
//! session descriptions.
//!
//! Read a request, look at it, answer it:
//!
//! ```
//! use sip_parser::headers::{PAssertedIdentity, Reason, Typed};
//! use sip_parser::sdp::SessionDescription;
//! use sip_parser::{Limits, Message, Method, Name, Uri, Writer};
//!
//! let octets = "INVITE tel:+33-1-99-00-00-01 SIP/2.0\r\n\
//!     Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK776\r\nMax-Forwards: 70\r\n\
//!     From: \"A. Caller\" <sip:a@example.com>;tag=1928\r\nTo: <tel:+33-1-99-00-00-01>\r\n\
//!     Call-ID: a84b4c76e66710\r\nCSeq: 314159 INVITE\r\nContact: <sip:a@192.0.2.1>\r\n\
//!     Supported: 100rel, timer\r\nP-Asserted-Identity: <tel:+33199000002>\r\n\
//!     Content-Type: application/sdp\r\n\r\n\
//!     v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
//!     m=audio 49170 RTP/AVP 8\r\n";
//! let request = Message::parse(octets.into(), &Limits::default())?;
//! assert_eq!(request.method(), Method::Invite);
//! assert!(request.lists(Name::Supported, "100rel"));
//! let Some(Uri::Tel(called)) = request.uri().and_then(Uri::parse) else { panic!() };
//! assert_eq!(called.digits().collect::<String>(), "33199000001");
//! let caller = request.typed::<PAssertedIdentity>().expect("there is one")?;
//! assert_eq!(caller.uri, "tel:+33199000002");
//! let offer = SessionDescription::parse(&request.body())?;
//! assert_eq!((offer.media[0].port, offer.media[0].formats[0].as_str()), (49_170, "8"));
//!
//! // RFC 3261 §8.2.6.2
//! let mut response = Writer::response(486, "Busy Here");
//! response.copy(&request, Name::Via).copy(&request, Name::From);
//! response.header("To", format_args!("{};tag=a6c85cf", request.to()));
//! response.copy(&request, Name::CallId).copy(&request, Name::CSeq);
//! response.header("Reason", Reason::parse("Q.850;cause=17").expect("a reason"));
//! let response = Message::parse(response.finish(), &Limits::default())?;
//! assert_eq!(response.status(), Some(486));
//! assert_eq!(response.typed::<Reason>().expect("there")?.q850(), Some(17));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A message that breaks a rule comes as [`Broken`]: the status that it deserves, and the message
//! where enough of it is right to answer it.
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

/// The README is true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

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
