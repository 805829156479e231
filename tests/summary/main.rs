//! Summaries against TensorFlow 1.15 (`reference.json` and `network.pb`, which `make.py` writes),
//! and event files that are whole or damaged. What TensorBoard makes of them, `with_tensorboard.py`
//! looks at.

mod files;
mod graph;
#[path = "../common/graph_messages.rs"]
mod messages;
mod reference;
#[allow(dead_code, reason = "some tests need some of it only")]
#[path = "../../examples/common/test_files.rs"]
mod test_files;
mod with_tensorboard;

/// The pixels of a PNG file.
fn pixels(file: &[u8]) -> Vec<u8> {
    let decoder = png::Decoder::new(std::io::Cursor::new(file));
    let mut reader = decoder.read_info().expect("a PNG file");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a small picture")];
    let info = reader.next_frame(&mut pixels).expect("a whole picture");
    pixels.truncate(info.buffer_size());
    pixels
}
