//! What the server does with the bots' messages, and with commands of other processes.

use std::{sync::Arc, time::Duration};

use streaming_runtime::{
    Client, Disconnect, Hub, bidi_streaming,
    tonic::{self, Request, Response, Status, metadata::MetadataValue},
};

use crate::{
    access::{Access, access},
    board::Board,
    commands::{Refused, execute},
    pb::{self, trading_bots::Connect},
};

/// What all handlers share. The hub is built first, so that they can have it.
pub(crate) struct Desk {
    pub(crate) hub: Hub<Connect>,
    pub(crate) board: Arc<Board>,
    /// What other processes must know.
    pub(crate) token: String,
}

// Answers need no handler: whoever sent the command waits for them.
#[bidi_streaming(pb::trading_bots::Connect)]
impl Desk {
    #[on_connect]
    async fn connected(&self, bot: &Client<Connect>) {
        self.board.connected(bot);
    }

    #[on_resume]
    async fn resumed(&self, bot: &Client<Connect>) {
        self.board.resumed(bot);
    }

    #[on(heartbeat)]
    async fn beat(&self, bot: &Client<Connect>, beat: pb::Heartbeat) {
        self.board.beat(bot, &beat);
    }

    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) {
        self.board.trade(bot, trade);
    }

    #[on_disconnect]
    async fn left(&self, bot: &Client<Connect>, end: &Disconnect<Connect>) {
        self.board.left(bot, end.reason.to_string());
    }
}

/// The rpcs beside the stream, as tonic has them.
pub(crate) struct Rpcs(pub(crate) Arc<Desk>);

#[tonic::async_trait]
impl pb::trading_bots::Rpcs for Rpcs {
    async fn send_command(
        &self,
        request: Request<pb::SendCommandRequest>,
    ) -> Result<Response<pb::SendCommandResponse>, Status> {
        let header = request.metadata().get("authorization");
        match access(header.map(MetadataValue::as_bytes), &self.0.token) {
            Access::Granted => {}
            Access::NoToken => {
                return Err(Status::unauthenticated("no `authorization: Bearer TOKEN`"));
            }
            Access::Foreign => {
                return Err(Status::permission_denied("the token is another server's"));
            }
        }
        let pb::SendCommandRequest { client_id, command, timeout_ms } = request.into_inner();
        let command = command.and_then(|command| command.payload);
        let command = command.ok_or_else(|| Status::invalid_argument("`command` is empty"))?;
        let within = (timeout_ms > 0).then(|| Duration::from_millis(timeout_ms.into()));
        let answer = execute(&self.0, &client_id, command, within).await?;
        Ok(Response::new(pb::SendCommandResponse { answer: Some(answer) }))
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        let message = refused.to_string();
        match refused {
            Refused::NoSuchBot(_) => Self::not_found(message),
            Refused::NoSuchCommand { .. } => Self::invalid_argument(message),
            Refused::NotThere(..) => Self::failed_precondition(message),
            Refused::Failed(_) => Self::aborted(message),
            Refused::NoAnswer(_) => Self::deadline_exceeded(message),
            Refused::Lost | Refused::NotSent(_) => Self::unavailable(message),
        }
    }
}
