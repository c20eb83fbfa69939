//! `cargo xtask crates`: how many crates a user pays for.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};

use crate::run::{cargo, line};

struct FeatureSet {
    package: &'static str,
    features: &'static [&'static str],
    /// More than this many, the crate itself and its macros included, is a decision to be made.
    at_most: usize,
}

const SETS: [FeatureSet; 10] = [
    FeatureSet { package: "streaming-runtime", features: &["--no-default-features"], at_most: 42 },
    FeatureSet { package: "streaming-runtime", features: &[], at_most: 85 },
    FeatureSet {
        package: "streaming-runtime",
        features: &["--no-default-features", "--features", "link"],
        at_most: 81,
    },
    FeatureSet {
        package: "streaming-runtime",
        features: &["--features", "centrifugo"],
        at_most: 122,
    },
    FeatureSet {
        package: "streaming-runtime",
        features: &["--features", "centrifugo-tls"],
        at_most: 144,
    },
    FeatureSet { package: "streaming-runtime", features: &["--features", "cluster"], at_most: 85 },
    FeatureSet { package: "streaming-runtime", features: &["--features", "nats"], at_most: 140 },
    FeatureSet { package: "streaming-runtime", features: &["--all-features"], at_most: 190 },
    FeatureSet { package: "streaming-build", features: &["--no-default-features"], at_most: 42 },
    FeatureSet { package: "streaming-build", features: &[], at_most: 56 },
];

/// Counts each set, and fails where one has outgrown its bound.
pub(crate) fn check() -> Result<()> {
    println!();
    let mut outgrown = Vec::new();
    for set in SETS {
        let name = set.name();
        let count = set.count()?;
        let at_most = set.at_most;
        println!("{count:>4} crates of at most {at_most:>3}: {name}");
        if count > at_most {
            outgrown.push(format!("{name} has {count} crates, at most {at_most} allowed"));
        }
    }
    ensure!(
        outgrown.is_empty(),
        "{}; drop a dependency, or raise the bound in xtask/src/crates.rs",
        outgrown.join("; ")
    );
    Ok(())
}

impl FeatureSet {
    fn name(&self) -> String {
        match self.features {
            [] => self.package.to_owned(),
            features => format!("{} {}", self.package, features.join(" ")),
        }
    }

    fn count(&self) -> Result<usize> {
        let mut tree = cargo(["tree", "--package", self.package, "--edges", "normal,build"]);
        tree.args(["--prefix", "none", "--format", "{p}"]).args(self.features);
        let line = line(&tree);
        let output = tree.output().with_context(|| format!("`{line}` cannot be started"))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`{line}` failed: {errors}");
        Ok(distinct(&String::from_utf8_lossy(&output.stdout)))
    }
}

/// Crates that cargo has printed, each once however often it is printed.
fn distinct(tree: &str) -> usize {
    let crates: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)").trim())
        .filter(|line| !line.is_empty())
        .collect();
    crates.len()
}

#[cfg(test)]
mod tests {
    use super::distinct;

    #[test]
    fn counts_each_version_once() {
        let tree = "a v1.0.0 (/a)\nb v1.0.0\nb v2.0.0\nb v1.0.0 (*)\n\nc v0.1.0 (proc-macro)\n";
        assert_eq!(distinct(tree), 4);
    }
}
