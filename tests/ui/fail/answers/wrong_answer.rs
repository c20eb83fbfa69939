use streaming_runtime::bidi_streaming;
use ui::shapes::{Get, Got, Note, Put, asking::Ask};

struct Store;

#[bidi_streaming(Ask)]
impl Store {
    // Wrong for both, which is said once.
    #[on(get, find)]
    async fn get(&self, get: Get) -> anyhow::Result<String> {
        Ok(get.key)
    }

    #[on(put)]
    async fn put(&self, put: Put) -> Result<Got, std::io::Error> {
        Ok(Got { value: put.value, ..Got::default() })
    }

    #[on(note)]
    async fn note(&self, _note: Note) {}
}

fn main() {}
