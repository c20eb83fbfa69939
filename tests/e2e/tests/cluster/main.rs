//! Hubs that are nodes of one cluster, over the real nats-server.

mod calls;
mod holders;
mod node;
mod server;
