//! The packages as a tree of modules: `split_proto::trading::v1`.

streaming_runtime::include_proto!();
