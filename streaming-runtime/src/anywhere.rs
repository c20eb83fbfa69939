//! What a hub does with a client wherever it is: on this node, or on another of its cluster.

use crate::{
    contract::Contract,
    elsewhere::{Located, Node},
    error::SendError,
    hub::Hub,
    id::IdRef,
    status::Reason,
};

impl<C: Contract> Hub<C> {
    /// Ends the client's session with status `OK`: its handlers finish, what is queued is written, the stream ends.
    ///
    /// Says whether there was such a session, on any node. Returns when the end is decided, without waiting for the client
    /// or a full queue; `reason` goes to `on_disconnect` and the log, and to the client where the contract has a goodbye.
    ///
    /// # Cancel safety
    /// The session ends at the first poll where it is here.
    pub async fn disconnect<'a>(
        &self,
        id: impl Into<IdRef<'a>>,
        reason: impl Into<String>,
    ) -> bool {
        let id = id.into();
        if let Some(session) = self.session(id) {
            session.end(Reason::Closed(reason.into()));
            return true;
        }
        match self.elsewhere() {
            Some(elsewhere) => elsewhere.disconnect(id.into(), reason.into()).await,
            None => false,
        }
    }

    /// Which node has the client's session.
    ///
    /// # Errors
    /// [`NotConnected`](SendError::NotConnected): none. [`Unreachable`](SendError::Unreachable): nobody can tell.
    ///
    /// # Cancel safety
    /// It changes nothing.
    pub async fn locate<'a>(&self, id: impl Into<IdRef<'a>>) -> Result<Located, SendError> {
        let id = id.into();
        if let Some(session) = self.session(id) {
            let nodes = self.elsewhere().map(|elsewhere| elsewhere.nodes()).unwrap_or_default();
            let node = nodes.into_iter().find(|node| node.here).map(|node| node.id);
            let epoch = session.info.epoch();
            return Ok(Located { node: node.unwrap_or_default(), here: true, epoch });
        }
        match self.elsewhere() {
            Some(elsewhere) => elsewhere.locate(id.into()).await,
            None => Err(SendError::NotConnected),
        }
    }

    /// The nodes of the cluster as this one knows them, itself first: those that it hears, and those that fell silent
    /// without a goodbye in the last five minutes. None where the hub is no node of a cluster.
    #[expect(clippy::unused_async, reason = "a node may come to ask the others")]
    pub async fn nodes(&self) -> Vec<Node> {
        self.elsewhere().map(|elsewhere| elsewhere.nodes()).unwrap_or_default()
    }
}
