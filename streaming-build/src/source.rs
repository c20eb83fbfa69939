//! Where protos come from: files that protox reads, or a descriptor set that another compiler made.

use std::{collections::HashMap, path::PathBuf};

use prost_reflect::{DescriptorPool, FileDescriptor, MethodDescriptor};

use crate::{
    finding::{Finding, Position},
    messages,
};

#[cfg(feature = "protox")]
mod files;

#[cfg(feature = "protox")]
pub(crate) use files::read;

/// The file that `import "streaming/options.proto"` names.
pub const OPTIONS_NAME: &str = "streaming/options.proto";
/// Its text.
pub const OPTIONS_TEXT: &str = include_str!("../proto/streaming/options.proto");

/// `package.Service/Rpc`, as builder calls and the runtime name it.
pub(crate) fn rpc_name(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

/// Everything that is known of the protos.
#[derive(Debug)]
pub(crate) struct Source {
    /// prost-types drops options that it does not know, the pool keeps them.
    pub(crate) pool: DescriptorPool,
    /// The paths on disk of the files that have one, by their names.
    pub(crate) paths: HashMap<String, PathBuf>,
}

impl Source {
    /// Reads a set as protoc or buf write it.
    pub(crate) fn decode(set: &[u8], at: &Position) -> Result<Self, Vec<Finding>> {
        let wrong = |what: &str| vec![Finding::new(at.clone(), messages::bad_descriptor_set(what))];
        let pool = DescriptorPool::decode(set)
            .map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        if pool.files().len() == 0 {
            return Err(wrong("holds no files"));
        }
        Ok(Self { pool, paths: HashMap::new() })
    }

    /// Where the element at `path` of `file` begins.
    pub(crate) fn position(&self, file: &FileDescriptor, path: &[i32]) -> Position {
        let proto = file.file_descriptor_proto();
        let location = proto.source_code_info.as_ref().and_then(|info| {
            info.location.iter().find(|location| location.path == path && location.span.len() >= 3)
        });
        let count = |index| {
            location.map_or(0, |location| usize::try_from(location.span[index]).unwrap_or(0) + 1)
        };
        Position {
            file: match self.paths.get(file.name()) {
                Some(path) => path.display().to_string(),
                None => file.name().to_owned(),
            },
            line: count(0),
            column: count(1),
        }
    }

    /// The comments in front of and behind the element at `path` of `file`, line by line.
    pub(crate) fn comments(file: &FileDescriptor, path: &[i32]) -> Vec<String> {
        let proto = file.file_descriptor_proto();
        let Some(location) = proto
            .source_code_info
            .as_ref()
            .and_then(|info| info.location.iter().find(|location| location.path == path))
        else {
            return Vec::new();
        };
        let comments = [&location.leading_comments, &location.trailing_comments];
        let blocks: Vec<Vec<String>> = comments
            .into_iter()
            .flatten()
            .map(|block| block.trim_end().lines().map(str::to_owned).collect())
            .collect();
        blocks.join(&String::new())
    }
}
