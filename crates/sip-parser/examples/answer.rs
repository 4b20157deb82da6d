//! Reads a request on standard input, says what is in it, and writes an answer:
//!
//! ```text
//! cargo run -p sip-parser --example answer < crates/sip-parser/tests/torture/wsinv.dat
//! ```

#![expect(clippy::print_stderr, reason = "an example talks to whoever runs it")]

use std::io::{Read, Write};

use sip_parser::headers::{Allow, PAssertedIdentity, Supported};
use sip_parser::sdp::SessionDescription;
use sip_parser::{Limits, Line, Message, Name, ParseError, Uri, Writer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut octets = Vec::new();
    std::io::stdin().read_to_end(&mut octets)?;
    let request = match Message::parse(octets.into(), &Limits::default()) {
        Ok(message) => message,
        Err(ParseError::Broken(broken)) => {
            eprintln!("broken: {} {}", broken.status, broken.phrase);
            // Enough of it may be right to answer it.
            let request = broken.message.filter(Message::is_request);
            let Some(message) = request else { return Ok(()) };
            return answer(&message, broken.status, broken.phrase);
        }
        Err(error) => return Err(error.into()),
    };
    let Line::Request { method, uri } = request.line() else {
        eprintln!("a response, which is never answered");
        return Ok(());
    };
    eprintln!("{method} {uri} from {}", request.from().uri);
    if let Some(Uri::Tel(tel)) = Uri::parse(uri) {
        eprintln!("  the number {}", tel.digits().collect::<String>());
    }
    for identity in request.all_typed::<PAssertedIdentity>() {
        eprintln!("  asserted: {}", identity?.uri);
    }
    for option in request.all_typed::<Supported>() {
        eprintln!("  knows {}", option?.0);
    }
    for method in request.all_typed::<Allow>() {
        eprintln!("  takes {}", method?.0);
    }
    if request.header(Name::ContentType) == Some("application/sdp") {
        for media in SessionDescription::parse(&request.body())?.media {
            eprintln!(
                "  offers {} at port {}: {}",
                media.kind,
                media.port,
                media.formats.join(" ")
            );
        }
    }
    answer(&request, 486, "Busy Here")
}

/// RFC 3261 §8.2.6.2
fn answer(request: &Message, status: u16, phrase: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = Writer::response(status, phrase);
    writer.copy(request, Name::Via).copy(request, Name::From);
    match request.to().tag() {
        Some(_) => writer.copy(request, Name::To),
        None => writer.header("To", format_args!("{};tag=a6c85cf", request.to())),
    };
    writer.copy(request, Name::CallId).copy(request, Name::CSeq);
    std::io::stdout().write_all(&writer.finish())?;
    Ok(())
}
