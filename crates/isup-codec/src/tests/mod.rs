mod octets;
mod round_trip;
mod strategy;
mod tshark;
