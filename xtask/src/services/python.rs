//! A virtual environment with the packages that Python clients need.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{folder, lock, run};

/// The pins of the example are those of the tests: what runs there is what users are shown.
const REQUIREMENTS: &str = "examples/python-bot/requirements.txt";

/// The environment's interpreter; makes the environment if it is missing or has other pins.
pub(super) fn interpreter() -> Result<PathBuf> {
    let folder = folder();
    let environment = folder.join("python");
    let requirements = crate::root().join(REQUIREMENTS);
    let pins = fs::read_to_string(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let interpreter = environment.join("bin/python");
    // Written last: an environment without it is half made.
    let installed = environment.join("installed.txt");
    let made = || {
        let same = fs::read_to_string(&installed).is_ok_and(|installed| installed == pins);
        (same && interpreter.exists()).then(|| interpreter.clone())
    };
    lock::once(&folder, made, || {
        make(&environment, &interpreter, &requirements).context("cannot set up Python")?;
        fs::write(&installed, &pins)?;
        Ok(interpreter.clone())
    })
}

fn make(environment: &Path, interpreter: &Path, requirements: &Path) -> Result<()> {
    eprintln!("installing Python packages in {}", environment.display());
    let mut venv = Command::new("python3");
    run(venv.args(["-m", "venv", "--clear"]).arg(environment)).context(
        "install Python 3.10 or newer with venv (Debian: apt-get install python3 python3-venv)",
    )?;
    let mut pip = Command::new(interpreter);
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
    run(pip.arg(requirements))
}
