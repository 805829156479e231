//! Whatever the bytes of a GraphDef are, reading them is an error or a graph, and a graph that was
//! read is written and read again as it was.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use tf1::graph_def::GraphDef;
use tf1::{Graph, import_graph_def};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(def) = GraphDef::from_bytes(bytes) else {
        return Corpus::Reject;
    };
    let graph = Graph::new();
    if import_graph_def(&graph, &def, "").is_err() {
        return Corpus::Keep;
    }
    if let Ok(written) = graph.as_graph_def() {
        let again = Graph::new();
        import_graph_def(&again, &written, "").expect("what was written is read");
        let rewritten = again.as_graph_def().expect("as before");
        assert!(rewritten == written, "it is written as before");
    }
    Corpus::Keep
});
