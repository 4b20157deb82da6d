mod behaviours;
mod originate;
mod world;
