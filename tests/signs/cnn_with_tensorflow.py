"""The convolutional network of `signs --model cnn`, trained by TensorFlow 1.15 on the same photographs.

Run it with a Python that has TensorFlow 1.15 and h5py, from the crate's folder, with the folder of the photographs:

    python tests/signs/cnn_with_tensorflow.py ../shared/signs
        trains for a few epochs, has `cargo run --example signs` do the same, and compares the costs
    python tests/signs/cnn_with_tensorflow.py ../shared/signs --epochs 100 --write tests/signs/cnn_costs.json
        trains on one thread, on two, and from filters whose last bits are off, and writes the costs, which tests/signs.rs
        compares with
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import numpy as np
import tensorflow as tf

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)

LEARNING_RATE = 0.009
MINIBATCH_SIZE = 64
CLASSES = 6
# How far a cost may be off, relative to TensorFlow's: tests/signs.rs tells why.
TOLERANCE = 1e-5


def load(folder):
    """Pictures from 0 to 1 and one-hot labels, a row each, and those to test with."""
    splits = []
    for name in ("train", "test"):
        with h5py.File(os.path.join(folder, name + "_signs.h5"), "r") as file:
            pictures = np.array(file[name + "_set_x"]) / 255.0
            labels = np.array(file[name + "_set_y"]).reshape(-1)
        splits += [pictures, np.eye(CLASSES)[labels]]
    return splits


def minibatches(count, seed):
    """Rows in random order, a minibatch at a time; the last may be short."""
    np.random.seed(seed)
    order = list(np.random.permutation(count))
    return [order[start : start + MINIBATCH_SIZE] for start in range(0, count, MINIBATCH_SIZE)]


def train(data, epochs, threads, nudge=False):
    """The cost of every epoch and the accuracies; with `nudge`, of filters that begin a bit off, in their last bits."""
    pictures, labels, test_pictures, test_labels = data
    tf.reset_default_graph()
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [None, 64, 64, 3])
    y = tf.placeholder(tf.float32, [None, CLASSES])
    w1 = tf.get_variable("W1", [4, 4, 3, 8], initializer=tf.contrib.layers.xavier_initializer(seed=0))
    w2 = tf.get_variable("W2", [2, 2, 8, 16], initializer=tf.contrib.layers.xavier_initializer(seed=0))
    a1 = tf.nn.relu(tf.nn.conv2d(x, w1, strides=[1, 1, 1, 1], padding="SAME"))
    p1 = tf.nn.max_pool(a1, ksize=[1, 8, 8, 1], strides=[1, 8, 8, 1], padding="SAME")
    a2 = tf.nn.relu(tf.nn.conv2d(p1, w2, strides=[1, 1, 1, 1], padding="SAME"))
    p2 = tf.nn.max_pool(a2, ksize=[1, 4, 4, 1], strides=[1, 4, 4, 1], padding="SAME")
    z3 = tf.contrib.layers.fully_connected(tf.contrib.layers.flatten(p2), CLASSES, activation_fn=None)
    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=z3, labels=y))
    step = tf.train.AdamOptimizer(LEARNING_RATE).minimize(cost)
    correct = tf.equal(tf.argmax(z3, 1), tf.argmax(y, 1))
    accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

    config = tf.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1)
    with tf.Session(config=config) as session:
        session.run(tf.global_variables_initializer())
        if nudge:
            session.run(w1.assign(w1 * np.float32(1 + 2.0 ** -23)))
        started = time.time()
        costs = []
        count = len(pictures) // MINIBATCH_SIZE
        for epoch in range(epochs):
            total = 0.0
            for rows in minibatches(len(pictures), 4 + epoch):
                _, batch_cost = session.run([step, cost], {x: pictures[rows], y: labels[rows]})
                total += float(batch_cost) / count
            costs.append(total)
        seconds = time.time() - started
        accuracies = [
            float(session.run(accuracy, {x: pictures, y: labels})),
            float(session.run(accuracy, {x: test_pictures, y: test_labels})),
        ]
    print("TensorFlow, %d threads: %d epochs in %.1f s, accuracies %s" % (threads, epochs, seconds, accuracies))
    return {"epoch_costs": costs, "train_accuracy": accuracies[0], "test_accuracy": accuracies[1]}


def train_here(folder, epochs):
    """The costs that `signs --model cnn` gets."""
    with tempfile.TemporaryDirectory() as out:
        table, plot = os.path.join(out, "costs.csv"), os.path.join(out, "costs.svg")
        command = ["cargo", "run", "--quiet", "--locked", "--release", "--example", "signs", "--", "--model", "cnn"]
        command += ["--data", folder, "--epochs", str(epochs), "--costs", table, "--plot", plot]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(table) as file:
            return [float(line.split(",")[1]) for line in file.read().splitlines()[1:]]


parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--write")
arguments = parser.parse_args()
data = load(arguments.data)
if arguments.write:
    runs = {"threads_%d" % threads: train(data, arguments.epochs, threads) for threads in (1, 2)}
    runs["nudged"] = train(data, arguments.epochs, 2, nudge=True)
    with open(arguments.write, "w") as file:
        json.dump({"tensorflow": tf.__version__, "runs": runs}, file, indent=1)
        file.write("\n")
else:
    expected = train(data, arguments.epochs, 2)["epoch_costs"]
    found = train_here(arguments.data, arguments.epochs)
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE)
    print("tf1 computed the same costs of %d epochs" % arguments.epochs)
