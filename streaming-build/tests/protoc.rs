//! Beside the protoc of others: `python -m grpc_tools.protoc`, with the options that this crate writes out.

#![allow(clippy::unwrap_used, reason = "tests fail so")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use streaming_build::configure;

/// A new folder with the options in it.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("protoc").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let options = Command::new(env!("CARGO_BIN_EXE_streaming-build"));
    run(options, &["options", folder.to_str().unwrap()]);
    folder
}

/// What `program` prints, which must end well.
fn run(mut program: Command, args: &[&str]) -> String {
    let output = program.args(args).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn python() -> Command {
    Command::new(xtask::services::python().unwrap())
}

/// Runs protoc on a proto with every option, and on the options themselves.
fn protoc(folder: &Path, args: &[&str]) {
    let include = format!("-I{}", folder.display());
    let protoc = ["-m", "grpc_tools.protoc", &include, "-Itests/protos"];
    run(python(), &[&protoc[..], args, &["flag.proto", "streaming/options.proto"]].concat());
}

/// The words of the generated code. protoc knows files by the names of imports alone, which changes where lines break.
fn generated(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("flag.v1.rs")).unwrap();
    let words: Vec<String> =
        text.split_whitespace().map(|word| word.replace("tests/protos/", "")).collect();
    words.join(" ")
}

/// The set of a proto with every option, as `program` writes it, gives what the proto gives.
fn check_set(program: &str, written: impl Fn(Vec<u8>) -> Vec<u8>) {
    let folder = folder(program);
    let set = folder.join("set.bin");
    let out = format!("--descriptor_set_out={}", set.display());
    protoc(&folder, &["--include_imports", "--include_source_info", &out]);
    let builder = || configure().out_dir(&folder);
    builder().compile_descriptor_set(written(fs::read(&set).unwrap())).unwrap();
    let of_set = generated(&folder);
    builder().compile_protos(&["tests/protos/flag.proto"], &["tests/protos"]).unwrap();
    let of_protos = generated(&folder);
    let first = of_set.bytes().zip(of_protos.bytes()).position(|(a, b)| a != b);
    let around = first.map(|at| &of_protos.as_bytes()[at.saturating_sub(40)..][..80]);
    let around = around.map(String::from_utf8_lossy);
    assert!(of_set == of_protos, "options, comments or places are lost at {around:?}");
}

#[test]
fn a_descriptor_set_gives_what_its_protos_give() {
    check_set("protoc", |set| set);
}

/// buf's sets have notes of its own in each file: field 8042, a message, here with `is_import` set.
#[test]
fn the_notes_of_buf_in_a_descriptor_set_change_nothing() {
    check_set("buf", |set| {
        let (mut rest, mut image) = (&set[..], Vec::new());
        while !rest.is_empty() {
            let (field, wire) = decode_key(&mut rest).unwrap();
            let length = usize::try_from(decode_varint(&mut rest).unwrap()).unwrap();
            let (file, behind) = rest.split_at(length);
            let mut file = file.to_vec();
            encode_key(8042, WireType::LengthDelimited, &mut file);
            file.extend([2, 8, 1]);
            encode_key(field, wire, &mut image);
            encode_varint(file.len() as u64, &mut image);
            image.extend(file);
            rest = behind;
        }
        image
    });
}

#[test]
fn stubs_of_python_keep_the_options() {
    let folder = folder("stubs");
    let out = folder.display();
    protoc(&folder, &[&format!("--python_out={out}"), &format!("--grpc_python_out={out}")]);
    let script = "
import flag_pb2, flag_pb2_grpc
from streaming import options_pb2 as streaming
report, order = flag_pb2.Report.DESCRIPTOR, flag_pb2.Order.DESCRIPTOR
print(report.fields_by_name['device'].GetOptions().Extensions[streaming.client_id])
print(order.fields_by_name['dump'].GetOptions().Extensions[streaming.reply])
print(report.fields_by_name['secret'].GetOptions().Extensions[streaming.publish])
print(report.fields_by_name['nothing'].GetOptions().HasExtension(streaming.publish))
rpc = flag_pb2.DESCRIPTOR.services_by_name['Devices'].methods_by_name['Whisper']
print(rpc.GetOptions().Extensions[streaming.client_id_assigned])
print(flag_pb2_grpc.DevicesStub.__name__)
";
    let mut python = python();
    python.current_dir(&folder);
    let read = run(python, &["-c", script]);
    assert_eq!(read, "True\nmemory_image\nFalse\nFalse\nTrue\nDevicesStub\n");
}
