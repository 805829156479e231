//! Circles: files that use each other. Each that is accepted stands in a list, any other fails.

use std::collections::{BTreeMap, BTreeSet};

use super::{code, sources, words};

/// The circles that are accepted, each as the folder that its files stand in;
/// `docs/architecture.md` says why.
const ACCEPTED: &[(&str, &[&str])] = &[
    ("types", &["element", "elements", "memory", "strided"]),
    (
        "graph",
        &[
            "attribute",
            "conditions",
            "context::gradient",
            "context::infer",
            "gradient",
            "node",
            "op",
            "op_def",
            "operation",
            "scope",
            "scope::control",
            "signature",
            "tensor",
        ],
    ),
    (
        "graph_def",
        &[
            "definition",
            "import",
            "inline",
            "kept",
            "library",
            "order",
            "read",
            "write",
        ],
    ),
    ("variables", &["any", "variable"]),
    (
        "variables",
        &[
            "custom_getter",
            "entered",
            "get_variable",
            "scope",
            "scope_initializer",
        ],
    ),
    (
        "kernels::matmul",
        &[
            "cut",
            "element",
            "neon",
            "pack",
            "plain",
            "row",
            "run",
            "small",
            "space",
            "taps",
            "tile",
            "transpose",
            "x86",
        ],
    ),
    ("kernels::strided", &["plane", "walk"]),
    ("session::plan::lower", &["late", "order", "select"]),
];

/// Files of this layer may use each other as they like: a gradient rule calls the functions of any
/// op.
const FREE: &str = "ops";

#[test]
fn files_use_each_other_only_in_circles_that_are_accepted() {
    let found = circles(&used_files());
    let mut accepted: Vec<BTreeSet<String>> = ACCEPTED
        .iter()
        .map(|(folder, files)| {
            files
                .iter()
                .map(|file| format!("{folder}::{file}"))
                .collect()
        })
        .collect();
    for circle in found {
        let is_free = circle.iter().all(|file| file.starts_with(FREE));
        let place = accepted.iter().position(|accepted| *accepted == circle);
        assert!(
            is_free || place.is_some(),
            "these files use each other in a circle that is not accepted: {circle:#?}"
        );
        place.map(|place| accepted.remove(place));
    }
    assert!(
        accepted.is_empty(),
        "these circles are no longer there: {accepted:#?}"
    );
}

#[test]
fn circles_are_found() {
    let uses = |pairs: &[(&str, &str)]| {
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs {
            uses.entry(from.to_string())
                .or_default()
                .insert(to.to_string());
            uses.entry(to.to_string()).or_default();
        }
        uses
    };
    assert!(circles(&uses(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    let found = circles(&uses(&[("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")]));
    assert_eq!(found, [BTreeSet::from(["b".to_string(), "c".to_string()])]);
    let paths = imports("use super::{a, b::{self, C as D}};\npub(crate) use crate::e::*;");
    let expected = ["super::a", "super::b::self", "super::b::C", "crate::e::*"];
    let found: Vec<&str> = paths.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(found, expected);
}

/// A file of the crate as a module.
struct Module {
    code: String,
    /// The names of its own items, and some more.
    defined: BTreeSet<String>,
    /// What its `use` lines name: the path from the crate's root, and the name that it gets here.
    imports: Vec<(Vec<String>, String)>,
}

/// For each file, as a module's path, those whose items it names. What a folder's `mod.rs` takes
/// from the folder is no use of it.
fn used_files() -> BTreeMap<String, BTreeSet<String>> {
    let modules = modules();
    let mut uses = BTreeMap::new();
    for (own, module) in &modules {
        let named = module.imports.iter().map(|(path, _)| path.clone());
        let others = paths_in(&module.code)
            .into_iter()
            .filter_map(|path| absolute(&modules, own, &path));
        let files = named
            .chain(others)
            .filter_map(|path| file(&modules, &path, 0));
        let inside = format!("{own}::");
        let used = files.filter(|file| file != own && !file.starts_with(&inside));
        uses.insert(own.clone(), used.collect::<BTreeSet<String>>());
    }
    assert!(uses.len() > 300, "only {} files were found", uses.len());
    uses
}

fn modules() -> BTreeMap<String, Module> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = BTreeMap::new();
    for (layer, path) in sources() {
        if layer == "bin"
            || path
                .iter()
                .any(|part| part == "tests" || part == "tests.rs")
        {
            continue;
        }
        let inside = path.strip_prefix(&root).expect("found below the root");
        let parts: Vec<String> = inside
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .filter(|part| part != "mod")
            .collect();
        let code = code(&path);
        let module = Module {
            defined: defined(&code),
            code,
            imports: Vec::new(),
        };
        modules.insert(parts.join("::"), module);
    }
    let imported: Vec<Vec<(Vec<String>, String)>> = modules
        .iter()
        .map(|(own, module)| {
            let named = imports(&module.code).into_iter();
            let paths =
                named.filter_map(|(path, name)| Some((absolute(&modules, own, &path)?, name)));
            paths.collect()
        })
        .collect();
    for (module, imports) in modules.values_mut().zip(imported) {
        module.imports = imports;
    }
    modules
}

/// The names that stand behind `fn`, `struct` and the like.
fn defined(code: &str) -> BTreeSet<String> {
    const KINDS: &[&str] = &["fn", "struct", "enum", "trait", "type", "const", "static"];
    let words: Vec<&str> = words(code).collect();
    let pairs = words.windows(2).filter(|pair| KINDS.contains(&pair[0]));
    pairs.map(|pair| pair[1].to_string()).collect()
}

/// Every path that a file's `use` lines name, with the name that it gets.
fn imports(code: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (from, to) in use_lines(code) {
        expand("", &code[from..to], &mut found);
    }
    found
}

/// Where what stands between `use` and `;` begins and ends, for each `use` line.
fn use_lines(code: &str) -> Vec<(usize, usize)> {
    let starts = code.match_indices("use ");
    let lines = starts.filter_map(|(place, mark)| {
        let line = code[..place].rfind('\n').map_or(0, |end| end + 1);
        let before = code[line..place].trim();
        let is_use = before.is_empty() || before == "pub" || before.starts_with("pub(");
        let from = place + mark.len();
        let to = from + code[from..].find(';')?;
        is_use.then_some((from, to))
    });
    lines.collect()
}

/// `a::{b, c as d}` as `a::b` and `a::c`.
fn expand(prefix: &str, text: &str, found: &mut Vec<(String, String)>) {
    let text = text.trim();
    if let Some((before, group)) = text.split_once('{') {
        let prefix = format!("{prefix}{}", before.trim());
        let group = group.trim_end().strip_suffix('}').unwrap_or(group);
        let (mut depth, mut start) = (0, 0);
        for (place, c) in group.char_indices().chain([(group.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    expand(&prefix, &group[start..place], found);
                    start = place + 1;
                }
                _ => {}
            }
        }
    } else if !text.is_empty() {
        let (path, name) = text.split_once(" as ").unwrap_or((text, text));
        let name = name.rsplit("::").next().unwrap_or(name).trim();
        found.push((format!("{prefix}{}", path.trim()), name.to_string()));
    }
}

/// The paths from `crate` or `super` that stand in code outside of `use` lines and visibilities.
fn paths_in(code: &str) -> Vec<String> {
    let lines = use_lines(code);
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (place, _) in code.match_indices(start) {
            let before = &code[..place];
            let is_part = before.ends_with(|c: char| c.is_alphanumeric() || "_:$".contains(c));
            let is_use = lines.iter().any(|(from, to)| (*from..*to).contains(&place));
            if !is_part && !is_use && !before.ends_with("(in ") {
                let rest = &code[place..];
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
                found.push(rest[..end.unwrap_or(rest.len())].to_string());
            }
        }
    }
    found
}

/// A path from the crate's root, of one that a module names; `None` if it leads to another crate.
fn absolute(modules: &BTreeMap<String, Module>, own: &str, path: &str) -> Option<Vec<String>> {
    let mut parts: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).collect();
    let mut place: Vec<&str> = own.split("::").collect();
    match *parts.first()? {
        "crate" => {
            place.clear();
            parts.remove(0);
        }
        "self" => {
            parts.remove(0);
        }
        "super" => {
            while parts.first() == Some(&"super") {
                place.pop();
                parts.remove(0);
            }
        }
        child if modules.contains_key(&format!("{own}::{child}")) => {}
        _ => return None,
    }
    let whole = place.into_iter().chain(parts);
    Some(whole.map(str::to_string).collect())
}

/// The file in which the item at a path stands; for one that is passed on by `use`, where it comes
/// from.
fn file(modules: &BTreeMap<String, Module>, path: &[String], depth: usize) -> Option<String> {
    let length = (1..=path.len()).rev();
    let mut prefixes = length.map(|length| (length, path[..length].join("::")));
    let (length, own) = prefixes.find(|(_, prefix)| modules.contains_key(prefix))?;
    let module = &modules[&own];
    let Some(name) = path.get(length) else {
        return Some(own);
    };
    // Deeper are only paths that name each other.
    if !module.defined.contains(name) && depth < 6 {
        for (from, called) in &module.imports {
            if called == name && from != path {
                let whole: Vec<String> = from.iter().chain(&path[length + 1..]).cloned().collect();
                return file(modules, &whole, depth + 1).or(Some(own));
            }
        }
    }
    Some(own)
}

/// The largest sets of files each of which leads to every other.
fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = uses
        .keys()
        .map(|file| (file, reached_from(uses, file)))
        .collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for (file, others) in &reached {
        let circle: BTreeSet<String> = others
            .iter()
            .filter(|other| reached[*other].contains(file))
            .map(|other| other.to_string())
            .collect();
        if circle.len() > 1 && !found.contains(&circle) {
            found.push(circle);
        }
    }
    found
}

/// All files that a file leads to, itself included if a way leads back.
fn reached_from<'u>(
    uses: &'u BTreeMap<String, BTreeSet<String>>,
    file: &String,
) -> BTreeSet<&'u String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&String> = uses[file].iter().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(&uses[next]);
        }
    }
    reached
}
