//! 64 kbit/s time slots: spans, HDLC, companding, tones
