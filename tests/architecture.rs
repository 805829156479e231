//! The layers of `docs/architecture.md`: each folder or file of `src/` may use only those it stands
//! on.

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/comments.rs"]
mod comments;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every layer with the layers that it may use, lowest first. `lib.rs` is above all.
const LAYERS: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("files", &["types"]),
    ("kernels", &["types"]),
    ("streams", &["types", "kernels"]),
    ("graph", &["types", "streams", "kernels"]),
    ("ops", &["types", "streams", "kernels", "graph"]),
    ("gradients", &["types", "graph", "ops"]),
    (
        "variables",
        &["types", "kernels", "graph", "ops", "gradients"],
    ),
    (
        "session",
        &["types", "files", "kernels", "graph", "variables"],
    ),
    (
        "initializers",
        &["types", "streams", "graph", "ops", "variables"],
    ),
    ("nn", &["types", "kernels", "graph", "ops", "variables"]),
    ("losses", &["types", "graph", "ops", "variables", "nn"]),
    ("graph_def", &["types", "files", "graph", "ops"]),
    (
        "summary",
        &["types", "files", "graph", "session", "graph_def"],
    ),
    (
        "layers",
        &[
            "types",
            "kernels",
            "graph",
            "ops",
            "variables",
            "initializers",
            "nn",
        ],
    ),
    (
        "train",
        &[
            "types",
            "files",
            "graph",
            "ops",
            "gradients",
            "variables",
            "session",
            "initializers",
            "summary",
        ],
    ),
    (
        "tune",
        &["types", "files", "streams", "variables", "session"],
    ),
    ("data", &["types", "streams"]),
    // The command, which uses what users use.
    ("bin", &[]),
];

/// Where `unsafe` may stand.
const UNSAFE_LAYERS: &[&str] = &["kernels"];

#[test]
fn layers_point_downward_only() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> = LAYERS
        .iter()
        .map(|(layer, below)| (*layer, below.iter().copied().collect()))
        .collect();
    let mut mistakes = Vec::new();
    for (layer, path) in sources() {
        let Some(below) = allowed.get(layer.as_str()) else {
            mistakes.push(format!(
                "{}: layer '{layer}' is not in the list of this test",
                path.display()
            ));
            continue;
        };
        for (number, used) in used_layers(&code(&path)) {
            let fine = used == layer || below.contains(used.as_str());
            if !fine {
                let place = format!("{}:{number}", path.display());
                mistakes.push(format!("{place}: '{layer}' must not use 'crate::{used}'"));
            }
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

#[test]
fn every_listed_layer_exists_and_points_to_listed_ones() {
    let names: Vec<&str> = LAYERS.iter().map(|(layer, _)| *layer).collect();
    for (place, (layer, below)) in LAYERS.iter().enumerate() {
        for lower in *below {
            assert!(
                names[..place].contains(lower),
                "'{layer}' lists '{lower}', which is not below it"
            );
        }
    }
    let present: BTreeSet<String> = sources().into_iter().map(|(layer, _)| layer).collect();
    for layer in names {
        assert!(
            present.contains(layer),
            "no source file belongs to the layer '{layer}'"
        );
    }
}

/// What reads, writes and runs graphs knows ops by their rows and by the trait `Op` only.
#[test]
fn no_op_is_named_above_the_ops() {
    // In messages, this is a word.
    let is_word = |name: &&str| *name == "Variable";
    let op_types = tf1::op::table().map(|row| row.name());
    let op_types: BTreeSet<&str> = op_types.filter(|name| !is_word(name)).collect();
    assert!(op_types.len() > 200);
    for (layer, path) in sources() {
        // Rewrites name the ops that they rewrite.
        let is_rewrite = path.components().any(|part| part.as_os_str() == "rewrites");
        let is_test = path.ends_with("tests.rs");
        if !["graph_def", "session"].contains(&layer.as_str()) || is_rewrite || is_test {
            continue;
        }
        for literal in code(&path).split('"').skip(1).step_by(2) {
            assert!(
                !op_types.contains(literal),
                "{} names the op {literal}",
                path.display()
            );
        }
    }
}

/// Who looks for an op finds it by TensorFlow's name: its struct has it, with `Op` behind it where
/// the options of the public function have the name already, and so has the function that makes an
/// op of a struct such as `Binary<F, T>`. Where one struct is several ops, it has the name of one
/// of them, or what their names begin with. Not held to this are structs of which a field or
/// parameter tells the op type, and kernels that serve as such functions.
#[test]
fn ops_are_called_as_tensorflow_calls_them() {
    let mut seen = 0;
    let mut mistakes = Vec::new();
    for (layer, path) in sources() {
        if layer != "ops" {
            continue;
        }
        let text = code(&path);
        for (name, body) in implementations(&text) {
            let (_, rest) = body
                .split_once("fn op_type(")
                .or_else(|| body.split_once("const OP_TYPE"))
                .unwrap_or_default();
            let end = rest.find(if rest.starts_with(':') {
                ";"
            } else {
                "\n    }"
            });
            let told = &rest[..end.unwrap_or(rest.len())];
            let op_types: Vec<&str> = told.split('"').skip(1).step_by(2).collect();
            if op_types.is_empty() || !text.contains(&format!("struct {name}")) {
                continue;
            }
            seen += 1;
            if !is_called(name, &op_types) {
                mistakes.push(format!("{}: {name} is {op_types:?}", path.display()));
            }
        }
    }
    assert!(seen > 90, "only {seen} ops were found");
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// Whether a struct of this name may be ops of these types. (Rust writes `Lrn` for `LRN`.)
fn is_called(name: &str, op_types: &[&str]) -> bool {
    let bare = name.strip_suffix("Op").unwrap_or(name);
    let is_one = |called: &str| op_types.iter().any(|it| it.eq_ignore_ascii_case(called));
    let begins_all = op_types.len() > 1 && op_types.iter().all(|it| it.starts_with(bare));
    is_one(name) || is_one(bare) || begins_all
}

/// The implementations of traits in a file: the types' names and what stands in the braces.
fn implementations(code: &str) -> impl Iterator<Item = (&str, &str)> {
    let starts = code.split("\nimpl").skip(1);
    starts.filter_map(|rest| {
        let body = rest.split("\n}").next()?;
        let (_, rest) = body.split_once(" for ")?;
        Some((words(rest).next()?, body))
    })
}

#[test]
fn unsafe_code_stays_in_its_place() {
    for (layer, path) in sources() {
        let has_unsafe = code(&path)
            .lines()
            .any(|line| words(line).any(|word| word == "unsafe"));
        let allowed = UNSAFE_LAYERS.contains(&layer.as_str());
        assert!(
            allowed || !has_unsafe,
            "{}: unsafe code outside of {UNSAFE_LAYERS:?}",
            path.display()
        );
    }
}

/// Memory that there is not must be an error: an array whose lengths users decide is made by
/// `types::memory`, which returns one. What makes arrays otherwise ends the program.
#[test]
fn arrays_are_made_where_it_may_fail() {
    const MAKERS: &[&str] = &[
        "ArrayD::from_elem(",
        "ArrayD::zeros(",
        "ArrayD::default(",
        "ArrayD::ones(",
        "ArrayD::<",
        "Array::from_elem(",
        "Array::zeros(",
        "Array1::from_elem(",
        "Array1::zeros(",
        "Array2::from_elem(",
        "Array2::zeros(",
        "Array3::zeros(",
        "from_shape_fn(",
        "from_shape_simple_fn(",
        ".to_owned()",
        ".into_owned()",
        ".as_standard_layout()",
        ".to_shape(",
        ".map_collect(",
        ".mapv(",
        ".select(Axis(",
    ];
    const LAYERS: &[&str] = &[
        "kernels",
        "streams",
        "graph",
        "ops",
        "gradients",
        "variables",
        "session",
        "initializers",
        "nn",
        "losses",
        "summary",
        "layers",
        "train",
        "data",
    ];
    let mistakes = mistakes_in(LAYERS, |statement| {
        let maker = finds(MAKERS, &statement.code)?;
        (!statement.comments.contains("Few: ")).then_some(maker)
    });
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// As arrays, so vectors, where there may be an element of them for each element of an array. Those
/// of shapes, axes, tensors, texts and the like are told by the words around them; others that are
/// short have a comment `Few: ...` that says why.
#[test]
fn long_vectors_are_made_where_it_may_fail() {
    const MAKERS: &[&str] = &[
        ".to_vec()",
        "::to_vec",
        ".collect",
        "with_capacity(",
        "from_iter(",
        ".resize(",
        ".repeat(",
        ".extend(",
        ".extend_from_slice(",
    ];
    const SHORT: &[&str] = &[
        "AnyTensor",
        "AxisList",
        "Dim",
        "Shape",
        "String",
        "Tensor",
        "TensorInfo",
        "axes",
        "dims",
        "format",
        "inputs",
        "names",
        "rank",
        "shape",
        "shapes",
        "strides",
        "tensors",
        "text",
    ];
    const LAYERS: &[&str] = &["kernels", "streams", "ops", "summary"];
    // They hold shapes, nodes, names or plans, and no element of any array.
    const WITHOUT_ELEMENTS: &[&str] = &[
        "kernels/group/table.rs",
        "kernels/memory.rs",
        "kernels/pool.rs",
        "ops/array/picking/index.rs",
        "ops/array/joining/tensor_list.rs",
        "ops/array/shaping/shape.rs",
        "ops/array/picking/slicing.rs",
        "ops/math/broadcast_gradient.rs",
        "ops/math/global_norm.rs",
        "ops/reduce/gradient.rs",
        "summary/histogram/buckets.rs",
        "summary/options.rs",
        "summary/tag.rs",
        "summary/value.rs",
    ];
    let mut mistakes = mistakes_in(LAYERS, |statement| {
        let repeats = |rest: &str| rest.split(']').next().is_some_and(|it| it.contains("; "));
        let makes_repeated = statement.code.split("vec![").skip(1).any(repeats);
        let maker = finds(MAKERS, &statement.code).or(makes_repeated.then_some("vec![_; n]"))?;
        let is_short = words(&statement.code).any(|word| SHORT.contains(&word))
            || statement.comments.contains("Few: ");
        (!is_short).then_some(maker)
    });
    mistakes.retain(|mistake| !WITHOUT_ELEMENTS.iter().any(|file| mistake.contains(file)));
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// An array without elements may have an axis of any length, along which nobody comes to an end. So
/// kernels go along axes by `types::parts`, or have a comment `Not empty: ...` that says why there
/// are elements.
#[test]
fn axes_are_gone_along_where_there_is_something() {
    const LOOPS: &[&str] = &[
        "axis_iter(",
        "axis_iter_mut(",
        "axis_chunks_iter(",
        "axis_chunks_iter_mut(",
        "outer_iter(",
        "outer_iter_mut(",
        ".lanes(",
        ".lanes_mut(",
        ".assign(&",
        ".zip_mut_with(",
        ".rows()",
        ".rows_mut()",
        ".columns()",
        " indices(",
        "ndarray::indices(",
    ];
    const LAYERS: &[&str] = &[
        "types", "files", "streams", "kernels", "graph", "ops", "session", "summary",
    ];
    let mistakes = mistakes_in(LAYERS, |statement| {
        let found = finds(LOOPS, &statement.code)?;
        (!statement.comments.contains("Not empty: ")).then_some(found)
    });
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// Kernels go through elements as slices, by tiles, or by the walks of `kernels::strided`. A loop
/// over an array of any number of axes works out the place of each element; where that does no
/// harm, a comment `Few: ...` says why.
#[test]
fn arrays_are_not_gone_through_element_by_element() {
    const LOOPS: &[&str] = &[
        "Zip::",
        ".indexed_iter(",
        ".indexed_iter_mut(",
        ".mapv(",
        ".mapv_inplace(",
        ".map_inplace(",
        ".zip_mut_with(",
    ];
    let mistakes = mistakes_in(&["kernels", "ops"], |statement| {
        let found = finds(LOOPS, &statement.code)?;
        (!statement.comments.contains("Few: ")).then_some(found)
    });
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// A closure that borrows a pointer is compiled to loops that read the pointer anew for each
/// element, without vectors.
#[test]
fn what_is_compiled_for_all_processors_moves_what_it_captures() {
    let mut seen = 0;
    let mut mistakes = Vec::new();
    for (_, path) in sources() {
        let code = code(&path);
        for (place, marked) in code.match_indices("#[inline(always)]") {
            // Closures without arguments: what `vectorised` and its like are given.
            let closure = code[place + marked.len()..].trim_start();
            if closure.starts_with("move ||") {
                seen += 1;
            } else if closure.starts_with("||") {
                let line = code[..place].matches('\n').count() + 1;
                mistakes.push(format!("{}:{line}", path.display()));
            }
        }
    }
    assert!(seen > 5, "the closures are found");
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

fn finds(patterns: &[&'static str], code: &str) -> Option<&'static str> {
    patterns
        .iter()
        .find(|pattern| code.contains(**pattern))
        .copied()
}

/// Places in the source files of these layers where `find` finds something; files of tests and the
/// products of matrices, which have their own ways, left out.
fn mistakes_in(layers: &[&str], find: impl Fn(&Statement) -> Option<&'static str>) -> Vec<String> {
    let mut mistakes = Vec::new();
    for (layer, path) in sources() {
        let is_product = path.components().any(|part| part.as_os_str() == "matmul");
        if !layers.contains(&layer.as_str()) || path.ends_with("tests.rs") || is_product {
            continue;
        }
        for statement in statements(&path) {
            if let Some(found) = find(&statement) {
                mistakes.push(format!("{}:{}: {found}", path.display(), statement.line));
            }
        }
    }
    mistakes
}

/// Lines of code up to one that ends a statement or begins a block.
#[derive(Default)]
struct Statement {
    code: String,
    /// The comments in it and directly before it.
    comments: String,
    /// The number of its last line.
    line: usize,
}

fn statements(path: &Path) -> Vec<Statement> {
    let text = fs::read_to_string(path).expect("source files can be read");
    let mut found = Vec::new();
    let mut statement = Statement::default();
    for (number, line) in without_tests(&text).lines().enumerate() {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        statement.code += code.trim_end();
        statement.code.push('\n');
        statement.comments += comment;
        statement.line = number + 1;
        if code.trim_end().ends_with([';', '{', '}']) {
            found.push(std::mem::take(&mut statement));
        }
    }
    found
}

/// What an argument may be is told by traits, and whoever gives another is told what to write. Left
/// out are those that users implement rather than name by an argument, and those that no argument
/// of a user's can fail.
#[test]
fn public_traits_say_what_to_write_instead() {
    const IMPLEMENTED: &[&str] = &[
        "Op",
        "Train",
        "Steer",
        "UpdateRule",
        "Elementwise",
        "Producer",
        "TileReducer",
        "PhiloxDistribution",
        "PhiloxFloat",
        "PhiloxInt",
        "Micro",
    ];
    let mut mistakes = Vec::new();
    for (_, path) in sources() {
        let text = fs::read_to_string(&path).expect("source files can be read");
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let Some(rest) = line.strip_prefix("pub trait ") else {
                continue;
            };
            let name = words(rest).next().unwrap_or_default();
            let before = lines[..number].iter().rev();
            let mut attributes = before.take_while(|line| !line.is_empty() && **line != "}");
            let tells = attributes.any(|line| line.contains("diagnostic::on_unimplemented"));
            if !tells && !IMPLEMENTED.contains(&name) {
                mistakes.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// Who reads of a function must learn that it has options: its docs link to the function that takes
/// them, at their end or where they speak of one.
#[test]
fn functions_lead_to_their_options() {
    let mut pairs = 0;
    let mut mistakes = Vec::new();
    for (_, path) in sources() {
        let functions = public_functions(&path);
        for (name, docs) in &functions {
            let with_options = format!("{name}_with");
            if functions.iter().any(|(name, _)| *name == with_options) {
                pairs += 1;
                if !docs.contains(&format!("[`{with_options}`]")) {
                    let path = path.display();
                    mistakes.push(format!("{path}: {name} does not lead to {with_options}"));
                }
            }
        }
    }
    assert!(pairs > 50, "only {pairs} functions with options were found");
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// The names of a file's public functions and methods, each with the lines of its docs.
fn public_functions(path: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(path).expect("source files can be read");
    let mut found = Vec::new();
    let mut docs = String::new();
    for line in without_tests(&text).lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("pub fn ") {
            let name = words(rest).next().unwrap_or_default().to_string();
            found.push((name, std::mem::take(&mut docs)));
        } else if line.starts_with("///") {
            docs += line;
        } else if line.is_empty() || line == "}" {
            docs.clear();
        }
    }
    found
}

/// The tests run with each rewrite alone, in the order of the table. (The script is not in the
/// package.)
#[test]
fn every_rewrite_is_tested_alone() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run");
    if let Ok(script) = fs::read_to_string(script) {
        let names = tf1::Rewrite::ALL.map(tf1::Rewrite::name).join(",");
        let settings = format!("TF1_REWRITES={{none,{names}}}");
        assert!(script.contains(&settings), ".ci/run has no {settings}");
    }
}

/// The map is of no use where it names what is not there.
#[test]
fn every_path_that_the_map_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = fs::read_to_string(root.join("docs/architecture.md")).expect("the map can be read");
    let quoted = map.split('`').skip(1).step_by(2);
    let paths: Vec<&str> = quoted
        .filter(|text| text.starts_with("src/") || text.starts_with("tests/"))
        .collect();
    assert!(paths.len() > LAYERS.len(), "the map names hardly any path");
    for path in paths {
        assert!(
            root.join(path).exists(),
            "docs/architecture.md names {path}, which does not exist"
        );
    }
}

/// All source files with the layer that each belongs to, `lib.rs` excepted.
fn sources() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let layer_of = |path: &Path| {
        let relative = path.strip_prefix(&root).expect("found below the root");
        let first = relative
            .iter()
            .next()
            .expect("a file has a name")
            .to_string_lossy();
        first.trim_end_matches(".rs").to_string()
    };
    let layers = files.into_iter().map(|path| (layer_of(&path), path));
    layers.filter(|(layer, _)| layer != "lib").collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the source folder can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// A file's text with comments blanked, as far as it comes before its unit tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("source files can be read");
    let strip = |line: &str| line.split("//").next().unwrap_or_default().to_string();
    without_tests(&text)
        .lines()
        .map(strip)
        .collect::<Vec<_>>()
        .join("\n")
}

/// What comes before a file's unit tests.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default()
}

/// The names that follow `crate::` in `code`, with their lines; of `crate::{a, b}` all names.
fn used_layers(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (position, _) in code.match_indices("crate::") {
        let before = code[..position].chars().next_back();
        if before.is_some_and(|c| c == '$' || c.is_alphanumeric() || c == '_') {
            continue;
        }
        let number = code[..position].matches('\n').count() + 1;
        let rest = &code[position + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(top_names(group).map(|name| (number, name))),
            None => found.extend(words(rest).next().map(|name| (number, name.to_string()))),
        }
    }
    found
}

/// The first names of each item of a `{...}` group, up to its end.
fn top_names(group: &str) -> impl Iterator<Item = String> {
    let mut depth = 0usize;
    let mut items = vec![String::new()];
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            _ if depth == 0 => items.last_mut().expect("never empty").push(c),
            _ => {}
        }
    }
    items
        .into_iter()
        .filter_map(|item| words(&item).next().map(str::to_string))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}
