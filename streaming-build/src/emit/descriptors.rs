//! The descriptors of a package, for server reflection.

use std::collections::HashSet;

use prost::{
    DecodeError,
    encoding::{self, DecodeContext},
};
use prost_reflect::FileDescriptor;

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
    let bytes = without_source_info(&file.encode_to_vec());
    // FileDescriptorSet { repeated FileDescriptorProto file = 1; }
    encoding::bytes::encode(1, &bytes, set);
}

/// The number of `FileDescriptorProto.source_code_info`.
const SOURCE_CODE_INFO: u32 = 9;

/// `file` less that field, byte by byte: the struct of prost-types loses options that it does not know, and a dynamic
/// message takes as long as all else of this file.
fn without_source_info(file: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(file.len());
    let mut rest = file;
    while !rest.is_empty() {
        let field = rest;
        let tag = skip(&mut rest).expect("a file of the pool can be decoded");
        if tag != SOURCE_CODE_INFO {
            kept.extend_from_slice(&field[..field.len() - rest.len()]);
        }
    }
    kept
}

/// Leaves a field behind, and gives its number.
fn skip(rest: &mut &[u8]) -> Result<u32, DecodeError> {
    let (tag, wire_type) = encoding::decode_key(rest)?;
    encoding::skip_field(wire_type, tag, rest, DecodeContext::default())?;
    Ok(tag)
}
