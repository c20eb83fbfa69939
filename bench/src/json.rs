//! What the JSON writer costs by itself: the data of the two publications of one echoed message.

use std::{
    hint::black_box,
    time::{Instant, SystemTime},
};

use streaming_runtime::{Contract, publish::json::event};

use crate::pb::{
    BotCommand, BotMessage, Start, Trade, bot_command, bot_message, trading_bots::Connect,
};

const ROUNDS: u32 = 1_000_000;

/// Microseconds per echoed message.
pub(crate) fn cost() -> f64 {
    let body = "x".repeat(64);
    let trade = Trade { symbol: body.clone(), ..Trade::default() };
    let message = BotMessage {
        client_id: "bot-1".to_owned(),
        payload: Some(bot_message::Payload::Trade(trade)),
    };
    let command = BotCommand {
        command_id: String::new(),
        payload: Some(bot_command::Payload::Start(Start { strategy: body })),
    };
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(event("grpc_message_trade", SystemTime::now(), |object| {
            Connect::message_json(black_box(&message), object);
        }));
        black_box(event("grpc_command_start", SystemTime::now(), |object| {
            Connect::command_json(black_box(&command), object);
        }));
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
}
