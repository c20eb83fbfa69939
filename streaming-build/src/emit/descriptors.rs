//! The descriptors of a package, for server reflection.

use std::collections::HashSet;

use prost_reflect::{DynamicMessage, FileDescriptor, ReflectMessage as _};

use super::OutFile;
use crate::{names, source::Source};

/// A set with the files of `package` and all that they import, as reflection needs it: without source info.
pub(super) fn file(source: &Source, package: &str) -> OutFile {
    let mut seen = HashSet::new();
    let mut set = Vec::new();
    for file in source.pool.files() {
        if file.package_name() == package {
            add(&file, &mut seen, &mut set);
        }
    }
    OutFile { name: names::descriptor_file(package), contents: set }
}

/// Adds `file` after what it imports.
fn add(file: &FileDescriptor, seen: &mut HashSet<String>, set: &mut Vec<u8>) {
    if !seen.insert(file.name().to_owned()) {
        return;
    }
    for import in file.dependencies() {
        add(&import, seen, set);
    }
    // Through bytes and a dynamic message, because prost-types' own struct loses options that it does not know.
    let descriptor = prost_types::FileDescriptorProto::default().descriptor();
    let bytes = file.encode_to_vec();
    let mut dynamic = DynamicMessage::decode(descriptor, bytes.as_slice())
        .expect("a file of the pool can be decoded");
    dynamic.clear_field_by_name("source_code_info");
    // FileDescriptorSet { repeated FileDescriptorProto file = 1; }
    prost::encoding::message::encode(1, &dynamic, set);
}
