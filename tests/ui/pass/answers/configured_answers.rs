use streaming_runtime::{bidi_streaming, session::Handler};
use ui::shapes::{Asked, Get, Got, asking::Ask};

struct Store;

#[bidi_streaming(Ask)]
impl Store {
    #[cfg(all())]
    #[on(get, concurrent = 2)]
    async fn get(&self, _get: Get) -> Result<Got, &'static str> {
        Err("empty")
    }

    #[cfg(not(all()))]
    #[on(get, concurrent = 3)]
    async fn get(&self, _get: NoSuchType) -> NoSuchType {}

    #[cfg(not(all()))]
    #[on(find, concurrent = 4)]
    async fn find(&self, _get: Get) -> Result<NoSuchType, &'static str> {}

    #[on_other]
    async fn rest(&self, _message: Asked) {}
}

fn main() {
    ui::takes::<Ask>(Store);
    assert_eq!(<Store as Handler<Ask>>::LANES, [2]);
    assert_eq!([0, 1, 2].map(|variant| Store::lane(Some(variant))), [Some(0), None, None]);
}
