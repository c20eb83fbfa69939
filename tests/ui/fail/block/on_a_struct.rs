use streaming_runtime::bidi_streaming;
use ui::pb::trading_bots::Connect;

#[bidi_streaming(Connect)]
struct Bots;

fn main() {
    let _ = Bots;
}
