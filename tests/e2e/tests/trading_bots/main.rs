//! The trading bots as their users run them: the API and what it says about mistakes, Centrifugo, Python, `cargo xtask demo`.

mod api;
mod live;
mod page;
mod programs;
mod stage;
