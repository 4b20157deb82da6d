mod behaviours;
mod histories;
mod originate;
mod world;
