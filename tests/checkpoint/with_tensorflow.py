"""Checkpoints go from TensorFlow 1.15 to tf1 and back, and every bit of them arrives.

Run it with a Python that has TensorFlow 1.15, from the crate's folder; it calls
`cargo test --test checkpoint passes_a_checkpoint_on`.
"""
import os
import subprocess
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)


def build():
    """The graph of tests/checkpoint/with_tensorflow.rs."""
    random = np.random.RandomState(3)
    w = tf.get_variable("layer/W", initializer=random.randn(20, 30).astype(np.float32))
    b = tf.get_variable("layer/b", initializer=random.randn(20, 1).astype(np.float32))
    tf.Variable([True, False], name="flags")
    tf.Variable([1, -2, 2**31 - 1], name="counts")
    tf.Variable(np.array([1 / 3, -1e300]), name="doubles")
    tf.Variable(np.array([200], dtype=np.uint8), name="bytes")
    tf.Variable([b"text", b"", b"\x00\xff", b"x" * 300], name="texts")
    # More than is written or read at once.
    tf.get_variable("large/floats", initializer=random.randn(2**22 + 3).astype(np.float32), trainable=False)
    tf.get_variable("large/flags", initializer=random.rand(2**18 + 3) < 0.5, trainable=False)
    loss = tf.reduce_sum(tf.square(w)) + tf.reduce_sum(tf.square(b))
    step = tf.train.get_or_create_global_step()
    return tf.train.AdamOptimizer(0.1).minimize(loss, global_step=step)


with tempfile.TemporaryDirectory() as theirs, tempfile.TemporaryDirectory() as ours:
    train = build()
    variables = tf.global_variables()
    saver = tf.train.Saver()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            session.run(train)
        saver.save(session, os.path.join(theirs, "model.ckpt"), global_step=3)
        expected = session.run(variables)

    environment = dict(os.environ, TF1_CHECKPOINTS_READ=theirs, TF1_CHECKPOINTS_WRITE=ours)
    command = ["cargo", "test", "--quiet", "--locked", "--test", "checkpoint", "passes_a_checkpoint_on"]
    subprocess.run(command, env=environment, check=True)

    last = tf.train.latest_checkpoint(ours)
    assert last == os.path.join(ours, "model.ckpt-3"), last
    with tf.Session() as session:
        saver.restore(session, last)
        found = session.run(variables)
    for variable, a, b in zip(variables, expected, found):
        # Arrays of texts hold pointers.
        same = a.tolist() == b.tolist() if a.dtype == object else a.tobytes() == b.tobytes()
        assert a.dtype == b.dtype and same, variable.name
    for suffix in (".index", ".data-00000-of-00001"):
        files = [open(os.path.join(d, "model.ckpt-3" + suffix), "rb").read() for d in (theirs, ours)]
        assert files[0] == files[1], suffix
    print("%d variables went from TensorFlow %s to tf1 and back" % (len(variables), tf.__version__))
