//! Tensors of texts: made, fed, moved, compared, kept in variables and fetched, as TensorFlow 1.15
//! does.

use ndarray::{Array1, Array2, ArrayD, arr1, arr2};
use tf1 as tf;
use tf1::{Bytes, DType, Error, Graph, ResourceHandle, Result, Session};

fn texts<const N: usize>(texts: [&str; N]) -> Array1<Bytes> {
    arr1(&texts.map(Bytes::from))
}

fn rows<const N: usize, const M: usize>(rows: [[&str; M]; N]) -> ArrayD<Bytes> {
    arr2(&rows).mapv(Bytes::from).into_dyn()
}

#[test]
fn texts_are_made_fed_and_fetched() -> Result<()> {
    let graph = Graph::new();
    let c = graph.constant(["to", "be"]);
    assert_eq!(
        c.to_string(),
        r#"Tensor("Const:0", shape=(2,), dtype=string)"#
    );
    let x = graph.placeholder::<Bytes>("x", tf::shape![?]);
    let both = tf::concat((&c, &x), 0);
    let one = graph.constant("alone");
    let session = Session::new(&graph)?;
    assert_eq!(session.run(c.array1(), [])?, texts(["to", "be"]));
    assert_eq!(session.run(one.scalar(), [])?, "alone");
    let (joined, fed) = session.run((both.array1(), x.array1()), [x.feed(["or", "not"])])?;
    assert_eq!(joined, texts(["to", "be", "or", "not"]));
    assert_eq!(fed, texts(["or", "not"]));
    let owned = texts(["a"]);
    let run = |feed| session.run(both.array1(), [feed]);
    assert_eq!(run(x.feed(&owned))?, texts(["to", "be", "a"]));
    assert_eq!(
        session.run(both.array1(), [("x:0", vec!["b".to_string()])])?,
        texts(["to", "be", "b"])
    );
    assert_eq!(session.run(one.scalar(), [one.feed("fed")])?, "fed");
    let prepared = session.prepare(both.array1(), [&x])?;
    let mut result = texts(["", "", ""]);
    prepared.run_into([x.feed(["c"])], &mut result)?;
    assert_eq!(result, texts(["to", "be", "c"]));
    Ok(())
}

/// What each op makes of a matrix of texts, which is a constant, fed, or computed in the run.
#[test]
fn elements_are_moved() -> Result<()> {
    let graph = Graph::new();
    let value = rows([["a", "b", "c"], ["d", "e", "f"]]);
    let constant = graph.constant(&value);
    let fed = graph.placeholder::<Bytes>("fed", [2, 3]);
    let unknown = graph.placeholder::<Bytes>("unknown", ..);
    let computed = tf::concat((&fed.slice_rows(1), &fed.slice_rows(0)), 0);

    for x in [&constant, &fed, &unknown, &tf::reverse(&computed, [0])] {
        let pick = graph.constant([[true, false, true], [false, true, false]]);
        let cases = [
            (tf::transpose(x), rows([["a", "d"], ["b", "e"], ["c", "f"]])),
            (
                tf::gather(x, [1, 0, 1]),
                rows([["d", "e", "f"], ["a", "b", "c"], ["d", "e", "f"]]),
            ),
            (
                tf::gather_nd(x, graph.constant([[1, 2], [0, 0]])),
                texts(["f", "a"]).into_dyn(),
            ),
            (tf::slice(x, [0, 1], [2, 2]), rows([["b", "c"], ["e", "f"]])),
            (
                tf::strided_slice(x, [1, 2], [-3, -4], [-1, -2]),
                rows([["f", "d"], ["c", "a"]]),
            ),
            (
                tf::reshape(x, [3, -1]),
                rows([["a", "b"], ["c", "d"], ["e", "f"]]),
            ),
            (
                tf::reshape(tf::transpose(x), [2, 3]),
                rows([["a", "d", "b"], ["e", "c", "f"]]),
            ),
            (
                tf::reverse(x, [1]),
                rows([["c", "b", "a"], ["f", "e", "d"]]),
            ),
            (tf::roll(x, 1, 1), rows([["c", "a", "b"], ["f", "d", "e"]])),
            (
                tf::tile(x, [1, 2]),
                rows([
                    ["a", "b", "c", "a", "b", "c"],
                    ["d", "e", "f", "d", "e", "f"],
                ]),
            ),
            (
                tf::pad(x, [[0, 1], [1, 0]]),
                rows([["", "a", "b", "c"], ["", "d", "e", "f"], ["", "", "", ""]]),
            ),
            (
                tf::concat((x, &constant), 1),
                rows([
                    ["a", "b", "c", "a", "b", "c"],
                    ["d", "e", "f", "d", "e", "f"],
                ]),
            ),
            (
                tf::select(&pick, x, tf::reverse(x, [0, 1])),
                rows([["a", "e", "c"], ["c", "e", "a"]]),
            ),
            (
                tf::where_v2([true, false, true], x, "-"),
                rows([["a", "-", "c"], ["d", "-", "f"]]),
            ),
            (
                tf::boolean_mask(x, &pick),
                texts(["a", "c", "e"]).into_dyn(),
            ),
            (tf::identity(x), value.clone()),
            (tf::squeeze(tf::expand_dims(x, 1)), value.clone()),
            (
                tf::unstack(&constant)[1].clone(),
                texts(["d", "e", "f"]).into_dyn(),
            ),
            (graph.fill([1, 2], "z"), rows([["z", "z"]])),
            (graph.placeholder_with_default(x, [2, 3]), value.clone()),
            (tf::zeros_like(x), rows([[""; 3]; 2])),
            (
                tf::stack((&tf::split(x, 3, 1)[2], &tf::split(x, 3, 1)[0]), 0),
                arr2(&[["c", "f"], ["a", "d"]])
                    .mapv(Bytes::from)
                    .into_shape_with_order((2, 2, 1))
                    .expect("as many elements")
                    .into_dyn(),
            ),
            (
                tf::dynamic_stitch((&graph.constant([1, 0]),), (x,)),
                rows([["d", "e", "f"], ["a", "b", "c"]]),
            ),
            (
                tf::broadcast_to(tf::slice(x, [1, 0], [1, 3]), [2, 3]),
                rows([["d", "e", "f"]; 2]),
            ),
        ];
        let session = Session::new(&graph)?;
        for (found, wanted) in &cases {
            // The second in another layout.
            let columns = value.t().as_standard_layout().into_owned();
            let feeds = [fed.feed(&value), unknown.feed(columns.t())];
            let name = found.op().op_type();
            assert_eq!(&session.run(found, feeds)?, wanted, "{name} of {x}");
        }
    }
    Ok(())
}

trait Rows {
    fn slice_rows(&self, row: i32) -> tf::Tensor<Bytes>;
}

impl Rows for tf::Tensor<Bytes> {
    fn slice_rows(&self, row: i32) -> tf::Tensor<Bytes> {
        tf::slice(self, [row, 0], [1, 3])
    }
}

#[test]
fn texts_are_compared_and_counted() -> Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<Bytes>("x", tf::shape![?]);
    let (different, places, counts) = tf::unique_with_counts(&x);
    let (left, _) = tf::setdiff1d(&x, ["b"]);
    let session = Session::new(&graph)?;
    let feed = || [x.feed(["b", "a", "b", ""])];
    let same = tf::equal(&x, "b");
    let other = tf::not_equal(&x, tf::reverse(&x, [0]));
    assert_eq!(
        session.run(same.array1(), feed())?,
        arr1(&[true, false, true, false])
    );
    assert_eq!(
        session.run(other.array1(), feed())?,
        arr1(&[true, true, true, true])
    );
    assert_eq!(
        session.run(different.array1(), feed())?,
        texts(["b", "a", ""])
    );
    assert_eq!(session.run(places.array1(), feed())?, arr1(&[0, 1, 0, 2]));
    assert_eq!(session.run(counts.array1(), feed())?, arr1(&[2, 1, 1]));
    assert_eq!(session.run(left.array1(), feed())?, texts(["a", ""]));
    assert_eq!(session.run(tf::size(&x).scalar(), feed())?, 4);
    assert_eq!(session.run(tf::shape(&x).array1(), feed())?, arr1(&[4]));
    Ok(())
}

#[test]
fn variables_hold_texts() -> Result<()> {
    let graph = Graph::new();
    let v = graph.variable(["a", "b"]);
    let next = graph.placeholder::<Bytes>("next", [2]);
    let set = tf::assign(
        &v,
        tf::concat((&tf::slice(&v, [1], [1]), &tf::slice(&next, [0], [1])), 0),
    );
    let shape: Array2<Bytes> = Array2::default((1, 2));
    let row = graph.get_variable::<Bytes>("row", [1, 2], tf::initializers::zeros());
    let session = Session::new(&graph)?;
    assert!(matches!(
        session.run(&v, []),
        Err(Error::FailedPrecondition(_))
    ));
    session.run(graph.global_variables_initializer(), [])?;
    assert_eq!(session.run(row.array2(), [])?, shape);
    assert_eq!(session.run(v.array1(), [])?, texts(["a", "b"]));
    for (given, wanted) in [("c", ["b", "c"]), ("d", ["c", "d"])] {
        let (new, fetched) = session.run((set.array1(), v.array1()), [next.feed([given, "-"])])?;
        assert_eq!(new, texts(wanted));
        assert_eq!(session.run(v.array1(), [])?, texts(wanted));
        drop(fetched);
    }
    let before = session.snapshot([&v])?;
    session.run(&set, [next.feed(["e", "-"])])?;
    session.load([(&v, before[0].clone())])?;
    assert_eq!(session.run(v.array1(), [])?, texts(["c", "d"]));
    Ok(())
}

/// What has no kernel for texts in TensorFlow has none here.
#[test]
fn there_is_no_arithmetic_of_texts() -> Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<Bytes>("x", [2, 2]);
    let parts = tf::diag_part(&x);
    let band = tf::matrix_band_part(&x, 0, 0);
    let session = Session::new(&graph)?;
    for refused in [&parts, &band] {
        let error = session.run(refused, [x.feed([["a", "b"], ["c", "d"]])]);
        let error = error.expect_err("there is no kernel");
        assert!(matches!(error, Error::Unimplemented(_)), "{error}");
        assert!(error.message().contains("string"), "{error}");
    }
    Ok(())
}

#[test]
fn handles_are_fed_moved_and_fetched() -> Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<ResourceHandle>("x", [2]);
    let last = tf::gather(&x, 1);
    assert_eq!(
        last.to_string(),
        r#"Tensor("GatherV2:0", shape=(), dtype=resource)"#
    );
    let session = Session::new(&graph)?;
    let handles = arr1(&[ResourceHandle::new("table"), ResourceHandle::new(5i32)]);
    let found = session.run(last.scalar(), [x.feed(&handles)])?;
    assert_eq!(found.get::<i32>(), Some(&5));
    assert_eq!(DType::Resource.name(), "resource");
    Ok(())
}

/// The parts that TensorFlow 1.15 takes, and its words where it takes none.
#[test]
fn parts_of_texts() -> Result<()> {
    use tf1::strings::{SubstrUnit, substr, substr_with};

    let words = texts(["hello", "tensor"]);
    let of_words = |pos: i64, len: i64, unit| {
        let graph = Graph::new();
        let parts = substr_with(graph.constant(&words), pos, len, unit);
        let found = Session::new(&graph)?.run(&parts, []);
        found.map(|parts| {
            parts
                .iter()
                .map(|part| part.to_str().unwrap().to_string())
                .collect()
        })
    };
    let bytes = |pos, len| of_words(pos, len, SubstrUnit::Byte);
    let characters = |pos, len| of_words(pos, len, SubstrUnit::Utf8Char);
    let found = |parts: Result<Vec<String>>| parts.unwrap().join(" ");
    assert_eq!(found(bytes(1, 3)), "ell ens");
    assert_eq!(found(bytes(-2, 100)), "lo or");
    assert_eq!(found(bytes(1, -1)), "ello ensor");
    assert_eq!(found(bytes(5, 2)), " r");
    assert_eq!(found(characters(-3, 2)), "ll so");
    assert_eq!(found(characters(-3, 9)), "llo sor");
    assert_eq!(found(characters(1, -2)), " ");
    let fails = |parts: Result<Vec<String>>| parts.unwrap_err().message().to_string();
    let words_of = |pos: &str| format!("pos {pos} out of range for string b'hello' at index 0");
    assert_eq!(fails(bytes(6, 2)), words_of("6"));
    assert_eq!(fails(bytes(-9, 2)), words_of("-9"));
    assert_eq!(
        fails(bytes(i64::MIN, i64::MIN)),
        words_of(&i64::MIN.to_string())
    );
    for (pos, len) in [(6, 2), (-6, 2), (-3, -2), (i64::MIN, 1), (-1, i64::MIN)] {
        let words = format!("pos {pos} out of range for string at index 0");
        assert_eq!(fails(characters(pos, len)), words);
    }

    let graph = Graph::new();
    let accented = graph.constant(["h\u{e9}llo", "\u{4f60}\u{597d}!"]);
    let characters = substr_with(&accented, 0, 2, SubstrUnit::Utf8Char);
    let last = substr_with(&accented, -2, 1, SubstrUnit::Utf8Char);
    let invalid = graph.constant([Bytes::from(vec![0xff, 0xfe, 0xc3])]);
    let second = substr_with(&invalid, 1, 1, SubstrUnit::Utf8Char);
    let columns = substr(graph.constant(&words), [[0], [1]], [[1], [2]]);
    assert_eq!(
        columns.to_string(),
        r#"Tensor("Substr_3:0", shape=(2, 2), dtype=string)"#
    );
    let many = substr(graph.constant("abcdef"), [0, 2], [1, 9]);
    let session = Session::new(&graph)?;
    let found = session.run((characters.array1(), last.array1(), second.array1()), [])?;
    assert_eq!(found.0, texts(["h\u{e9}", "\u{4f60}\u{597d}"]));
    assert_eq!(found.1, texts(["l", "\u{597d}"]));
    assert_eq!(found.2, arr1(&[Bytes::from(vec![0xfe])]));
    let (columns, many) = session.run((&columns, many.array1()), [])?;
    assert_eq!(columns, rows([["h", "t"], ["el", "en"]]));
    assert_eq!(many, texts(["a", "cdef"]));
    Ok(())
}

#[test]
fn parts_that_do_not_suit_the_texts() {
    use tf1::strings::substr;

    let mistake = |shapes: [&[usize]; 3]| {
        let graph = Graph::new();
        let text = graph.placeholder::<Bytes>("text", shapes[0]);
        let [pos, len] = [1, 2].map(|i| graph.placeholder::<i64>("number", shapes[i]));
        substr(&text, &pos, &len);
        graph.check().unwrap_err().message().to_string()
    };
    let differ = "pos and len shapes must match: [2] vs. [1]";
    assert_eq!(mistake([&[2], &[2], &[1]]), differ);
    assert!(mistake([&[2], &[2], &[]]).contains("Shape must be rank 0 but is rank 1"));
    assert!(mistake([&[2], &[3], &[3]]).contains("Dimensions must be equal, but are 2 and 3"));

    let graph = Graph::new();
    let text = graph.placeholder::<Bytes>("text", ..);
    let [pos, len] = ["pos", "len"].map(|name| graph.placeholder::<i32>(name, ..));
    let part = substr(&text, &pos, &len);
    let session = Session::new(&graph).unwrap();
    let words = texts(["hello", "tensor"]);
    let run = |at: &[i32], count: &[i32]| {
        let (at, count) = (arr1(at), arr1(count));
        let found = session.run(&part, [text.feed(&words), pos.feed(&at), len.feed(&count)]);
        found.unwrap_err().message().to_string()
    };
    assert_eq!(run(&[0, 1], &[1]), differ);
    assert!(
        run(&[0, 1, 2], &[1, 1, 1]).contains("ncompatible shapes")
            || run(&[0, 1, 2], &[1, 1, 1]).contains("must be equal")
    );
    assert_eq!(
        run(&[0, 9], &[1, 1]),
        "pos 9 out of range for string b'tensor' at index 1"
    );
}

/// Parts are copies, which count.
#[test]
fn parts_of_a_long_text_may_take_no_more_than_the_limit() -> tf::Result<()> {
    let graph = tf::Graph::new();
    let text = graph.constant("x".repeat(1 << 20).as_str());
    let count = graph.placeholder::<i32>("count", [1000]);
    let parts = tf::strings::substr(&text, &count, graph.fill([1000], 1 << 19));
    let options = tf::SessionOptions::new().memory_limit(64 << 20);
    let session = tf::Session::with_options(&graph, options)?;
    let starts = ndarray::Array1::<i32>::ones(1000);
    let error = session.run(&parts, [count.feed(&starts)]).unwrap_err();
    assert!(matches!(error, tf::Error::ResourceExhausted(_)), "{error}");
    Ok(())
}
