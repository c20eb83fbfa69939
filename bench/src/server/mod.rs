//! The servers that are compared.

mod asking;
mod by_hand;
mod hub;

use anyhow::bail;

/// Serves one side on a free loopback port, which it prints, until it is ended.
pub(crate) async fn serve(kind: &str, in_flight: usize) -> anyhow::Result<()> {
    let incoming = streaming_runtime::incoming("127.0.0.1:0")?;
    println!("{}", incoming.local_addr()?);
    let mut server = streaming_runtime::server();
    match kind {
        "hub" => server.add_service(hub::service(None)?).serve_with_incoming(incoming).await?,
        "published" => {
            let service = hub::service(Some(hub::Counting::default()))?;
            server.add_service(service).serve_with_incoming(incoming).await?;
        }
        "asking" => {
            server.add_service(asking::service(in_flight)?).serve_with_incoming(incoming).await?;
        }
        "tonic" | "tonic+json" => {
            let service = by_hand::service(kind == "tonic+json");
            server.add_service(service).serve_with_incoming(incoming).await?;
        }
        _ => bail!("there is no server called `{kind}`; hub, published, tonic, tonic+json, asking"),
    }
    Ok(())
}
