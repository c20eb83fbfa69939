use streaming_runtime::{Client, bidi_streaming};
use ui::shapes::{Up, shapes::Control};

struct Bots;

#[bidi_streaming(Control)]
impl Bots {
    #[on_other]
    async fn rest(&self, client: &Client<Control>, message: Up) -> anyhow::Result<()> {
        anyhow::bail!("{} sent {:?}", client.id(), message.kind)
    }
}

fn main() {
    ui::takes::<Control>(Bots);
}
