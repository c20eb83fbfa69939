use streaming_runtime::{Handshake, Identity, Inbox, bidi_streaming, tonic::Status};
use ui::pb::{self, trading_bots::Connect};

struct Bot;

#[bidi_streaming(Connect, client)]
impl Bot {
    #[session]
    async fn run(&self, _inbox: Inbox<Connect>) {}

    #[ping]
    fn ping(&self, sequence: u64) -> pb::Ping {
        pb::Ping { sequence }
    }

    #[authenticate]
    async fn who(&self, _handshake: &Handshake) -> Result<Identity, Status> {
        Ok(Identity::exact("me"))
    }
}

fn main() {}
