//! Lines and header fields in raw bytes.
