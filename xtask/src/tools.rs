//! What must be on the machine before anything can run.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

struct Tool {
    name: &'static str,
    /// Succeeds where the tool is there.
    probe: &'static [&'static str],
    needed_for: &'static str,
    install: &'static str,
}

const TOOLS: [Tool; 5] = [
    Tool {
        name: "rustfmt",
        probe: &["cargo", "fmt", "--version"],
        needed_for: "the format check",
        install: "rustup component add rustfmt",
    },
    Tool {
        name: "clippy",
        probe: &["cargo", "clippy", "--version"],
        needed_for: "the lints",
        install: "rustup component add clippy",
    },
    Tool {
        name: "Go",
        probe: &["go", "version"],
        needed_for: "programs, protos and clients of others",
        install: "Go 1.26 or newer (go.dev/dl)",
    },
    Tool {
        name: "Python",
        probe: &["python3", "-c", "import ensurepip, venv"],
        needed_for: "the clients on grpcio",
        install: "Python 3.10 or newer with venv (Debian: apt-get install python3 python3-venv)",
    },
    Tool {
        name: "Node",
        // npm is run by node.
        probe: &["npm", "--version"],
        needed_for: "Centrifugo's client for browsers",
        install: "Node 20 or newer with npm (nodejs.org, or Debian: apt-get install nodejs npm)",
    },
];

/// Fails with all that is missing, and how to get it.
pub(crate) fn check() -> Result<()> {
    let mut missing: Vec<String> =
        TOOLS.iter().filter(|tool| !tool.is_there()).map(Tool::advice).collect();
    // Tests look for it in the same way.
    if let Err(error) = xtask::services::chromium() {
        missing.push(format!("  {error:#}"));
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!("tools are missing\n{}", missing.join("\n"));
}

impl Tool {
    fn is_there(&self) -> bool {
        succeeds(self.probe)
    }

    fn advice(&self) -> String {
        let Self { name, needed_for, install, .. } = self;
        format!("  {name}, for {needed_for}; install: {install}")
    }
}

/// Whether a command can be started and ends well. What it prints is dropped.
pub(crate) fn succeeds(command: &[&str]) -> bool {
    let [program, args @ ..] = command else {
        return false;
    };
    Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::{Tool, succeeds};

    #[test]
    fn tells_what_is_there() {
        assert!(succeeds(&["true"]));
        assert!(!succeeds(&["false"]));
        assert!(!succeeds(&["no-such-program-anywhere"]));
    }

    #[test]
    fn says_what_to_install() {
        let tool = Tool {
            name: "Zig",
            probe: &["no-such-program-anywhere"],
            needed_for: "the zeppelin",
            install: "zig 1",
        };
        assert!(!tool.is_there());
        assert_eq!(tool.advice(), "  Zig, for the zeppelin; install: zig 1");
    }
}
