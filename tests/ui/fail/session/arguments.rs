use streaming_runtime::{Client, Inbox, bidi_streaming};
use ui::{pb::trading_bots::Connect, shapes::shapes::{Control, Relay}};

struct Bots;

#[bidi_streaming(Connect)]
impl Bots {
    #[session]
    async fn run(&self, _bot: &Client<Connect>) {}
}

#[bidi_streaming(Relay)]
impl Bots {
    #[session]
    async fn relay(&self, _inbox: Inbox<Relay>, _client: &Client<Relay>) {}
}

#[bidi_streaming(Control)]
impl Bots {
    #[session]
    async fn control(&self, _client: &Client<Control>, _inbox: &mut Inbox<Relay>) {}
}

fn main() {}
