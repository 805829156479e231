"""Graphs go from tf1 to TensorFlow 1.15, which computes the same.

Run it with a Python that has TensorFlow 1.15, from the crate's folder; it calls
`cargo test --test graph_def passes_graphs_on`.
"""
import glob
import os
import subprocess
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)

BATCH = np.array([[(i - 1.0) * 0.5 + j * 0.25 for j in range(4)] for i in range(3)], dtype=np.float32)


def check(path):
    """Runs the graph as tf1 ran it."""
    definition = tf.GraphDef()
    with open(path, "rb") as file:
        definition.ParseFromString(file.read())
    compared = 0
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        tf.import_graph_def(definition, name="")
        session.run("start")
        for line in open(path.replace(".pb", ".txt")):
            name, *numbers = line.split()
            found = session.run(name, {"x:0": BATCH}).ravel()
            np.testing.assert_allclose(found, np.array(numbers, dtype=np.float32), rtol=2e-5, atol=1e-6, err_msg=path + " " + name)
            compared += 1
    return compared


with tempfile.TemporaryDirectory() as folder:
    environment = dict(os.environ, TF1_GRAPHS_WRITE=folder)
    command = ["cargo", "test", "--quiet", "--locked", "--test", "graph_def", "passes_graphs_on"]
    subprocess.run(command, env=environment, check=True)
    paths = sorted(glob.glob(os.path.join(folder, "*.pb")))
    assert paths, "no graph was written"
    compared = sum(check(path) for path in paths)
print("TensorFlow imported %d graphs and computed the same %d tensors" % (len(paths), compared))
