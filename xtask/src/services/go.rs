//! Programs built from Go modules.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use super::{folder, lock};

/// A program, as its Go module has it.
pub(super) struct Program {
    name: &'static str,
    module: &'static str,
    version: &'static str,
    /// The package of the module that is the program.
    package: &'static str,
    /// The variable that names a program to take instead.
    instead: &'static str,
}

pub(super) const GRPCURL: Program = Program {
    name: "grpcurl",
    module: "github.com/fullstorydev/grpcurl",
    version: "v1.9.4",
    package: "github.com/fullstorydev/grpcurl/cmd/grpcurl",
    instead: "GRPCURL_BIN",
};

pub(super) const CENTRIFUGO: Program = Program {
    name: "centrifugo",
    module: "github.com/centrifugal/centrifugo/v5",
    version: "v5.4.9",
    package: "github.com/centrifugal/centrifugo/v5",
    instead: "CENTRIFUGO_BIN",
};

pub(super) const NATS_SERVER: Program = Program {
    name: "nats-server",
    module: "github.com/nats-io/nats-server/v2",
    version: "v2.15.2",
    package: "github.com/nats-io/nats-server/v2",
    instead: "NATS_SERVER_BIN",
};

impl Program {
    /// Where it is; builds it if need be.
    pub(super) fn path(&self) -> Result<PathBuf> {
        let Self { name, instead, .. } = self;
        if let Some(path) = env::var_os(instead).map(PathBuf::from) {
            ensure!(path.is_file(), "`{instead}` is set, but {} is no {name}", path.display());
            return Ok(path);
        }
        let folder = folder();
        let built = folder.join(format!("bin/{name}-{}", self.version));
        let made = || built.is_file().then(|| built.clone());
        lock::once(&folder, made, || {
            self.build(&folder, &built)
                .with_context(|| format!("cannot build {name} {}", self.version))?;
            Ok(built.clone())
        })
    }

    /// `go install module@version` asks for the list of versions, which not every proxy has: a module that requires
    /// this one version does not.
    fn build(&self, folder: &Path, built: &Path) -> Result<()> {
        let module = folder.join("go").join(self.name);
        fs::create_dir_all(&module)?;
        fs::write(module.join("go.mod"), self.go_mod())?;
        eprintln!("building {} {} in {}", self.name, self.version, module.display());
        self.go(&module, &["mod", "tidy"])?;
        // `-o` with a path of this file system, so that the rename below is one step and nobody sees half a program.
        let fresh = module.join(self.name);
        let output = fresh.to_string_lossy();
        self.go(&module, &["build", "-buildvcs=false", "-o", &output, self.package])?;
        fs::create_dir_all(folder.join("bin"))?;
        fs::rename(&fresh, built)?;
        Ok(())
    }

    fn go_mod(&self) -> String {
        let Self { module, version, package, .. } = self;
        format!("module services\n\ngo 1.24\n\nrequire {module} {version}\n\ntool {package}\n")
    }

    fn go(&self, module: &Path, args: &[&str]) -> Result<()> {
        let line = args.join(" ");
        let output = Command::new("go")
            .args(args)
            .env("GOWORK", "off")
            .current_dir(module)
            .output()
            .with_context(|| {
                format!(
                    "`go` cannot be started; install Go 1.26 or newer, or set `{}`",
                    self.instead
                )
            })?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`go {line}` failed: {errors}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::GRPCURL;

    #[test]
    fn requires_one_version() {
        let expected = "\
module services

go 1.24

require github.com/fullstorydev/grpcurl v1.9.4

tool github.com/fullstorydev/grpcurl/cmd/grpcurl
";
        assert_eq!(GRPCURL.go_mod(), expected);
    }
}
