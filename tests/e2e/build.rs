//! Generates the contract of the trading bots, and those with the roles that it lacks.

fn main() -> Result<(), streaming_build::Error> {
    let protos = ["trading", "roles", "printing"];
    let protos = protos.map(|name| format!("../../proto/{name}/v1/{name}.proto"));
    streaming_build::configure()
        .client_id_from_metadata("printing.v1.Fleet/Attach", "printer-id")
        .answer("printing.v1.FromPrinter", "ask_job", "job")
        .compile_protos(&protos, &["../../proto"])
}
