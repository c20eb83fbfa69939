//! A module that is called as a crate.
