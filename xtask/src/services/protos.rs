//! Protos of others, as their packages have them: each by the ordinary client of its registry, none of it committed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use super::{folder, lock, output, run};

/// A package that carries protos.
#[derive(Debug)]
struct Package {
    registry: Registry,
    name: &'static str,
    version: &'static str,
    /// Folders of the package, and where their protos go.
    folders: &'static [(&'static str, &'static str)],
}

#[derive(Debug)]
enum Registry {
    Cargo,
    Go,
}

/// What `tests/real` takes its contracts from. A folder under `target/services/protos` is what a build script includes.
const PACKAGES: [Package; 11] = [
    Package {
        registry: Registry::Cargo,
        name: "etcd-client",
        version: "0.21.1",
        folders: &[("proto", "etcd")],
    },
    Package {
        registry: Registry::Cargo,
        name: "envoy-types",
        version: "0.7.7",
        folders: &[
            ("proto/data-plane-api", "envoy"),
            ("proto/googleapis", "envoy"),
            ("proto/protoc-gen-validate", "envoy"),
            ("proto/xds", "envoy"),
            ("proto/googleapis/google/rpc", "buildkit/google/rpc"),
        ],
    },
    Package {
        registry: Registry::Cargo,
        name: "tonic-reflection",
        version: "0.14.9",
        folders: &[("proto", "reflection")],
    },
    Package {
        registry: Registry::Go,
        name: "sigs.k8s.io/apiserver-network-proxy/konnectivity-client",
        version: "v0.34.0",
        folders: &[("proto", "konnectivity/konnectivity-client/proto")],
    },
    Package {
        registry: Registry::Go,
        name: "sigs.k8s.io/apiserver-network-proxy",
        version: "v0.34.0",
        folders: &[("proto", "konnectivity/proto")],
    },
    Package {
        registry: Registry::Go,
        name: "github.com/dapr/dapr",
        version: "v1.18.0",
        folders: &[("dapr", "dapr/dapr")],
    },
    Package {
        registry: Registry::Go,
        name: "github.com/moby/buildkit",
        version: "v0.25.0",
        folders: &[("", "buildkit/github.com/moby/buildkit")],
    },
    Package {
        registry: Registry::Go,
        name: "github.com/tonistiigi/fsutil",
        version: "v0.0.0-20250605211040-586307ad452f",
        folders: &[("types", "buildkit/github.com/tonistiigi/fsutil/types")],
    },
    Package {
        registry: Registry::Go,
        name: "github.com/planetscale/vtprotobuf",
        version: "v0.6.1-0.20240319094008-0393e58bdf10",
        folders: &[("include", "buildkit")],
    },
    Package {
        registry: Registry::Go,
        name: "github.com/gravitational/teleport/api",
        version: "v0.0.0-20250128104452-ecabf6b767ac",
        folders: &[("proto", "teleport")],
    },
    Package {
        registry: Registry::Go,
        name: "github.com/gogo/protobuf",
        version: "v1.3.2",
        folders: &[("gogoproto", "teleport/gogoproto")],
    },
];

/// The folder with the protos; fetches them if they are missing or of other packages.
pub(super) fn protos() -> Result<PathBuf> {
    let folder = folder();
    let protos = folder.join("protos");
    let pins = format!("{PACKAGES:#?}\n");
    // Written last: a folder without it is half made.
    let installed = protos.join("installed.txt");
    let made = || {
        let same = fs::read_to_string(&installed).is_ok_and(|installed| installed == pins);
        same.then(|| protos.clone())
    };
    lock::once(&folder, made, || {
        run(Command::new("go").arg("version")).context("install Go 1.26 or newer (go.dev/dl)")?;
        eprintln!("fetching protos into {}", protos.display());
        if protos.exists() {
            fs::remove_dir_all(&protos)?;
        }
        let scratch = folder.join("packages");
        for package in &PACKAGES {
            let Package { name, version, .. } = package;
            package
                .fetch(&scratch, &protos)
                .with_context(|| format!("cannot fetch the protos of {name} {version}"))?;
        }
        fs::remove_dir_all(&scratch)?;
        fs::write(&installed, &pins)?;
        Ok(protos.clone())
    })
}

impl Package {
    fn fetch(&self, scratch: &Path, protos: &Path) -> Result<()> {
        // Of its own: what one client leaves there is not another's.
        let scratch = scratch.join(self.name.replace([':', '/'], "-"));
        fs::create_dir_all(&scratch)?;
        let package = match self.registry {
            Registry::Cargo => self.fetch_crate(&scratch)?,
            Registry::Go => self.fetch_module(&scratch)?,
        };
        for (from, into) in self.folders {
            let from = package.join(from);
            let copied = copy(&from, &protos.join(into))
                .with_context(|| format!("cannot copy {}", from.display()))?;
            ensure!(copied > 0, "there is no proto in {}", from.display());
        }
        Ok(())
    }

    /// A package that needs the crate has cargo unpack it, and nothing is built.
    fn fetch_crate(&self, scratch: &Path) -> Result<PathBuf> {
        let Self { name, version, .. } = self;
        let manifest = format!(
            "[package]\nname = \"fetched\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n\
             [dependencies]\n{name} = \"={version}\"\n\n[workspace]\n"
        );
        fs::write(scratch.join("Cargo.toml"), manifest)?;
        fs::write(scratch.join("lib.rs"), "")?;
        let mut metadata = Command::new("cargo");
        metadata.args(["metadata", "--quiet", "--format-version", "1"]).current_dir(scratch);
        let metadata = output(&mut metadata)?;
        let manifest = format!("/{name}-{version}/Cargo.toml");
        let manifest = metadata.split('"').find(|text| text.ends_with(&manifest));
        let manifest = manifest.context("cargo does not say where the crate is")?;
        Ok(Path::new(manifest).with_file_name(""))
    }

    fn fetch_module(&self, scratch: &Path) -> Result<PathBuf> {
        let module = format!("{}@{}", self.name, self.version);
        let go = |args: &[&str]| {
            let mut go = Command::new("go");
            output(go.args(args).arg(&module).env("GOWORK", "off").current_dir(scratch))
        };
        go(&["mod", "download"])?;
        let folder = go(&["list", "-m", "-f", "{{.Dir}}"])?;
        Ok(PathBuf::from(folder.trim()))
    }
}

/// Copies the protos in `from` and in its folders; how many there are.
fn copy(from: &Path, into: &Path) -> Result<usize> {
    let mut copied = 0;
    for entry in from.read_dir()? {
        let path = entry?.path();
        let target = into.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copied += copy(&path, &target)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            fs::create_dir_all(into)?;
            // Without the mode: what the clients keep is often read-only, and this is to be deleted one day.
            fs::write(target, fs::read(&path)?)?;
            copied += 1;
        }
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::copy;

    #[test]
    fn copies_protos_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, into) = (folder.path().join("from"), folder.path().join("into"));
        for (name, text) in [("a.proto", "a"), ("b/c/d.proto", "d"), ("b/lib.rs", ""), ("e/f", "")]
        {
            let path = from.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        }
        assert_eq!(copy(&from, &into).expect("it can be copied"), 2);
        assert_eq!(fs::read(into.join("b/c/d.proto")).expect("it is there"), b"d");
        assert!(!into.join("e").exists(), "a folder without protos");
    }
}
