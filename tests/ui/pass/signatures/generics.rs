use streaming_runtime::{Client, bidi_streaming};
use ui::pb::{self, trading_bots::Connect};

trait Db: Send + Sync + 'static {
    type Error: std::error::Error + Send + Sync;

    fn record(&self, trade: pb::Trade) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

struct Bots<D, L, const N: usize>(D, [L; N]);

#[bidi_streaming(Connect)]
impl<D: Db, L, const N: usize> Bots<D, L, N>
where
    L: Clone + Send + Sync,
{
    #[on(trade)]
    async fn trade(&self, _bot: &Client<Connect>, trade: pb::Trade) -> Result<(), D::Error> {
        let _ = self.1.clone();
        self.0.record(trade).await
    }
}

fn main() {
    fn takes<D: Db>(db: D) {
        ui::takes::<Connect>(Bots(db, [1, 2, 3]));
    }
    let _ = takes::<NoDb>;
}

enum NoDb {}

impl Db for NoDb {
    type Error = std::io::Error;

    async fn record(&self, _: pb::Trade) -> Result<(), Self::Error> {
        match *self {}
    }
}
