mod wrong_name {
    streaming_runtime::include_proto!("trading.v2");
}

mod without_quotes {
    streaming_runtime::include_proto!(trading.v1);
}

fn main() {}
