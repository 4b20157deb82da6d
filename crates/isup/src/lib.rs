//! Q.764 without IO: call processing, circuit supervision, trunk groups
