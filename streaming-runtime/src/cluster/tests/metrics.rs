//! What a scraper reads of a cluster.

use std::collections::BTreeMap;

use super::{Node, SECOND, network::Network, patient};
use crate::{metrics::tests::Counted, testing::settle};

/// The figures of the cluster, without the start of their names.
fn figures(counted: &Counted) -> BTreeMap<String, u64> {
    let own = |(name, count): (String, u64)| {
        Some((name.strip_prefix("streaming_cluster_")?.to_owned(), count))
    };
    counted.moved().into_iter().filter_map(own).collect()
}

fn expected<const N: usize>(figures: [(&str, u64); N]) -> BTreeMap<String, u64> {
    figures.map(|(name, count)| (name.to_owned(), count)).into()
}

#[tokio::test(start_paused = true)]
async fn a_node_counts_its_calls_and_who_is_there() {
    let network = Network::default();
    // Only the first is counted: gauges of one name add up.
    let (counted, guard) = Counted::start();
    let one: Node = Node::new(&network, patient());
    drop(guard);
    let [two, three] = [(); 2].map(|()| Node::<crate::sample::Sample>::new(&network, patient()));
    let _peer = two.connect("a").await;
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!(figures(counted), expected([("connected", 1), ("nodes", 3)]));

    one.reset("a", "").await.expect("accepted");
    one.reset("b", "").await.expect_err("nobody has it");
    two.hub.set_max_command_size(1);
    one.reset("a", "too large there").await.expect_err("refused");
    network.kill(&three.line);
    tokio::time::sleep(5 * SECOND).await;
    one.reset("b", "").await.expect_err("nobody can tell");
    two.line.make_deaf(true);
    one.reset("a", "").await.expect_err("nobody confirms it");
    let calls = [
        ("calls_total done", 1),
        ("calls_total failed", 1),
        ("calls_total not_connected", 1),
        ("calls_total unconfirmed", 1),
        ("calls_total unreachable", 1),
    ];
    let mut all = expected(calls);
    all.extend(expected([("connected", 1), ("nodes", 2), ("missing_nodes", 1)]));
    assert_eq!(figures(counted), all);

    one.line.connect(false);
    settle().await;
    assert_eq!(figures(counted).get("connected"), None);
}
