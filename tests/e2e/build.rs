//! Generates the contract of the trading bots, and those with the roles that it lacks.

fn main() -> Result<(), streaming_build::Error> {
    let protos = ["../../proto/trading/v1/trading.proto", "../../proto/roles/v1/roles.proto"];
    streaming_build::compile_protos(&protos, &["../../proto"])
}
