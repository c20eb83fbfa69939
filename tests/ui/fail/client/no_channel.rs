use ui::shapes::shapes_client::ShapesClient;

async fn compressed() -> anyhow::Result<()> {
    let client = ShapesClient::connect("http://127.0.0.1:50051").await?;
    let _client = client.max_decoding_message_size(1024);
    Ok(())
}

fn main() {}
