"""Graphs that call functions, and what TensorFlow 1.15 computes of them.

Run it with a Python that has TensorFlow 1.15; it writes the files beside it.
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from tensorflow.python.framework import function, importer

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)

FOLDER = os.path.dirname(os.path.abspath(__file__))
BATCH = np.float32([[(i - 1.0) * 0.5 + j * 0.25 for j in range(4)] for i in range(3)])


def defun(x):
    """Nodes whose op type is a function, one of which calls the other."""
    @function.Defun(tf.float32, tf.float32, func_name="scaled")
    def scaled(a, b):
        return a * b + 1.0, tf.reduce_sum(a, axis=1)

    @function.Defun(tf.float32, func_name="twice")
    def twice(a):
        first, sums = scaled(a, a)
        second, _ = scaled(first, a)
        pieces = tf.split(second, 2, axis=1)
        return pieces[1] - pieces[0], sums

    difference, sums = twice(x, name="call")
    scaled(x, x + 2.0, name="other")
    tf.add(difference, tf.expand_dims(sums, 1), name="y")
    return ["call:0", "call:1", "other:0", "other:1", "y:0"]


def partitioned(x):
    """`PartitionedCall`, as tf.function makes it, with calls in calls and lists of outputs."""
    @tf.function
    def inner(a):
        return [a + i for i in tf.unstack(tf.constant([1.0, 2.0, 3.0]))]

    @tf.function
    def outer(a):
        parts = inner(a)
        with tf.control_dependencies([parts[0]]):
            return {"sum": tf.add_n(parts), "first": tf.identity(parts[0]), "same": a}

    results = outer(x)
    for name, result in sorted(results.items()):
        tf.identity(result, name=name)
    call = results["sum"].op
    while call.type not in ("PartitionedCall", "StatefulPartitionedCall"):
        call = call.inputs[0].op
    return ["sum:0", "first:0", "same:0"] + [output.name for output in call.outputs]


ATTRIBUTES = """
library {
  function {
    signature {
      name: "Mix"
      input_arg { name: "a" type_attr: "T" }
      input_arg { name: "more" type_attr: "T" number_attr: "N" }
      input_arg { name: "any" type_list_attr: "Types" }
      output_arg { name: "sum" type_attr: "T" }
      output_arg { name: "all" type_list_attr: "Types" }
      output_arg { name: "pieces" type_attr: "T" number_attr: "Pieces" }
      attr { name: "T" type: "type" }
      attr { name: "N" type: "int" }
      attr { name: "Types" type: "list(type)" }
      attr { name: "Pieces" type: "int" default_value { i: 2 } }
      control_output: "last"
    }
    node_def {
      name: "added" op: "AddN" input: "more" attr { key: "N" value { placeholder: "N" } }
      attr { key: "T" value { placeholder: "T" } }
    }
    node_def {
      name: "both" op: "Mul" input: "a:0" input: "added:sum:0" attr { key: "T" value { placeholder: "T" } }
    }
    node_def { name: "kept" op: "IdentityN" input: "any" attr { key: "T" value { placeholder: "Types" } } }
    node_def {
      name: "axis" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
      attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { } int_val: 1 } } }
    }
    node_def {
      name: "cut" op: "Split" input: "axis:output:0" input: "more:1" input: "^both"
      attr { key: "T" value { placeholder: "T" } } attr { key: "num_split" value { placeholder: "Pieces" } }
    }
    ret { key: "sum" value: "both:z:0" }
    ret { key: "all" value: "kept:output" }
    ret { key: "pieces" value: "cut:output" }
    control_ret { key: "last" value: "cut" }
  }
}
node {
  name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: 3 } dim { size: 4 } } } }
}
node { name: "squares" op: "Square" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "gate" op: "NoOp" }
node {
  name: "call" op: "Mix" input: "x" input: "squares" input: "x" input: "squares" input: "x" input: "^gate"
  attr { key: "T" value { type: DT_FLOAT } } attr { key: "N" value { i: 2 } }
  attr { key: "Types" value { list { type: DT_FLOAT type: DT_FLOAT } } }
}
node {
  name: "y" op: "AddN" input: "call" input: "call:1" input: "call:2"
  attr { key: "T" value { type: DT_FLOAT } } attr { key: "N" value { i: 3 } }
}
node { name: "z" op: "Neg" input: "call:4" input: "^call" attr { key: "T" value { type: DT_FLOAT } } }
versions { producer: 134 min_consumer: 12 }
"""


def attributes(_):
    """Types and numbers of tensors that the call decides."""
    return ["y:0", "z:0", "call:0", "call:3", "call:4"]


def run(name, build):
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        if name == "attributes":
            definition = text_format.Parse(ATTRIBUTES, tf.GraphDef())
            # Python's own list of functions knows of no types that calls decide; the runtime's does.
            importer.function.from_library = lambda library: []
            tf.import_graph_def(definition, name="")
            fetches = build(None)
        else:
            fetches = build(tf.placeholder(tf.float32, [3, 4], name="x"))
            definition = graph.as_graph_def()
        with open(os.path.join(FOLDER, name + ".pb"), "wb") as file:
            file.write(definition.SerializeToString(deterministic=True))
        with open(os.path.join(FOLDER, name + ".txt"), "w") as file:
            for fetch in fetches:
                numbers = session.run(fetch, {"x:0": BATCH}).ravel()
                file.write(" ".join([fetch] + ["%.9g" % number for number in numbers]) + "\n")


for name, build in [("attributes", attributes), ("defun", defun), ("partitioned", partitioned)]:
    run(name, build)
