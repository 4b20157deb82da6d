use proptest::prelude::*;

use super::*;
use crate::headers::ContentType;

fn read<'a>(boundary: &str, body: &'a [u8]) -> Multipart<'a> {
    Multipart::with_boundary(boundary, body).unwrap()
}

fn bodies<'a>(boundary: &str, body: &'a [u8]) -> Vec<&'a [u8]> {
    read(boundary, body).parts.iter().map(|part| part.body).collect()
}

#[test]
fn rfc2046_5_1_1_example() {
    let body = b"This is the preamble.\r\n--simple boundary\r\n\r\nimplicitly typed\r\n\
        --simple boundary\t \r\nContent-type: text/plain;\r\n charset=us-ascii\r\n\r\n\
        ends with a line break\r\n\r\n--simple boundary--\r\n\r\nThis is the epilogue.\r\n";
    let read = read("simple boundary", body);
    assert_eq!(read.preamble, b"This is the preamble.");
    assert_eq!(read.epilogue, Some(&b"\r\nThis is the epilogue.\r\n"[..]));
    assert_eq!(read.parts[0], Part { head: b"", body: b"implicitly typed" });
    assert!(read.parts[0].content_type().is("text", "plain"));
    assert_eq!(read.parts[1].body, b"ends with a line break\r\n");
    let kind = read.parts[1].content_type();
    assert_eq!(kind.param("charset").unwrap().as_str(), "us-ascii");
    assert_eq!(read.parts.len(), 2);
}

#[test]
fn what_looks_like_a_delimiter_and_is_none() {
    let body = b"--b\r\n\r\nx--b\r\n--bb\r\n--b x\r\n\n--b\r\n --b\r\n-b--\r\n--b--";
    assert_eq!(bodies("b", body), [&b"x--b\r\n--bb\r\n--b x\r\n\n--b\r\n --b\r\n-b--"[..]]);
}

#[test]
fn odd_bodies() {
    assert_eq!(bodies("b", b"--b\r\n--b\r\n\r\n--b--"), [&b""[..], b""]);
    assert_eq!(bodies("b", b"--b--"), [&b""[..]; 0]);
    assert_eq!(bodies("b", b"--b\r\nA: x"), [&b""[..]]);
    assert_eq!(bodies("b", b"--b\r\n\r\nx\r\n--b--\n"), [&b"x"[..]]);
    // A content type is read as far as it can be.
    let typed = read("b", b"--b\r\nContent-Type: application/sdp;\r\n\r\nx\r\n--b--");
    assert!(typed.parts[0].content_type().is("application", "sdp"));
    let left = b"--b\r\nContent-Disposition: x;handling=optional;\r\n\r\nx\r\n--b--";
    assert!(!read("b", left).parts[0].is_required());
    // The last delimiter is missing.
    let cut = read("b", b"--b\r\n\r\nx\r\n");
    assert_eq!((cut.parts[0].body, cut.epilogue), (&b"x\r\n"[..], None));
    // Its dashes are missing: they are no part of a description before them.
    let cut = read("b", b"--b\r\n\r\nx\r\n--b");
    assert_eq!((cut.parts.len(), cut.parts[0].body, cut.epilogue), (1, &b"x"[..], None));
    let wrong = |boundary, body: &'static [u8]| Multipart::with_boundary(boundary, body);
    assert_eq!(wrong("b", b"x"), Err(MultipartError::NoPart));
    assert_eq!(wrong("b", b""), Err(MultipartError::NoPart));
    for boundary in ["", " ", "a ", "a\"b", "é", &"a".repeat(71)] {
        assert_eq!(wrong(boundary, b"--a"), Err(MultipartError::Boundary), "{boundary}");
    }
    let many = b"--b\r\n\r\n\r\n".repeat(65);
    assert_eq!(Multipart::with_boundary("b", &many), Err(MultipartError::TooMany));
}

#[test]
fn rfc3204_binary_parts_are_kept_octet_for_octet() {
    let isup: Vec<u8> = (0..=255).collect();
    let mut writer = MultipartWriter::new();
    writer.part([("Content-Type", &"application/sdp" as &dyn std::fmt::Display)], b"v=0\r\n");
    let kind = "application/ISUP;version=itu-t92+";
    let disposition = "signal;handling=optional";
    writer.part([("Content-Type", &kind as _), ("Content-Disposition", &disposition as _)], &isup);
    let (kind, body) = writer.finish("mixed");
    let kind = ContentType::parse(&kind).unwrap();
    let read = Multipart::parse(&kind, &body).unwrap();
    assert_eq!(read.parts[1].body, isup);
    assert!(read.parts[1].content_type().is("application", "isup"));
    assert!(read.parts[0].is_required() && !read.parts[1].is_required());
    assert_eq!(read.parts[0].body, b"v=0\r\n");
}

#[test]
fn rfc6442_location_parts_are_found_by_their_content_id() {
    let body =
        b"--b\r\nContent-Type: application/pidf+xml\r\nContent-ID: <target 1@h>\r\n\r\nx\r\n\
        --b\r\ncontent-id:\r\n <a%b@h>\r\n\r\ny\r\n--b--";
    let read = read("b", body);
    assert!(read.parts[1].is_content("a%25b@h") && !read.parts[1].is_content("a@h"));
    // A space may not be in it.
    assert!(!read.parts[0].is_content("target%201@h"));
}

#[test]
fn rfc5621_4_2_nested_parts() {
    let body = b"--a\r\nContent-Type: multipart/alternative;boundary=\"b c\"\r\n\r\n\
        --b c\r\n\r\n1\r\n--b c\r\n\r\n2\r\n--b c--\r\n--a\r\n\r\n3\r\n\
        --a\r\nContent-Type: multipart/mixed\r\n\r\n4\r\n--a--";
    let leaves = read("a", body).leaves().unwrap();
    let bodies: Vec<_> = leaves.iter().map(|leaf| leaf.body).collect();
    assert_eq!(bodies, [&b"1"[..], b"2", b"3", b"4"]);
    let mut nested = b"x".to_vec();
    for depth in 1..=5 {
        let mut writer = MultipartWriter::new();
        let kind = format!("multipart/mixed;boundary=part-{}", 100_000_000 + depth - 2);
        let kind: &dyn std::fmt::Display = if depth == 1 { &"text/plain" } else { &kind };
        writer.part([("Content-Type", kind)], &nested);
        nested = writer.finish("mixed").1;
        let outer = read(&format!("part-{}", 100_000_000 + depth - 1), &nested);
        let expected = if depth <= 4 { Ok(1) } else { Err(MultipartError::TooMany) };
        assert_eq!(outer.leaves().map(|leaves| leaves.len()), expected, "{depth}");
    }
}

#[test]
fn lines_that_end_in_lf_alone_are_tolerated() {
    let text = "before\n--b\nContent-Type: application/sdp\nContent-ID:\n <a@h>\n\nv=0\r\ns=-\n\n--b\t\n\
        \n2\n--b--\nafter";
    let found = read("b", text.as_bytes());
    assert_eq!(found.preamble, b"before");
    assert!(found.parts[0].content_type().is("application", "sdp"));
    assert!(found.parts[0].is_content("a@h"));
    assert_eq!(found.parts[0].body, b"v=0\r\ns=-\n");
    assert_eq!((found.parts[1].body, found.epilogue), (&b"2"[..], Some(&b"after"[..])));
    // Heads alone, and ends alone.
    assert_eq!(bodies("b", b"--b\r\nA: 1\n\nx\r\n--b--"), [b"x"]);
    assert_eq!(bodies("b", b"--b\r\nA: 1\r\n\r\nx\n--b\r\n\r\ny\n--b--\r\n"), [b"x", b"y"]);
    assert_eq!(bodies("b", b"--b\n\nx\r\n--b--\n"), [b"x"]);
    // Where the body has an end as it should, LF is content.
    assert_eq!(bodies("b", b"--b\r\n\r\n\n--b\n\ny\r\n--b--"), [b"\n--b\n\ny"]);
    // Nested.
    let nested = "--a\nContent-Type: multipart/mixed;boundary=c\n\n--c\n\n1\n--c--\n--a--\n";
    assert_eq!(read("a", nested.as_bytes()).leaves().unwrap()[0].body, b"1");
}

#[test]
fn rfc2045_6_rfc3261_20_12_encodings_of_a_part() {
    let content = |head: &str, body: &str| {
        let text = format!("--b\r\n{head}\r\n\r\n{body}\r\n--b--");
        read("b", text.as_bytes()).parts[0].content().map(|content| content.into_owned())
    };
    let transfer = "content-transfer-encoding";
    for same in ["Binary", "8bit", "7bit"] {
        assert_eq!(content(&format!("{transfer}: {same}"), "v=0").unwrap(), b"v=0");
    }
    assert_eq!(content(&format!("{transfer}: base64"), "dj0w").unwrap(), b"v=0");
    assert_eq!(content(&format!("{transfer}: quoted-printable"), "v=3D0").unwrap(), b"v=0");
    assert_eq!(content(&format!("{transfer}: x-token"), "v=0"), None);
    assert_eq!(content("Content-Encoding: gzip", "v=0"), None);
    assert_eq!(content("Content-Encoding: Identity", "v=0").unwrap(), b"v=0");
    assert_eq!(content("X: y", "v=0").unwrap(), b"v=0");
}

#[test]
fn a_body_full_of_delimiters_costs_its_length() {
    // Doubled, it must not cost four times as much: counted in delimiters looked at.
    let steps = |length: usize| {
        let body = b"\r\n--b".repeat(length);
        Delimiters::new("b", &body, false).count() + read("b", b"--b--").parts.len()
    };
    assert_eq!((steps(1_000), steps(2_000)), (1_000, 2_000));
}

proptest! {
    #[test]
    fn what_is_written_is_read_the_same(
        parts in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                "(part-10000000[0-3]|\r\n|--|-| ){0,12}".prop_map(String::into_bytes),
            ],
            1..5,
        ),
    ) {
        let mut writer = MultipartWriter::new();
        for part in &parts {
            writer.part([("X", &"y\r\n--part-100000000" as &dyn std::fmt::Display)], part);
        }
        let (kind, body) = writer.finish("mixed");
        let kind = ContentType::parse(&kind).unwrap();
        let read = Multipart::parse(&kind, &body).unwrap();
        let bodies: Vec<_> = read.parts.iter().map(|part| part.body.to_vec()).collect();
        prop_assert_eq!(bodies, parts);
        prop_assert_eq!((read.preamble, read.epilogue), (&[][..], Some(&[][..])));
    }

    #[test]
    fn text_reads_the_same_whatever_its_lines_end_in(
        parts in prop::collection::vec("[a-z=]{1,5}(\n[a-z=]{0,5}){0,3}", 1..4),
    ) {
        let mut body: String =
            parts.iter().map(|part| format!("--b\nContent-Type: text/plain\n\n{part}\n")).collect();
        body += "--b--\n";
        let crlf = body.replace('\n', "\r\n");
        let found = bodies("b", body.as_bytes());
        prop_assert_eq!(&found, &parts.iter().map(String::as_bytes).collect::<Vec<_>>());
        let strict = bodies("b", crlf.as_bytes());
        let strict: Vec<Vec<u8>> = strict.iter().map(|part| part.iter().copied().filter(|octet| *octet != b'\r').collect()).collect();
        prop_assert_eq!(found, strict);
    }

    #[test]
    fn any_body_can_be_read(body in "(--b|\r\n|\n|-|b| |Content-Type: multipart/mixed;boundary=b){0,30}") {
        if let Ok(read) = Multipart::with_boundary("b", body.as_bytes()) {
            let _ = read.leaves();
            let total: usize = read.parts.iter().map(|part| part.head.len() + part.body.len()).sum();
            prop_assert!(total <= body.len());
        }
    }
}
