//! The tester against a switch of a few lines, right and wrong.
