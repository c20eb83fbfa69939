//! Who opens a stream, as far as the handler looks.

use std::{sync::Once, time::Duration};

use tonic::{Code, Status};

use crate::{
    callback::guarded,
    contract::{ClientIdSource, Contract},
    identity::{Handshake, Identity},
    session::Handler,
    status::Reason,
    telemetry::Seldom,
};

/// What a hub has said of it in its log.
pub(crate) struct Authentication {
    /// Whether it was said that client ids are mere claims.
    claims: Once,
    /// Faults of `#[authenticate]`.
    faults: Seldom,
}

impl Authentication {
    pub(crate) fn new() -> Self {
        Self { claims: Once::new(), faults: Seldom::default() }
    }

    /// `None` where nobody looks.
    pub(crate) async fn of<C: Contract, H: Handler<C>>(
        &self,
        handler: &H,
        handshake: &Handshake,
        within: Duration,
    ) -> Result<Option<Box<Identity>>, Status> {
        if !H::AUTHENTICATES {
            if C::CLIENT_ID != ClientIdSource::Assigned {
                self.claims.call_once(|| {
                    tracing::warn!(rpc = C::NAME, "client ids are what clients claim: there is no `#[authenticate]`, so that whoever reaches the port can be any client");
                });
            }
            return Ok(None);
        }
        let too_long = "authentication took longer than the identify timeout";
        let call = async { handler.authenticate(handshake).await };
        match guarded(within, too_long, call).await {
            Ok(identity) => Ok(Some(Box::new(identity))),
            Err(error) => {
                if error.status().code() == Code::Internal && self.faults.is_due() {
                    tracing::error!(rpc = C::NAME, %error, "authentication failed");
                }
                Err(Reason::Refused(error.status().clone()).status())
            }
        }
    }
}
