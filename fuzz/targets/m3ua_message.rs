#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| tocsin_fuzz::run("m3ua_message", data));
