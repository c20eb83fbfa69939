use streaming_runtime::{bidi_streaming, tonic::Status};
use ui::shapes::{Asked, Get, Got, Put, asking::Ask};

trait Db: Send + Sync + 'static {
    type Error: std::error::Error + Send + Sync;

    fn read(&self, key: String) -> impl Future<Output = Result<Got, Self::Error>> + Send;
}

type Done<T = ()> = Result<T, Status>;

struct Store<D>(D);

#[bidi_streaming(Ask)]
impl<D: Db> Store<D> {
    #[on(get)]
    async fn get(&self, get: Get) -> Result<Got, D::Error> {
        self.0.read(get.key).await
    }

    #[on(find)]
    async fn find(&self, get: Get) -> Done<Got> {
        self.0.read(get.key).await.map_err(|error| Status::not_found(error.to_string()))
    }

    #[on(put)]
    async fn put(&self, _put: Put) -> Done {
        Ok(())
    }

    #[on_other]
    async fn rest(&self, _message: Asked) -> Done {
        Ok(())
    }
}

fn main() {
    fn takes<D: Db>(db: D) {
        ui::takes::<Ask>(Store(db));
    }
    let _ = takes::<NoDb>;
}

enum NoDb {}

impl Db for NoDb {
    type Error = std::io::Error;

    async fn read(&self, _: String) -> Result<Got, Self::Error> {
        match *self {}
    }
}
