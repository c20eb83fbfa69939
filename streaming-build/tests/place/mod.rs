//! Places in a test, which stands for a build.rs.

/// `told` as if `file`, the test, was build.rs; its lines and columns change too often to be kept.
pub(crate) fn as_build_script(told: &str, file: &str) -> String {
    let mut parts = told.split(file);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| {
        let rest = part.trim_start_matches(|it: char| it == ':' || it.is_ascii_digit());
        assert_ne!(part, rest, "no line of build.rs in {part}");
        // The colon in front of a message belongs to it.
        let end = if rest.starts_with(' ') { ":" } else { "" };
        format!("{told}build.rs:LINE{end}{rest}")
    })
}
