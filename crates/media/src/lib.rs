//! The media plane without sockets: RTP, jitter buffers, time slots
