//! Hubs that are nodes of one cluster, over the real nats-server.

mod away;
mod calls;
mod holders;
mod names;
mod node;
mod server;
