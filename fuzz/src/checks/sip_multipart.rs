//! A body of several parts: its parts are pieces of it in order, written anew they read the same,
//! and it is taken apart however deep it is nested.

use sip_parser::headers::ContentType;
use sip_parser::multipart::{Multipart, MultipartError, MultipartWriter};
use sip_parser::{Name, Typed};

/// The first line of the input is the content type, the rest is the body.
pub(crate) fn check(data: &[u8]) {
    let end = data.iter().position(|octet| *octet == b'\n').unwrap_or(data.len());
    let (kind, body) = data.split_at(end);
    let body = body.get(1..).unwrap_or_default();
    let kind = String::from_utf8_lossy(kind);
    let Some(kind) = ContentType::parse(&kind) else { return };
    let read = match Multipart::parse(&kind, body) {
        Ok(read) => read,
        Err(error) => {
            assert!(error != MultipartError::NoPart || kind.param("boundary").is_some());
            return;
        }
    };
    inside(&read, body);
    if let Ok(leaves) = read.leaves() {
        for leaf in leaves {
            let _ = (leaf.is_required(), leaf.is_content("a@b"), leaf.header(Name::ContentId));
            assert!(leaf.headers().all(|(title, _)| !title.is_empty()));
        }
    }
    again(&read);
}

fn inside(read: &Multipart<'_>, body: &[u8]) {
    let parts = read.parts.iter().map(|part| part.body.len()).sum::<usize>();
    assert!(read.preamble.len() + parts + read.epilogue.map_or(0, <[u8]>::len) <= body.len());
    assert!(body.starts_with(read.preamble));
    assert!(body.ends_with(read.epilogue.unwrap_or_default()));
}

fn again(read: &Multipart<'_>) {
    let mut writer = MultipartWriter::new();
    for part in &read.parts {
        let kind = part.header(Name::ContentType).unwrap_or("text/plain");
        writer.part([("Content-Type", &kind as _)], part.body);
    }
    let (kind, body) = writer.finish("mixed");
    let kind = ContentType::parse(&kind).expect("a content type");
    let again = Multipart::parse(&kind, &body).expect("what is written can be read");
    assert!(again.parts.iter().map(|part| part.body).eq(read.parts.iter().map(|part| part.body)));
}
