//! `cargo xtask compile-cost`: what the toolkit costs at compile time, beside tonic-prost-build on the same proto. It
//! writes its section of docs/benchmarks.md.
//!
//! The figures depend on the machine; their ratios hardly do.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, Result, ensure};

use crate::run::{cargo, line};

/// The variants of the message whose handlers are expanded.
const VARIANTS: usize = 50;
/// Warm figures are the median of so many.
const RUNS: usize = 5;
/// Cold ones take their time.
const COLD_RUNS: usize = 3;

const INTRODUCTION: &str = "\
Written by `cargo xtask compile-cost`. How many crates each feature set pulls in, `cargo xtask crates` says.

tonic-prost-build needs protoc, which is there as a binary. With protox in its place it needs none, as streaming-build
needs none. Dependencies are compiled as those of a registry are, not incrementally.

";

/// Measures, prints one line for each figure, and writes them down.
pub(crate) fn measure() -> Result<()> {
    let folder = xtask::root().join("target/compile-cost");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let proto = fs::read_to_string(xtask::root().join("proto/trading/v1/trading.proto"))?;
    let packages = [
        Package::new(&folder, "plain", PLAIN_MANIFEST, PLAIN_BUILD, "", &proto)?,
        Package::new(&folder, "protox", PROTOX_MANIFEST, PROTOX_BUILD, "", &proto)?,
        Package::new(&folder, "ours", &manifest(""), OURS_BUILD, "", &proto)?,
    ];
    let [mut walls, mut cpus] = [const { [const { Vec::new() }; 3] }; 2];
    // In turn, so that what else the machine does falls on all of them.
    for _ in 0..COLD_RUNS {
        for (index, package) in packages.iter().enumerate() {
            let cold = package.cold()?;
            walls[index].push(cold.wall);
            cpus[index].push(cold.cpu);
        }
    }
    let cold = compared("build script, cold", &walls);
    let cpu = compared("build script, cold, CPU time", &cpus);
    let [plain, protox, ours] = &packages;
    let warm = [plain.warm("p.proto")?, protox.warm("p.proto")?, ours.warm("p.proto")?];
    let warm = compared("build script, proto touched", &warm.map(|it| vec![it]));

    let runtime = xtask::root().join("streaming-runtime");
    let runtime = format!("streaming-runtime = {{ path = \"{}\" }}", runtime.display());
    let wide = wide_proto();
    let bare =
        Package::new(&folder, "bare", &manifest(&runtime), OURS_BUILD, &server(false), &wide)?;
    let annotated =
        Package::new(&folder, "annotated", &manifest(&runtime), OURS_BUILD, &server(true), &wide)?;
    annotated.build()?;
    bare.build()?;
    let (with, without) = (annotated.expansion()?, bare.expansion()?);
    let expansion = format!(
        "expansion of a crate with {VARIANTS} handlers: {with:.0?} with the attribute, {without:.0?} without"
    );
    let rebuilt = rebuilt()?;
    let touched = format!("rebuilt after a handler was touched: {}", rebuilt.join(", "));
    let lines = [cold, cpu, warm, expansion, touched].map(|line| format!("- {line}\n")).concat();
    print!("{lines}");
    xtask::write_section("At compile time", &format!("{INTRODUCTION}{lines}"))?;
    ensure!(rebuilt == ["split-server"], "a handler's crate is all that may be rebuilt");
    Ok(())
}

/// The medians, and the medians of the ratios of each round: what slows the machine slows a whole round.
fn compared(what: &str, [plain, protox, ours]: &[Vec<Duration>; 3]) -> String {
    let others = [("tonic-prost-build", plain), ("with protox", protox)].map(|(name, other)| {
        let time = median(other.clone());
        format!("{name} {time:.1?}, ratio {}", ratios(ours, other))
    });
    format!("{what}: streaming-build {:.1?}; {}", median(ours.clone()), others.join("; "))
}

/// The median, and from where to where they go if there are several.
fn ratios(ours: &[Duration], other: &[Duration]) -> String {
    let rounds = ours.iter().zip(other);
    let mut ratios: Vec<f64> = rounds.map(|(ours, other)| ours.div_duration_f64(*other)).collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    match ratios.as_slice() {
        [least, .., most] => format!("{median:.2} ({least:.2} to {most:.2})"),
        _ => format!("{median:.2}"),
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// What a build took.
struct Cost {
    wall: Duration,
    cpu: Duration,
}

/// The CPU time of all processes that were started and have ended, theirs included.
fn cpu_of_children() -> Result<Duration> {
    let text =
        fs::read_to_string("/proc/self/stat").context("CPU time is read from Linux's /proc")?;
    cpu_in(&text).context("/proc/self/stat has no times of children")
}

/// The fields `cutime` and `cstime`, the 16th and 17th, in hundredths of a second. The second, a name, may hold blanks.
fn cpu_in(text: &str) -> Option<Duration> {
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(13);
    let mut field = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((field()? + field()?) * 10))
}

/// A package of its own, with a build script and a proto.
struct Package {
    folder: PathBuf,
}

impl Package {
    fn new(
        all: &Path,
        name: &str,
        manifest: &str,
        build: &str,
        lib: &str,
        proto: &str,
    ) -> Result<Self> {
        let folder = all.join(name);
        fs::create_dir_all(folder.join("src"))?;
        let head =
            format!("[package]\nname = {name:?}\nedition = \"2024\"\n\n[workspace]\n\n{PROFILE}\n");
        fs::write(folder.join("Cargo.toml"), head + manifest)?;
        fs::write(folder.join("build.rs"), build)?;
        fs::write(folder.join("src/lib.rs"), lib)?;
        fs::write(folder.join("p.proto"), proto)?;
        // The versions of the workspace.
        fs::copy(xtask::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { folder })
    }

    fn cargo<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut cargo = cargo(args);
        cargo.current_dir(&self.folder).env("CARGO_TARGET_DIR", self.folder.join("target"));
        cargo
    }

    fn build(&self) -> Result<Duration> {
        let started = Instant::now();
        output(&mut self.cargo(["build"]))?;
        Ok(started.elapsed())
    }

    /// From nothing; what has to be downloaded is there before.
    fn cold(&self) -> Result<Cost> {
        output(&mut self.cargo(["fetch"]))?;
        output(&mut self.cargo(["clean"]))?;
        let before = cpu_of_children()?;
        let wall = self.build()?;
        Ok(Cost { wall, cpu: cpu_of_children()?.saturating_sub(before) })
    }

    /// The median after a change of `file`.
    fn warm(&self, file: &str) -> Result<Duration> {
        let mut times = Vec::new();
        for _ in 0..RUNS {
            touch(&self.folder.join(file))?;
            times.push(self.build()?);
        }
        Ok(median(times))
    }

    /// The median time that rustc expands macros, by its own account.
    fn expansion(&self) -> Result<Duration> {
        let mut times = Vec::new();
        for _ in 0..RUNS {
            touch(&self.folder.join("src/lib.rs"))?;
            let mut rustc = self.cargo(["rustc", "--lib", "--", "-Ztime-passes"]);
            // Its account of the passes is no stable option.
            let text = output(rustc.env("RUSTC_BOOTSTRAP", "1"))?;
            times.push(
                pass(&text, "macro_expand_crate").context("rustc named no time of expansion")?,
            );
        }
        Ok(median(times))
    }
}

/// The time of one pass: `time:   0.008; rss:   84MB ->  102MB (  +18MB) macro_expand_crate`.
fn pass(text: &str, name: &str) -> Option<Duration> {
    let line = text.lines().find(|line| line.split_whitespace().last() == Some(name))?;
    let seconds = line.split("time:").nth(1)?.split(';').next()?.trim().parse().ok()?;
    Some(Duration::from_secs_f64(seconds))
}

/// Names the crates that cargo compiles after a handler was touched whose proto lies in a crate of its own.
fn rebuilt() -> Result<Vec<String>> {
    let build = || cargo(["build", "--package", "split-server"]);
    output(&mut build())?;
    touch(&xtask::root().join("tests/split/server/src/lib.rs"))?;
    let text = output(&mut build())?;
    let compiled = text.lines().filter_map(|line| line.trim().strip_prefix("Compiling "));
    Ok(compiled.filter_map(|rest| rest.split(' ').next()).map(str::to_owned).collect())
}

fn touch(file: &Path) -> Result<()> {
    let file = fs::File::options().append(true).open(file)?;
    Ok(file.set_modified(SystemTime::now())?)
}

/// What the command printed, on either output.
fn output(command: &mut Command) -> Result<String> {
    let line = line(command);
    let output = command.output().with_context(|| format!("`{line}` cannot be started"))?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    ensure!(output.status.success(), "`{line}` failed\n{text}");
    Ok(text)
}

/// cargo would compile a package incrementally that lies in a folder, which users have from a registry.
const PROFILE: &str = "\
[profile.dev.package.\"*\"]
incremental = false
";

/// protoc comes from a crate, since it is the build script of tonic-prost-build that is measured, and not who installs it.
const PLAIN_MANIFEST: &str = "\
[build-dependencies]
protoc-bin-vendored = \"3\"
tonic-prost-build = \"0.14\"
";

const PLAIN_BUILD: &str = "\
fn main() {
    let mut config = tonic_prost_build::Config::new();
    config.protoc_executable(protoc_bin_vendored::protoc_bin_path().unwrap());
    tonic_prost_build::configure().compile_with_config(config, &[\"p.proto\"], &[\".\"]).unwrap();
}
";

const PROTOX_MANIFEST: &str = "\
[build-dependencies]
protox = \"0.10\"
tonic-prost-build = \"0.14\"
";

const PROTOX_BUILD: &str = "\
fn main() {
    println!(\"cargo::rerun-if-changed=p.proto\");
    let set = protox::compile([\"p.proto\"], [\".\"]).unwrap();
    tonic_prost_build::configure().compile_fds(set).unwrap();
}
";

const OURS_BUILD: &str = "\
fn main() -> Result<(), streaming_build::Error> {
    streaming_build::compile_protos(&[\"p.proto\"], &[\".\"])
}
";

fn manifest(dependencies: &str) -> String {
    let build = xtask::root().join("streaming-build");
    format!(
        "[dependencies]\n{dependencies}\n\n[build-dependencies]\nstreaming-build = {{ path = \"{}\" }}\n",
        build.display()
    )
}

/// A message with many variants.
fn wide_proto() -> String {
    let mut variants = String::new();
    for number in 1..=VARIANTS {
        writeln!(variants, "    Part v{number} = {};", number + 1)
            .expect("a string takes everything");
    }
    format!(
        "syntax = \"proto3\";
package wide.v1;
service Wide {{ rpc Open(stream Message) returns (stream Command); }}
message Part {{ string text = 1; }}
message Message {{
  string client_id = 1;
  oneof payload {{
{variants}  }}
}}
message Command {{ oneof payload {{ Part part = 1; }} }}
"
    )
}

/// A crate with a handler for each variant, annotated or not.
fn server(annotated: bool) -> String {
    let mut methods = String::new();
    for number in 1..=VARIANTS {
        let on = if annotated { format!("#[on(v{number})]\n    ") } else { String::new() };
        writeln!(methods, "    {on}async fn v{number}(&self, part: pb::Part) {{ let _ = part; }}")
            .expect("a string takes everything");
    }
    let attribute =
        if annotated { "#[streaming_runtime::bidi_streaming(pb::wide::Open)]\n" } else { "" };
    format!(
        "#![allow(dead_code)]
pub mod pb {{ streaming_runtime::include_proto!(\"wide.v1\"); }}
pub struct Server;
{attribute}impl Server {{
{methods}}}
"
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{cpu_in, pass, ratios};

    #[test]
    fn ratios_are_those_of_rounds() {
        let times = |seconds: [u64; 3]| seconds.map(Duration::from_secs);
        assert_eq!(ratios(&times([15, 28, 12]), &times([10, 20, 10])), "1.40 (1.20 to 1.50)");
        assert_eq!(ratios(&times([15, 0, 0])[..1], &times([10, 0, 0])[..1]), "1.50");
    }

    #[test]
    fn reads_the_cpu_time_of_children() {
        let text = "7 (a (b) c) S 1 7 7 0 -1 4194304 99 9 0 0 11 22 123 45 20 0 1 0 5";
        assert_eq!(cpu_in(text), Some(Duration::from_millis(1680)));
    }

    #[test]
    fn reads_the_time_of_a_pass() {
        let text = "time:   0.001; rss:   40MB ->   42MB (   +2MB)\tparse_crate\n\
                    time:   0.012; rss:   42MB ->   60MB (  +18MB)\tmacro_expand_crate\n";
        assert_eq!(pass(text, "macro_expand_crate"), Some(Duration::from_millis(12)));
        assert_eq!(pass(text, "expand"), None);
    }
}
