"""Makes tests/checkpoint/data with TensorFlow 1.15, and prints which checkpoints its saver spares.

Run it with a Python that has TensorFlow 1.15, from the crate's folder.
"""
import os
import tempfile
import time
from unittest import mock

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")


def save(name, **saver):
    """Saves all variables of the default graph."""
    config = tf.ConfigProto(device_count={"CPU": 2})
    with tf.Session(config=config) as session:
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver(**saver)
        saver.save(session, os.path.join(HERE, name), write_meta_graph=False, write_state=False)


# Two devices, each with a data file of its own.
with tf.Graph().as_default():
    with tf.device("/cpu:0"):
        tf.Variable(np.array([1, -2, 3], np.float32), name="first/W")
        tf.Variable(np.int64(7), name="step")
    with tf.device("/cpu:1"):
        tf.Variable(np.array([[0.5], [1.5]]), name="second/W")
    save("sharded", sharded=True)

# A variable in two parts, and a whole one.
with tf.Graph().as_default():
    partitioner = tf.fixed_size_partitioner(2)
    tf.get_variable("parts", initializer=tf.constant([1.0, 2.0, 3.0, 4.0]), partitioner=partitioner)
    tf.get_variable("whole", initializer=tf.constant([5.0, 6.0]))
    save("partitioned")

# A checkpoint every ten minutes: which are left, and which does the saver count among the last?
with tf.Graph().as_default(), tf.Session() as session, tempfile.TemporaryDirectory() as folder:
    tf.Variable(0.0)
    session.run(tf.global_variables_initializer())
    with mock.patch.object(time, "time", return_value=0.0) as clock:
        saver = tf.train.Saver(max_to_keep=2, keep_checkpoint_every_n_hours=0.5)
        for step in range(1, 13):
            clock.return_value = 600.0 * step
            saver.save(session, os.path.join(folder, "m"), global_step=step, write_meta_graph=False)
    left = sorted(int(name[2:-6]) for name in os.listdir(folder) if name.endswith(".index"))
    print("left:", left, "last:", [os.path.basename(path) for path in saver.last_checkpoints])
