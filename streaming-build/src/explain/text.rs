//! An explanation as text.

use std::fmt::Write as _;

use super::{Explained, Role, Roles, Variant, Variants};
use crate::model::Why;

/// How a part of the text is shown: as it is, or in the colours of a terminal.
pub(crate) type Paint = fn(Style, &str) -> String;

/// What a part of the text is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    /// What the rest is about.
    Head,
    /// What was found.
    Found,
    /// Why, and what else is less important.
    Dim,
    /// What deserves a look.
    Note,
}

/// Without colours.
pub(crate) fn plain(_: Style, text: &str) -> String {
    text.to_owned()
}

/// The text about one rpc, whose lines end in `\n`.
pub(crate) fn text(explained: &Explained, paint: Paint) -> String {
    let mut text = String::new();
    let head = paint(Style::Head, &explained.rpc);
    let place = paint(Style::Dim, &format!(" ({})", explained.at.line_only()));
    match &explained.contract {
        Ok(roles) => {
            line(&mut text, &format!("{head} is a contract{place}"));
            line(&mut text, "");
            for row in self::roles(roles, paint) {
                line(&mut text, &row);
            }
        }
        Err(reason) => {
            line(&mut text, &format!("{head} is no contract{place}"));
            line(&mut text, &format!("  {}", paint(Style::Note, reason)));
        }
    }
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{}", line.trim_end()).expect("a String takes everything");
}

/// A cell of a table, and its style.
type Cell = (String, Style);

fn roles(roles: &Roles, paint: Paint) -> Vec<String> {
    let mut lines = table(&roles.list.iter().map(role).collect::<Vec<_>>(), paint);
    for Variants { head, rows } in [&roles.messages, &roles.commands] {
        if !rows.is_empty() {
            let head = format!("{head}, on channel {{prefix}}#{{client_id}}#…");
            section(
                &mut lines,
                &head,
                table(&rows.iter().map(variant).collect::<Vec<_>>(), paint),
                paint,
            );
        }
    }
    let notes = roles.notes.iter().map(|note| format!("  {}", paint(Style::Note, note)));
    let notes: Vec<String> = notes.collect();
    if !notes.is_empty() {
        section(&mut lines, "to be noted", notes, paint);
    }
    let of_roles = roles.list.iter().flat_map(|role| {
        let names = std::iter::once(role.name).chain(std::iter::repeat(""));
        names.zip(&role.change)
    });
    let others = roles.changes.iter().map(|(name, change)| (*name, change));
    let changes = of_roles.chain(others).map(|(name, change)| {
        let cells = [name, &change.call, &change.option];
        cells.map(|cell| (cell.to_owned(), Style::Dim)).to_vec()
    });
    let head = "what changes it, in build.rs or in the proto";
    section(&mut lines, head, table(&changes.collect::<Vec<_>>(), paint), paint);
    lines
}

fn section(lines: &mut Vec<String>, head: &str, rows: Vec<String>, paint: Paint) {
    lines.push(String::new());
    lines.push(format!("  {}", paint(Style::Head, head)));
    lines.extend(rows.into_iter().map(|row| format!("  {row}")));
}

fn role(role: &Role) -> Vec<Cell> {
    let found = match &role.found {
        Some(found) => (found.clone(), Style::Found),
        None => ("none".to_owned(), Style::Dim),
    };
    let why = role.why.as_ref().map_or_else(String::new, why);
    vec![(role.name.to_owned(), Style::Dim), found, (why, Style::Dim)]
}

/// Why, and where that is said.
fn why(why: &Why) -> String {
    match why {
        Why::Call(text, at) | Why::Option(text, at) => format!("{text} ({})", at.line_only()),
        Why::Convention => "by convention".to_owned(),
    }
}

fn variant(variant: &Variant) -> Vec<Cell> {
    let mut is = Vec::new();
    let channel = match &variant.channel {
        Ok(channel) => (channel.clone(), Style::Found),
        Err(reason) => {
            is.push(format!("not published: {}", why(reason)));
            ("none".to_owned(), Style::Note)
        }
    };
    is.extend(variant.is.iter().map(|part| match &part.why {
        Some(reason) => format!("{}: {}", part.what, why(reason)),
        None => part.what.clone(),
    }));
    is.extend(variant.helper.iter().map(|helper| format!("sent by `{helper}`")));
    vec![(variant.name.clone(), Style::Head), channel, (is.join("; "), Style::Dim)]
}

/// Rows with cells of equal width, each row indented.
fn table(rows: &[Vec<Cell>], paint: Paint) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|(text, _)| text.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let row = |row: &Vec<Cell>| {
        let cells = row.iter().zip(&widths).map(|((text, style), width)| {
            let padding = " ".repeat(width - text.chars().count());
            paint(*style, text) + &padding
        });
        let cells: Vec<String> = cells.collect();
        format!("  {}", cells.join("  "))
    };
    rows.iter().map(row).collect()
}
