//! Prints what the octets say that are given in hexadecimal, as they follow the routing label:
//! `show [VARIANT] OCTETS`.

#![expect(clippy::print_stdout, reason = "it prints")]

use isup_codec::{View, variants};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, text) = match &arguments[..] {
        [text] => ("itu-2000", text),
        [name, text] => (name.as_str(), text),
        _ => return Err("show [VARIANT] OCTETS".into()),
    };
    let variant = variants::by_name(name).ok_or("there is no such variant")?;
    let digits: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair)?, 16).map_err(Box::from);
    let octets: Result<Vec<u8>, Box<dyn Error>> = digits.chunks(2).map(octet).collect();
    println!("{:#}", View::parse(&octets?, variant)?);
    Ok(())
}
