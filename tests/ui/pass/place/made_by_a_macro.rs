use streaming_runtime::bidi_streaming;
use ui::pb;

macro_rules! bots {
    ($name:ident, $contract:path, $variant:ident: $payload:ty) => {
        struct $name;

        #[bidi_streaming(ui::pb::trading_bots::Connect)]
        impl $name {
            #[on($variant)]
            async fn handler(&self, payload: $payload) -> anyhow::Result<()> {
                drop(payload);
                Ok(())
            }
        }

        ui::takes::<$contract>($name);
    };
}

fn main() {
    bots!(Bots, pb::trading_bots::Connect, trade: pb::Trade);
}
