//! etcd: the hub makes up the clients' ids.

use std::path::PathBuf;

use streaming_build::{Builder, Error};

pub(crate) fn build(builder: Builder, protos: PathBuf) -> Result<(), Error> {
    builder
        .client_id_assigned("etcdserverpb.Watch/Watch")
        .client_id_assigned("etcdserverpb.Lease/LeaseKeepAlive")
        .compile_protos(&["etcd/api/etcdserverpb/rpc.proto"], &[protos])
}
