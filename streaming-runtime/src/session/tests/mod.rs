//! The parts of a session, each for itself, under paused time where time counts.

mod new_id;
mod output;
mod pending;
mod timers;
