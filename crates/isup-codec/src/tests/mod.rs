mod octets;
mod options;
mod round_trip;
mod samples;
mod strategy;
mod tshark;
mod variants;
mod view;
