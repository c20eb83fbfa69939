use streaming_runtime::bidi_streaming;
use ui::pb::{self, trading_bots::Connect};

#[derive(Default)]
struct Bots(u32);

/// Handles bots.
#[bidi_streaming(Connect)]
#[allow(dead_code)]
impl Bots {
    const LIMIT: [u8; Self::N] = [1, 2];
    const N: usize = 2;

    /// A constructor.
    pub fn new() -> Self {
        Self(u32::from(Self::LIMIT[0]))
    }

    #[inline]
    #[on(trade)]
    #[must_use = "by nobody"]
    pub async fn trade(&self, trade: pb::Trade) -> Result<(), std::fmt::Error> {
        self.sync(&trade);
        Ok(())
    }

    fn sync<T: ?Sized>(&self, _: &T) {}

    unsafe fn odd(self) -> impl Sized {}
}

fn main() {
    ui::takes::<Connect>(Bots::new());
    // Handlers are methods like any other.
    drop(Bots::default().trade(pb::Trade::default()));
}
