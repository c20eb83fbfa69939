//! The data of the two publications of an echoed message.

use std::time::SystemTime;

use bytes::Bytes;
use streaming_runtime::{Contract, publish::json::event};

use crate::pb::{BotCommand, BotMessage, bots::Connect};

pub(crate) fn message(message: &BotMessage) -> Bytes {
    event("grpc_message_trade", SystemTime::now(), |object| Connect::message_json(message, object))
}

pub(crate) fn command(command: &BotCommand) -> Bytes {
    event("grpc_command_start", SystemTime::now(), |object| Connect::command_json(command, object))
}
