//! `is_jpeg`: whether a file seems to hold a JPEG picture.

use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::math::equal;
use crate::ops::strings::substr;
use crate::ops::support::InGraph;
use crate::types::Bytes;

/// Whether files begin as JPEG files do, with the bytes ff d8 ff, as `tf.image.is_jpeg` finds out;
/// of each element of `contents` by itself.
///
/// ```
/// let graph = tf1::Graph::new();
/// let file = graph.placeholder::<tf1::Bytes>("file", []);
/// let is_jpeg = tf1::image::is_jpeg(&file);
/// let session = tf1::Session::new(&graph)?;
/// let begin = tf1::Bytes::from(vec![0xff, 0xd8, 0xff, 0xe0]);
/// assert!(session.run(is_jpeg.scalar(), [file.feed(begin)])?);
/// # Ok::<(), tf1::Error>(())
/// ```
#[track_caller]
pub fn is_jpeg(contents: impl IntoTensor<Bytes>) -> Tensor<bool> {
    let graph = graph_of(&[contents.graph()]);
    graph.op_scope("is_jpeg", |_| {
        let begin = substr(InGraph(contents, &graph), 0, 3);
        equal(begin, Bytes::from(&[0xff, 0xd8, 0xff][..]))
    })
}
