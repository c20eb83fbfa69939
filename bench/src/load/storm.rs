//! Streams that come and go as fast as they can.

use std::{net::SocketAddr, time::Instant};

use tokio::task::spawn_local;
use tonic::transport::Channel;

use super::{
    Done,
    stream::{connect, once},
};

/// So many at once on a connection.
pub(super) fn on(channel: &Channel, connection: usize, at_once: usize, done: &Done) {
    for place in 0..at_once {
        let (channel, done) = (channel.clone(), done.clone());
        spawn_local(async move {
            for number in 0_u64.. {
                let start = Instant::now();
                // Nobody has had the id before.
                if !once(channel.clone(), &format!("storm-{connection}-{place}-{number}")).await {
                    return;
                }
                done.borrow_mut().took(start.elapsed());
            }
        });
    }
}

/// So many at once, each on a connection of its own.
pub(super) fn reconnect(addr: SocketAddr, at_once: usize, done: &Done) {
    for place in 0..at_once {
        let done = done.clone();
        spawn_local(async move {
            for number in 0_u64.. {
                let start = Instant::now();
                let Ok(channel) = connect(addr).await else {
                    return;
                };
                if !once(channel, &format!("storm-{place}-{number}")).await {
                    return;
                }
                done.borrow_mut().took(start.elapsed());
            }
        });
    }
}
