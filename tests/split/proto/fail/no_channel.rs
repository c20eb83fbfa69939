use split_proto::printing::v1::fleet_client::FleetClient;

async fn connects() -> Result<(), Box<dyn std::error::Error>> {
    let client = FleetClient::connect("http://127.0.0.1:50051").await?;
    let _client = client.max_decoding_message_size(1024);
    Ok(())
}

fn main() {}
