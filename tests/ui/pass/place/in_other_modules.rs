mod bots {
    pub struct Bots;

    mod handlers {
        use streaming_runtime::Client;
        use ui::pb::trading_bots::Connect as Stream;
        use ui::pb::{Trade as Deal, trading_bots as api};

        type Bot = Client<api::Connect>;

        #[streaming_runtime::bidi_streaming(Stream)]
        impl super::Bots {
            #[on(trade)]
            async fn trade(&self, _bot: &Bot, _trade: Deal) {}
        }
    }
}

mod glob {
    use ui::pb::trading_bots::*;

    pub struct Bots;

    #[streaming_runtime::bidi_streaming(Connect)]
    impl Bots {
        #[on_other]
        async fn rest(&self, _message: ui::pb::BotMessage) {}
    }
}

fn main() {
    ui::takes::<ui::pb::trading_bots::Connect>(bots::Bots);
    ui::takes::<ui::pb::trading_bots::Connect>(glob::Bots);
}
