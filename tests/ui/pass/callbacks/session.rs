use streaming_runtime::{Client, Inbox, bidi_streaming};
use ui::{pb::trading_bots::Connect, shapes::shapes::Control, shapes::shapes::Relay};

struct Bots<'n>(&'n str);

#[bidi_streaming(Connect)]
impl<'n> Bots<'n> {
    #[session]
    async fn run(&self, bot: &Client<Connect>, mut inbox: Inbox<Connect>) -> anyhow::Result<()> {
        while let Some(message) = inbox.next().await {
            anyhow::ensure!(message.client_id == bot.id().as_str(), "{}: a stranger", self.0);
        }
        Ok(())
    }
}

// The client left out, and a parameter of the method's own.
#[bidi_streaming(Control)]
impl Bots<'_> {
    #[session]
    async fn control<'a>(&'a self, mut inbox: Inbox<Control>) {
        drop(inbox.next().await);
    }
}

// A contract without a oneof, beside callbacks, and an inbox that is taken apart.
#[bidi_streaming(Relay)]
impl Bots<'static> {
    #[session]
    async fn relay(&self, _: &Client<Relay>, _: Inbox<Relay>) -> Result<(), &'static str> {
        Err(self.0)
    }

    #[on_connect]
    async fn session(&self, _client: &Client<Relay>) {}
}

fn main() {
    ui::takes::<Connect>(Bots("bots"));
    ui::takes::<Control>(Bots("bots"));
    ui::takes::<Relay>(Bots("bots"));
}
