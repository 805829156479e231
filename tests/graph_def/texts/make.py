"""A graph of texts: constants, ops that move and compare them, and an assertion.

Run it with a Python that has TensorFlow 1.15; it writes the file beside it, and prints what TensorFlow computes of it, which
`../texts.rs` expects.
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)

x = tf.placeholder(tf.int32, [None], name="x")
checked = tf.Assert(tf.reduce_all(x > 0), ["all of x must be > 0:", x], summarize=2)
with tf.control_dependencies([checked]):
    y = tf.identity(x, name="y")
w = tf.constant([[b"a", b"b"], [b"c", b"\xff"]], name="w")
g = tf.gather(w, [1, 0], name="g")
f = tf.fill([2, 2], b"a", name="f")
e = tf.equal(g, f, name="e")
k = tf.constant("k", shape=[3], name="k")

folder = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(folder, "texts.pb"), "wb") as file:
    file.write(tf.get_default_graph().as_graph_def().SerializeToString())
with tf.Session() as session:
    print(session.run([g, e, k]))
    try:
        session.run(y, {x: [3, -1, 2]})
    except tf.errors.InvalidArgumentError as error:
        print(error.message.split("\n")[0])
