//! Dapr: the first variant says who it is, and jobs are answered by their number.

use std::path::PathBuf;

use streaming_build::{Builder, Error};

pub(crate) fn build(builder: Builder, protos: PathBuf) -> Result<(), Error> {
    builder
        .client_id("dapr.proto.scheduler.v1.WatchJobsRequest", "initial.app_id")
        .command_id("dapr.proto.scheduler.v1.WatchJobsResponse", "id")
        .ack("dapr.proto.scheduler.v1.WatchJobsRequest", "result")
        .compile_protos(&["dapr/proto/scheduler/v1/scheduler.proto"], &[protos])
}
