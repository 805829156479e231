//! A graph of texts that TensorFlow wrote (`texts/make.py`), read, run and written.

use ndarray::{arr1, arr2};
use tf1::graph_def::GraphDef;
use tf1::{Bytes, Error, Graph, Session, import_graph_def};

use crate::by_hand::bytes;
use crate::messages::NodeDef;

const TEXTS: &[u8] = include_bytes!("texts/texts.pb");

fn read(def: &GraphDef) -> Graph {
    let graph = Graph::new();
    import_graph_def(&graph, def, "").expect("all is known here");
    graph
}

#[test]
fn a_graph_of_texts_gives_what_tensorflow_gave() {
    let first = read(&GraphDef::from_bytes(TEXTS).unwrap());
    let written = first.as_graph_def().unwrap();
    let second = read(&GraphDef::from_bytes(&written.to_bytes().unwrap()).unwrap());
    assert!(second.as_graph_def().unwrap() == written);
    for graph in [first, second] {
        let session = Session::new(&graph).unwrap();
        let texts = |name: &str| graph.tensor::<Bytes>(name).unwrap();
        let (g, e, k) = (
            texts("g:0"),
            graph.tensor::<bool>("e:0").unwrap(),
            texts("k:0"),
        );
        let (g, e, k) = session.run((&g, &e, &k), []).unwrap();
        let gathered = arr2(&[[&b"c"[..], b"\xff"], [b"a", b"b"]]).mapv(Bytes::from);
        assert_eq!(g, gathered.into_dyn());
        assert_eq!(e, arr2(&[[false, false], [true, false]]).into_dyn());
        assert_eq!(k, arr1(&["k"; 3]).mapv(Bytes::from).into_dyn());
        let (x, y) = (
            graph.tensor::<i32>("x:0").unwrap(),
            graph.tensor::<i32>("y:0").unwrap(),
        );
        assert_eq!(
            session.run(&y, [x.feed([3, 1])]).unwrap(),
            arr1(&[3, 1]).into_dyn()
        );
        let error = session.run(&y, [x.feed([3, -1, 2])]).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
        let message = "assertion failed: [all of x must be > 0:] [3 -1...]";
        assert_eq!(error.message(), message);
    }
}

/// What is said of a constant of so many texts with this shape.
fn refused(lengths: &[i64], texts: &[&str]) -> String {
    let def = GraphDef::from_bytes(&bytes(vec![NodeDef::texts("c", lengths, texts)])).unwrap();
    let error = import_graph_def(&Graph::new(), &def, "").unwrap_err();
    error.message().to_string()
}

#[test]
fn texts_that_do_not_fit_their_shape_are_refused() {
    let message = refused(&[2], &["a", "b", "c"]);
    assert!(message.contains("has 3 elements in the file"), "{message}");
    let message = refused(&[1 << 34], &["a"]);
    assert!(
        message.contains("far larger than what the file holds of it"),
        "{message}"
    );
    let message = refused(&[i64::MAX, i64::MAX], &["a"]);
    assert!(message.contains("in the file"), "{message}");
}
