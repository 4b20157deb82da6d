//! Writes a body of several parts.

use std::collections::BTreeSet;
use std::fmt::Display;

/// Builds a body of several parts. Nothing that it is given can be taken for a delimiter.
#[derive(Clone, Debug, Default)]
pub struct MultipartWriter {
    /// Head with its empty line, and content.
    parts: Vec<(Vec<u8>, Vec<u8>)>,
}

impl MultipartWriter {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part. Of its header fields, CR, LF and NUL become spaces.
    pub fn part<'h>(
        &mut self,
        headers: impl IntoIterator<Item = (&'h str, &'h dyn Display)>,
        body: &[u8],
    ) -> &mut Self {
        let mut head = Vec::new();
        for (name, value) in headers {
            let line = format!("{name}: {value}").replace(['\r', '\n', '\0'], " ");
            head.extend_from_slice(line.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        self.parts.push((head, body.to_vec()));
        self
    }

    /// The content type, as in `multipart/mixed`, and the body.
    #[must_use]
    pub fn finish(&self, subtype: &str) -> (String, Vec<u8>) {
        let boundary = self.boundary();
        let mut body = Vec::new();
        for (head, content) in &self.parts {
            body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
            body.extend_from_slice(head);
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/{subtype};boundary={boundary}"), body)
    }

    /// The first of its kind that no part holds.
    fn boundary(&self) -> String {
        let taken: BTreeSet<u64> = self
            .parts
            .iter()
            .flat_map(|(head, content)| [head, content])
            .flat_map(|octets| {
                memchr::memmem::find_iter(octets, STEM).filter_map(|at| number_at(octets, at))
            })
            .collect();
        let free = (FIRST..).find(|number| !taken.contains(number)).unwrap_or(FIRST);
        format!("{}{free}", String::from_utf8_lossy(STEM))
    }
}

const STEM: &[u8] = b"part-";
/// The first number of nine digits.
const FIRST: u64 = 100_000_000;

/// The nine digits behind a stem.
fn number_at(octets: &[u8], stem: usize) -> Option<u64> {
    let digits = octets.get(stem + STEM.len()..)?.get(..9)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
