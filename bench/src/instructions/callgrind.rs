//! A process under callgrind, and what it counted.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, ensure};

/// Fails where callgrind is missing, and says how to get it.
pub(crate) fn check() -> anyhow::Result<()> {
    let there = Command::new("valgrind").arg("--version").output();
    ensure!(
        there.is_ok_and(|output| output.status.success()),
        "no `valgrind`, whose callgrind counts instructions; install valgrind (Debian: apt-get install valgrind)"
    );
    Ok(())
}

/// One of this program's own subcommands under callgrind.
pub(crate) struct Under {
    child: Child,
    stdout: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
}

impl Under {
    pub(crate) fn start(core: usize, args: &[&str]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new("taskset")
            .args(["-c", &core.to_string(), "valgrind", "-q", "--tool=callgrind"])
            .arg(format!("--callgrind-out-file={}", counts(folder.path())))
            .arg(std::env::current_exe()?)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("`taskset` pins processes to cores; it comes with util-linux")?;
        let stdout = child.stdout.take().context("no standard output")?;
        Ok(Self { child, stdout: BufReader::new(stdout), folder })
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        ensure!(self.stdout.read_line(&mut line)? > 0, "the process ended early");
        Ok(line.trim_end().to_owned())
    }

    /// Ends it, which makes callgrind write down what it has counted.
    pub(crate) fn end(mut self) -> anyhow::Result<Profile> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(told.success(), "the process ended early");
        self.child.wait()?;
        let own = annotated(self.folder.path(), "--inclusive=no", |one, other| one + other)?;
        // The largest has the others in it.
        let inclusive = annotated(self.folder.path(), "--inclusive=yes", f64::max)?;
        let text = fs::read_to_string(counts(self.folder.path()))?;
        let total = text.lines().find_map(|line| line.strip_prefix("summary: "));
        let total = total.context("callgrind has counted nothing")?.trim().parse()?;
        Ok(Profile { total, own, inclusive })
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn counts(folder: &Path) -> String {
    folder.join("counts").display().to_string()
}

/// Instructions by function.
type Functions = HashMap<String, f64>;

/// Instructions, of a run or per message.
pub(crate) struct Profile {
    pub(crate) total: f64,
    own: Functions,
    /// With those of the functions that are called.
    inclusive: Functions,
}

impl Profile {
    /// What a message costs, where `more` had so many more of them than `less`.
    pub(crate) fn between(less: &Self, more: &Self, messages: f64) -> Self {
        let each = |less: &Functions, more: &Functions| {
            let each = more.iter().map(|(name, count)| {
                (name.clone(), (count - less.get(name).unwrap_or(&0.0)) / messages)
            });
            each.collect()
        };
        Self {
            total: (more.total - less.total) / messages,
            own: each(&less.own, &more.own),
            inclusive: each(&less.inclusive, &more.inclusive),
        }
    }

    /// Lists the functions in which most instructions are executed.
    pub(crate) fn print(&self, title: &str, top: usize) {
        for (kind, functions) in [("self", &self.own), ("inclusive", &self.inclusive)] {
            println!("\n{title}: {kind}, of {:.0} instructions per message", self.total);
            let mut functions: Vec<_> = functions.iter().collect();
            functions.sort_by(|(_, one), (_, other)| other.total_cmp(one));
            for (name, count) in functions.into_iter().take(top) {
                println!("{count:>10.1}  {name}");
            }
        }
        println!();
    }
}

fn annotated(
    folder: &Path,
    inclusive: &str,
    together: fn(f64, f64) -> f64,
) -> anyhow::Result<Functions> {
    let output = Command::new("callgrind_annotate")
        .args(["--threshold=100", "--auto=no", "--show-percs=no", inclusive])
        .arg(counts(folder))
        .output()
        .context("`callgrind_annotate` cannot be started; it comes with valgrind")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(functions(&String::from_utf8_lossy(&output.stdout), together))
}

/// Reads lines such as `1,234  src/lib.rs:a::b [/a/program]`. What is inlined from another file has lines of its own,
/// which are put together.
fn functions(text: &str, together: fn(f64, f64) -> f64) -> Functions {
    let mut functions = Functions::new();
    for line in text.lines() {
        let Some((count, place)) = line.trim_start().split_once("  ") else { continue };
        let Ok(count) = count.replace(',', "").parse::<f64>() else { continue };
        let Some((_, name)) = place.trim_start().split_once(':') else { continue };
        let name = name.split(" [/").next().unwrap_or(name);
        let sum = functions.entry(name.trim_end().to_owned()).or_default();
        *sum = together(*sum, count);
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::{Functions, Profile, functions};

    const TEXT: &str = "\
Ir
--------
1,000  PROGRAM TOTALS
  700  /src/a.rs:a::b [/bin/program]
  200  /src/c.rs:a::b
   50  ./malloc/malloc.c:<A as B>::free [/lib/libc.so.6]
";

    #[test]
    fn what_is_inlined_counts_for_the_function_it_is_in() {
        let read = functions(TEXT, |one, other| one + other);
        assert_eq!(read.get("a::b"), Some(&900.0));
        assert_eq!(read.get("<A as B>::free"), Some(&50.0));
        assert_eq!(read.len(), 2);
        assert_eq!(functions(TEXT, f64::max).get("a::b"), Some(&700.0));
    }

    #[test]
    fn what_both_runs_have_cancels_out() {
        let profile = |total: f64, own: f64| {
            let own: Functions = [("f".to_owned(), own)].into();
            Profile { total, inclusive: own.clone(), own }
        };
        let each = Profile::between(&profile(1100.0, 110.0), &profile(1300.0, 130.0), 20.0);
        assert!((each.total - 10.0).abs() < 1e-9, "{}", each.total);
        assert!((each.own["f"] - 1.0).abs() < 1e-9, "{}", each.own["f"]);
    }
}
