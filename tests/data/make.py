"""What TensorFlow 1.15 gives of small files of MNIST's format: writes mnist/*.gz and mnist.json.

Run in this folder with TensorFlow 1.15."""

import gzip
import json
import struct

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

ROWS, COLUMNS = 3, 2


def write(name, header, values):
    with open("mnist/%s.gz" % name, "wb") as file:
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
            packed.write(struct.pack(">%dI" % len(header), *header) + bytes(values))


def write_set(name, count, offset):
    size = count * ROWS * COLUMNS
    pixels = [(offset + 37 * i) % 256 for i in range(size)]
    write(name + "-images-idx3-ubyte", [2051, count, ROWS, COLUMNS], pixels)
    write(name + "-labels-idx1-ubyte", [2049, count], [(offset + 7 * i) % 10 for i in range(count)])


def of(array):
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": [float(x) for x in array.ravel()]}


def batches(options, calls):
    data = input_data.read_data_sets("mnist", **options)
    results = []
    for name, size, shuffle in calls:
        part = getattr(data, name)
        images, labels = part.next_batch(size, shuffle=shuffle)
        results.append({
            "set": name, "size": size, "shuffle": shuffle,
            "images": of(images), "labels": of(labels),
            "epochs_completed": part.epochs_completed, "all_labels": of(part.labels),
        })
    sizes = {name: getattr(data, name).num_examples for name in ["train", "validation", "test"]}
    return {"sizes": sizes, "batches": results}


write_set("train", 23, 5)
write_set("t10k", 7, 100)
TRAIN = [("train", size, True) for size in [4, 4, 4, 4, 4, 18, 0, 18, 1]]
MIXED = [("train", 5, True), ("validation", 3, True), ("test", 7, True), ("train", 17, True), ("validation", 3, True),
         ("test", 1, True), ("train", 2, True)]
ORDER = [("test", 3, False), ("test", 3, False), ("test", 3, False), ("test", 6, True), ("test", 2, False)]
cases = {
    "one_hot": batches(dict(one_hot=True, validation_size=5, seed=1), TRAIN),
    "classes": batches(dict(validation_size=4, seed=0), MIXED),
    "bytes": batches(dict(dtype=tf.uint8, reshape=False, validation_size=0, seed=4294967295), ORDER),
}
with open("mnist.json", "w") as file:
    json.dump(cases, file, separators=(",", ":"))
