//! The transport message by message: no HTTP/2, a unit of the line is a command.

use std::{io, pin::pin, sync::Arc};

use futures_util::{
    StreamExt as _,
    future::{Either, select},
};
use prost::Message as _;
use tonic::{Request, Status, metadata::MetadataMap};

use super::{
    end::End,
    frame::{Frames, Up, input},
    late,
    line::{Line, Meter},
    listen::Down,
    watched::{Serve, Watch},
};
use crate::{contract::Contract, outbox::Frame, session::CommandStream};

/// Opens a stream whose client does what comes from `up`.
pub(super) async fn open<C: Contract>(
    serve: &dyn Serve<C>,
    request: Request<()>,
    up: late::Receiver<Up>,
    line: &Arc<Line>,
    seen: Watch<C>,
) -> Result<(MetadataMap, Commands<C>), Status> {
    let (frames, input) = input::<C>();
    tokio::spawn(send(up, line.clone(), frames));
    let response = serve.serve(request.map(|()| input), seen).await?;
    let (headers, stream, _) = response.into_parts();
    Ok((
        headers,
        Commands {
            stream: Some(stream.read_by_tonic(false)),
            meter: line.meter(),
            line: line.clone(),
        },
    ))
}

/// Hands on what the client does, until it ends its side or the line is cut.
async fn send(mut up: late::Receiver<Up>, line: Arc<Line>, frames: Frames) {
    let hand_on = async {
        while let Some(Up::Frame(frame)) = up.recv().await {
            if !line.faults().lost {
                let _ = frames.send(Ok(frame));
            }
        }
        // The end of a line that is lost is lost as well.
        if line.faults().lost {
            line.is_cut().await;
        }
    };
    if let Either::Right(_) = select(pin!(hand_on), pin!(line.is_cut())).await {
        let _ = frames.send(Err(io::ErrorKind::ConnectionReset.into()));
    }
}

/// The commands as they are handed to the transport.
pub(super) struct Commands<C: Contract> {
    /// Dropped when the line is cut.
    stream: Option<CommandStream<C>>,
    line: Arc<Line>,
    meter: Meter,
}

impl<C: Contract> Down<C> for Commands<C> {
    async fn next(&mut self) -> Result<C::Command, End> {
        while let (Some(stream), Some(_)) =
            (&mut self.stream, self.line.room(&mut self.meter).await)
        {
            let Some(next) = self.meter.unless_changed(stream.next()).await else {
                continue;
            };
            let next = next.unwrap_or_else(|| Err(Status::internal("the stream has no status")));
            let arrives = self.line.pass(&mut self.meter, 1);
            match next {
                Ok(_) if !arrives => {}
                Err(_) if !arrives => self.line.is_cut().await,
                Ok(Frame::Message(command)) => return Ok(command),
                Ok(Frame::Encoded(bytes)) => {
                    return C::Command::decode(bytes).map_err(|error| {
                        End::new(Status::internal(format!("what was broadcast is none: {error}")))
                    });
                }
                Err(status) => return Err(End::new(status)),
            }
        }
        self.stream = None;
        Err(End::cut())
    }
}
