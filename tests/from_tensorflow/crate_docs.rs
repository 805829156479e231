//! [`CrateDocs`]: the crate's documentation as `cargo doc` makes it, and which public items it
//! shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

/// The documentation, which is made once for all tests.
pub static DOCS: LazyLock<CrateDocs> = LazyLock::new(CrateDocs::make);

/// The crate's documentation with all features.
pub struct CrateDocs {
    /// Where the pages of all crates stand.
    pub folder: PathBuf,
    /// Every public item, method, variant and constant by its path without the crate (`nn::relu`,
    /// `Graph::get_variable`; `shape!` is a macro).
    items: BTreeMap<String, Item>,
    /// The names of what is there with the rarer element types only.
    of_all_types: BTreeSet<String>,
    /// The names of what reads and makes files of pictures.
    of_codec: BTreeSet<String>,
}

/// A public item.
pub struct Item {
    /// Its page, from the crate's own folder, with the place on it.
    page: String,
    /// What tells it from others of the same path in a link (`fn@`).
    kind: &'static str,
    /// It belongs to the type that this one dereferences to.
    is_borrowed: bool,
    /// It is no method of a trait that this type implements.
    is_own: bool,
}

impl CrateDocs {
    fn make() -> CrateDocs {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["doc", "--offline", "--no-deps", "--lib", "--all-features"])
            .args(["--package", "tf1", "--message-format=json"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            // The page that is there may have links to what no longer exists: this test is to say
            // so.
            .env("RUSTDOCFLAGS", "--cap-lints=warn")
            .stderr(Stdio::piped())
            .output()
            .expect("cargo can be run");
        let text = String::from_utf8_lossy(&output.stdout);
        let messages = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let pages = messages
            .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
            .filter_map(|file| file.as_str().map(PathBuf::from));
        let front = pages
            .into_iter()
            .find(|page| page.ends_with("tf1/index.html"));
        let front = front.unwrap_or_else(|| {
            panic!(
                "cargo doc failed:\n{}",
                String::from_utf8_lossy(&output.stderr)
            )
        });
        let own = front.parent().expect("the page is in the crate's folder");
        CrateDocs {
            folder: own
                .parent()
                .expect("the crate's folder is among others")
                .to_path_buf(),
            items: items(own),
            of_all_types: names_behind("all_types"),
            of_codec: names_in("src/ops/image/codec"),
        }
    }

    /// The item at this path.
    pub fn item(&self, path: &str) -> Option<&Item> {
        self.items.get(path)
    }

    /// All public names, one a line: items with their kind, and what belongs to a type or trait
    /// itself.
    pub fn public_names(&self) -> String {
        let own = self.items.iter().filter(|(_, item)| item.is_own);
        own.map(|(path, item)| match item.kind.trim_end_matches('@') {
            "" => format!("{path}\n"),
            kind => format!("{kind} {path}\n"),
        })
        .collect()
    }

    /// Whether there is an example among what the documentation says of the item at this path;
    /// `None` if there is no such item.
    pub fn has_example(&self, path: &str) -> Option<bool> {
        let item = self.item(path)?;
        let (page, place) = item.page.split_once('#').unwrap_or((&item.page, ""));
        let text = read(&self.folder.join("tf1"), page);
        let from = text.find(&format!("id=\"{place}\"")).unwrap_or(0);
        let rest = &text[from + usize::from(from > 0)..];
        // A method's documentation ends where the next section begins.
        let end = rest.find("<section id=\"").filter(|_| !place.is_empty());
        Some(rest[..end.unwrap_or(rest.len())].contains("class=\"example-wrap\""))
    }

    /// The functions of any module that have this name.
    pub fn functions<'d>(&'d self, name: &'d str) -> impl Iterator<Item = &'d str> {
        let functions = self.items.iter().filter(|(_, item)| item.kind == "fn@");
        let paths = functions.map(|(path, _)| path.as_str());
        paths.filter(move |path| path.rsplit("::").next() == Some(name))
    }

    /// The feature that must be on for the item at this path to be there.
    fn feature(&self, path: &str) -> Option<&'static str> {
        let own_name = path.rsplit("::").next().unwrap_or(path);
        if self.of_all_types.contains(own_name) {
            return Some("all_types");
        }
        let (module, rest) = path.split_once("::")?;
        let name = rest.split("::").next().unwrap_or(rest);
        let also_in = |module: &str| self.items.contains_key(&format!("{module}::{name}"));
        match module {
            "graph_def" => Some("graph_def"),
            "Graph" if name == "as_graph_def" => Some("graph_def"),
            "image" if self.of_codec.contains(name) => Some("image"),
            "summary" => Some("summary"),
            "tune" => Some("tune"),
            "train" if also_in("train::saver") => Some("checkpoint"),
            "train" if also_in("summary") => Some("summary"),
            _ => None,
        }
    }

    /// A link to the item at this path, from a page of the crate's documentation. Rustdoc checks
    /// it, unless it cannot: the item needs a feature that the page must do without, or belongs to
    /// another type.
    pub fn link(&self, path: &str) -> Result<String, String> {
        let item = self
            .item(path)
            .ok_or_else(|| format!("there is no public item {path}"))?;
        Ok(match self.feature(path) {
            Some(feature) => format!("[`{path}`](../{}) (feature `{feature}`)", item.page),
            None if item.is_borrowed => format!("[`{path}`](../{})", item.page),
            None => format!("[`{path}`]({}crate::{path})", item.kind),
        })
    }
}

/// The names that `lib.rs` makes public with this feature only.
fn names_behind(feature: &str) -> BTreeSet<String> {
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let lib = fs::read_to_string(lib).expect("the crate's root can be read");
    let mark = format!("#[cfg(feature = \"{feature}\")]");
    let statements = lib.split(&mark).skip(1);
    let uses = statements.filter_map(|rest| rest.trim_start().strip_prefix("pub use "));
    let lists = uses.filter_map(|rest| rest.split(';').next());
    let words = lists.flat_map(|list| {
        let (_, names) = list.rsplit_once("::").unwrap_or(("", list));
        names.split(|c: char| !c.is_alphanumeric() && c != '_')
    });
    words
        .filter(|word| !word.is_empty())
        .map(str::to_string)
        .collect()
}

/// What the files of a folder make public.
fn names_in(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(&folder).expect("the folder is there");
    let files = files.map(|file| file.expect("the folder can be read").path());
    let mut names = BTreeSet::new();
    for file in files.filter(|file| file.is_file()) {
        let text = fs::read_to_string(file).expect("a file can be read");
        let items = text.lines().filter_map(|line| {
            let item = line.strip_prefix("pub fn ");
            item.or_else(|| line.strip_prefix("pub struct "))
        });
        names.extend(items.map(|item| {
            let end = item.find(|c: char| !c.is_alphanumeric() && c != '_');
            item[..end.unwrap_or(item.len())].to_string()
        }));
    }
    names
}

/// The text of a page of the crate.
fn read(own: &Path, page: &str) -> String {
    fs::read_to_string(own.join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// What follows each place of `mark` in a text, up to the next `"`.
fn quoted<'t>(text: &'t str, mark: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(mark)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

/// The items of the list that rustdoc writes of a crate, and what the pages of types tell of them.
fn items(own: &Path) -> BTreeMap<String, Item> {
    let mut items = BTreeMap::new();
    for page in quoted(&read(own, "all.html"), "<a href=\"") {
        // `nn/fn.relu.html`
        let (folder, file) = page
            .rsplit_once('/')
            .map_or(("", page), |(folder, file)| (folder, file));
        let [kind, name, "html"] = file.split('.').collect::<Vec<_>>()[..] else {
            continue;
        };
        let module = folder.split('/').filter(|name| !name.is_empty());
        let path: Vec<&str> = module.chain([name]).collect();
        let mut path = path.join("::");
        let kind = match kind {
            "struct" => "struct@",
            "enum" => "enum@",
            "trait" => "trait@",
            "type" => "type@",
            "fn" => "fn@",
            "constant" => "const@",
            "macro" => {
                path += "!";
                ""
            }
            _ => continue,
        };
        if matches!(kind, "struct@" | "enum@" | "trait@" | "type@") {
            members(&path, page, &read(own, page), &mut items);
        }
        let item = Item {
            page: page.to_string(),
            kind,
            is_borrowed: false,
            is_own: true,
        };
        items.insert(path, item);
    }
    assert!(
        items.len() > 500,
        "rustdoc's list of items is not understood: {} items",
        items.len()
    );
    items
}

/// The methods, variants, constants and fields that a type's page shows.
fn members(path: &str, page: &str, text: &str, items: &mut BTreeMap<String, Item>) {
    const KINDS: &[&str] = &[
        "method",
        "tymethod",
        "variant",
        "associatedconstant",
        "structfield",
    ];
    /// What is shown after one of these belongs to implementations of traits.
    const TRAITS: &[&str] = &["trait-implementations", "foreign-impls", "implementors"];
    let (mut is_borrowed, mut is_of_trait) = (false, false);
    for id in quoted(text, "id=\"") {
        is_borrowed |= id.starts_with("deref-methods-");
        is_of_trait |= TRAITS.contains(&id);
        if let Some((kind, name)) = id.split_once('.')
            && KINDS.contains(&kind)
        {
            let item = Item {
                page: format!("{page}#{id}"),
                kind: "",
                is_borrowed,
                is_own: !is_borrowed && !is_of_trait,
            };
            items.entry(format!("{path}::{name}")).or_insert(item);
        }
    }
}
