//! Runs other programs, and says which.

use std::{borrow::Cow, process::Command};

use anyhow::{Context as _, Result, ensure};

/// The cargo that runs us, in the workspace's folder.
pub(crate) fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(xtask::root());
    command
}

/// Prints the command line, runs it, and fails if it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    println!("\n$ {line}");
    let status = command.status().with_context(|| format!("`{line}` cannot be started"))?;
    ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

/// What to type to run the same.
pub(crate) fn line(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default();
    let settings = command.get_envs().filter_map(|(name, value)| {
        let (name, value) = (name.to_string_lossy(), value?.to_string_lossy());
        Some(format!("{name}={} ", quoted(value)))
    });
    let args = command.get_args().map(|arg| format!(" {}", quoted(arg.to_string_lossy())));
    let settings: String = settings.collect();
    let args: String = args.collect();
    format!("{settings}{program}{args}")
}

fn quoted(word: Cow<'_, str>) -> Cow<'_, str> {
    if word.contains(' ') { format!("'{word}'").into() } else { word }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{line, run};

    #[test]
    fn shows_what_to_type() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        let expected = "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps";
        assert_eq!(line(&command), expected);
    }

    #[test]
    fn names_the_command_that_failed() {
        let error = run(&mut Command::new("false")).expect_err("`false` fails");
        assert!(error.to_string().starts_with("`false` failed"), "{error}");
    }
}
