//! The page that lists TensorFlow's names with their places in this crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::crate_docs::CrateDocs;

const NAMES: &str = include_str!("names.txt");
const ELSEWHERE: &str = include_str!("elsewhere.txt");
const ARGUMENTS: &str = include_str!("arguments.txt");
const HEAD: &str = "\
All names of TensorFlow 1.15 that stand in its modules' pages, and where they are in this crate.

Most stand under their own names: `tf.nn.relu` is [`nn::relu`](fn@crate::nn::relu). An op without operands to take a graph from is a method of
[`Graph`](struct@crate::Graph): `tf.placeholder` is [`Graph::placeholder`](crate::Graph::placeholder). *Not yet* lists what is not here.

";

/// What stands elsewhere than under TensorFlow's path: the last part of TensorFlow's name, and the
/// paths in this crate.
pub fn elsewhere() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let rows = rows(ELSEWHERE)
        .into_iter()
        .filter(|row| !row.paths.is_empty());
    rows.map(|row| {
        (
            row.theirs.rsplit('.').next().unwrap_or(row.theirs),
            row.paths,
        )
    })
}

/// A line of a table: how TensorFlow has it, paths in this crate, a remark.
struct Row<'t> {
    theirs: &'t str,
    paths: Vec<&'t str>,
    remark: &'t str,
}

const NOT_YET: &str = "not yet";

/// The lines of a text that are neither empty nor a comment.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The lines of a table.
fn rows(text: &str) -> Vec<Row<'_>> {
    lines(text)
        .map(|line| {
            let [theirs, paths, remark] = line.split('|').map(str::trim).collect::<Vec<_>>()[..]
            else {
                panic!("a line has three parts: {line}");
            };
            let paths = paths
                .split(',')
                .map(str::trim)
                .filter(|path| !path.is_empty());
            Row {
                theirs,
                paths: paths.collect(),
                remark,
            }
        })
        .collect()
}

/// Where a name of TensorFlow's is without a line of the table: under the same path, or, if it is
/// of the root, among the graph's methods; a member of what is called otherwise here is where that
/// is.
fn found(docs: &CrateDocs, table: &BTreeMap<&str, Row>, name: &str) -> Option<String> {
    let path = name.strip_prefix("tf.")?.replace('.', "::");
    let method = format!("Graph::{path}");
    let of_renamed = name.rsplit_once('.').and_then(|(owner, last)| {
        let owner = table.get(owner)?.paths.first()?;
        Some(format!("{owner}::{last}"))
    });
    [Some(path), Some(method), of_renamed]
        .into_iter()
        .flatten()
        .find(|path| docs.item(path).is_some())
}

/// What stands beside a name in the page; `None` if it is not here yet.
fn answer(
    docs: &CrateDocs,
    table: &BTreeMap<&str, Row>,
    names: &[&str],
    name: &str,
    mistakes: &mut Vec<String>,
) -> Option<String> {
    // A name's own line or place first, then those of its other names.
    let others = names.iter().filter(|other| **other != name);
    for name in [&name].into_iter().chain(others) {
        if let Some(row) = table.get(name) {
            if row.remark == NOT_YET {
                return None;
            }
            return Some(cell(docs, row, mistakes));
        }
        if let Some(path) = found(docs, table, name) {
            return Some(docs.link(&path).expect("it was found"));
        }
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    let alike: Vec<&str> = docs.functions(last).collect();
    if !alike.is_empty() {
        mistakes.push(format!(
            "{name} is not found, but there is {}: elsewhere.txt must say whether it is that, or `{name} | | {NOT_YET}`",
            alike.join(", ")
        ));
    }
    None
}

/// Links and remark of a line.
fn cell(docs: &CrateDocs, row: &Row, mistakes: &mut Vec<String>) -> String {
    let mut links = Vec::new();
    for path in &row.paths {
        match docs.link(path) {
            Ok(link) => links.push(link),
            Err(error) => mistakes.push(format!("{}: {error}", row.theirs)),
        }
    }
    let links = links.join(", ");
    match (links.is_empty(), row.remark.is_empty()) {
        (false, false) => format!("{links}: {}", row.remark),
        _ => links + row.remark,
    }
}

/// A table of two columns; nothing without lines.
fn table_of<'t>(rows: impl Iterator<Item = (&'t str, String)>) -> String {
    let mut text = String::new();
    for (theirs, ours) in rows {
        if text.is_empty() {
            text += "| TensorFlow | here |\n| --- | --- |\n";
        }
        let theirs = theirs.replace('|', "\\|");
        writeln!(text, "| `{theirs}` | {ours} |").expect("a string takes all");
    }
    text
}

/// The page; or what is wrong with its tables.
pub fn page(docs: &CrateDocs) -> Result<String, Vec<String>> {
    let mut mistakes = Vec::new();
    let table: BTreeMap<&str, Row> = rows(ELSEWHERE)
        .into_iter()
        .map(|row| (row.theirs, row))
        .collect();
    let groups: Vec<Vec<&str>> = lines(NAMES).map(|line| line.split(' ').collect()).collect();

    // By module or type, those of the root first.
    let mut sections: BTreeMap<&str, BTreeMap<&str, Option<String>>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for names in &groups {
        for name in names {
            known.insert(*name);
            let owner = name.rsplit_once('.').map_or("", |(owner, _)| owner);
            let answer = answer(docs, &table, names, name, &mut mistakes);
            sections.entry(owner).or_default().insert(name, answer);
        }
    }
    for (name, row) in &table {
        if !known.contains(name) {
            mistakes.push(format!("elsewhere.txt: {name} is not in names.txt"));
        }
        if let ([path], Some(found)) = (&row.paths[..], found(docs, &table, name))
            && *path == found
            && row.remark.is_empty()
        {
            mistakes.push(format!("elsewhere.txt: {name} is found without its line"));
        }
    }

    let mut text = HEAD.to_string();
    text += "# How a program's lines are written\n\n";
    let written = rows(ARGUMENTS);
    text += &table_of(
        written
            .iter()
            .map(|row| (row.theirs, cell(docs, row, &mut mistakes))),
    );
    for (owner, names) in &sections {
        write!(text, "\n# `{owner}`\n\n").expect("a string takes all");
        let here = names
            .iter()
            .filter_map(|(name, answer)| Some((*name, answer.clone()?)));
        let here = table_of(here);
        let missing = names.iter().filter(|(_, answer)| answer.is_none());
        let missing: Vec<String> = missing.map(|(name, _)| format!("`{name}`")).collect();
        text += &here;
        if !missing.is_empty() {
            let gap = if here.is_empty() { "" } else { "\n" };
            writeln!(text, "{gap}*Not yet*: {}.", missing.join(", ")).expect("a string takes all");
        }
    }
    if mistakes.is_empty() {
        Ok(text)
    } else {
        Err(mistakes)
    }
}
