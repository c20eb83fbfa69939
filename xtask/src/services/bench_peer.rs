//! The benchmark's server on grpc-go.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{folder, lock, output, peers::sources, python, run};

const SOURCES: &str = "bench/peers/go";
/// What its messages are generated from.
const PROTO: &str = "bench/v1/bench.proto";

/// The program; builds it if it is missing or of other sources.
pub(super) fn program() -> Result<PathBuf> {
    // Its protoc is the one of Python's packages.
    let python = python::interpreter()?;
    let folder = folder();
    let module = folder.join("bench-peer");
    let program = module.join("server");
    let from = crate::root().join(SOURCES);
    let protos = crate::root().join("bench/proto");
    let read = || Ok::<_, std::io::Error>(sources(&from)? + &sources(&protos)?);
    let sources = read().with_context(|| format!("cannot read the sources in {SOURCES}"))?;
    // Written last: a folder without it is half made.
    let built = module.join("built.txt");
    let made = || {
        let same = fs::read_to_string(&built).is_ok_and(|built| built == sources);
        same.then(|| program.clone())
    };
    lock::once(&folder, made, || {
        run(Command::new("go").arg("version")).context("install Go 1.26 or newer (go.dev/dl)")?;
        eprintln!("building the benchmark's server on Go in {}", module.display());
        lay_out(&from, &module)?;
        generate(&python, &protos, &module).context("cannot generate the messages on Go")?;
        let mut build = go(&module);
        run(build.args(["build", "-buildvcs=false", "-o", "server", "."]))
            .context("cannot build the benchmark's server on Go")?;
        fs::write(&built, &sources)?;
        Ok(program.clone())
    })
}

/// Copies the module: what is generated must lie within it.
fn lay_out(from: &Path, module: &Path) -> Result<()> {
    if module.exists() {
        fs::remove_dir_all(module)?;
    }
    fs::create_dir_all(module.join("pb"))?;
    for name in ["go.mod", "go.sum", "main.go"] {
        fs::copy(from.join(name), module.join(name))?;
    }
    Ok(())
}

fn generate(python: &Path, protos: &Path, module: &Path) -> Result<()> {
    let mut protoc = Command::new(python);
    protoc.args(["-m", "grpc_tools.protoc"]).arg(format!("--proto_path={}", protos.display()));
    for plugin in ["go", "go-grpc"] {
        let name = format!("protoc-gen-{plugin}");
        // go.mod pins them.
        let path = output(go(module).args(["tool", "-n", &name]))?;
        protoc.arg(format!("--plugin={name}={}", path.trim()));
        protoc.arg(format!("--{plugin}_out={}", module.join("pb").display()));
        protoc.arg(format!("--{plugin}_opt=module=benchpeer/pb,M{PROTO}=benchpeer/pb"));
    }
    run(protoc.arg(PROTO))
}

fn go(module: &Path) -> Command {
    let mut go = Command::new("go");
    go.env("GOWORK", "off").current_dir(module);
    go
}
