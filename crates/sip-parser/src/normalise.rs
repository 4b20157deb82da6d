//! Unfolding.
