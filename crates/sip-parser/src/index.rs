//! One pass over a message: what is where, and whether it may stay.

use crate::{Limits, Message, Name, ParseError};
use bytes::Bytes;
use std::ops::Range;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}
impl Span {
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: Name,
    pub(crate) title: Span,
    pub(crate) value: Span,
}
#[derive(Clone, Copy, Debug)]
pub(crate) enum StartLine {
    Request { method: Span, uri: Span },
    Response { status: u16, phrase: Span },
}
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) start: StartLine,
    pub(crate) body: Span,
    fields: Vec<Field>,
    head: Option<Bytes>,
}
impl Index {
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }
    pub(crate) fn head<'a>(&'a self, bytes: &'a Bytes) -> &'a [u8] {
        self.head.as_ref().unwrap_or(bytes)
    }
}
pub(crate) fn parse(bytes: Bytes, limits: &Limits) -> Result<Message, ParseError> {
    let _ = (bytes, limits);
    Err(ParseError::NotSip)
}
