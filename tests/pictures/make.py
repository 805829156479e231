"""What TensorFlow 1.15 makes of pictures and their files: writes files.json.

Of what is read, with each of READING, the FNV-1a hash of the pixels is told. Run in this folder with TensorFlow 1.15."""

import json

import numpy as np
import tensorflow as tf

RANDOM = np.random.RandomState(0)


def smooth(height, width, channels):
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (3.0 + c)) * np.cos(y / (4.0 - c)) for c in range(channels)]
    return np.uint8(127.5 + 127 * np.stack(waves, -1))


def noise(height, width, channels):
    return RANDOM.randint(0, 256, (height, width, channels)).astype(np.uint8)


def fnv(array):
    digest = 0xcbf29ce484222325
    for byte in bytearray(array.tobytes()):
        digest = ((digest ^ byte) * 0x100000001b3) % 2**64
    return "%016x" % digest


MAKING = [{}, {"quality": 50}, {"progressive": True}, {"chroma_downsampling": False},
          {"quality": 100, "optimize_size": True}]
READING = [{"channels": channels, "ratio": ratio, "fancy_upscaling": fancy, "dct_method": method}
           for channels in [0, 1, 3] for ratio in [1, 2, 4, 8] for fancy in [True, False]
           for method in ["", "INTEGER_ACCURATE"]]
cases = []
for shape in [(8, 8, 3), (17, 23, 3), (20, 33, 1), (5, 3, 3), (1, 1, 3)]:
    for kind in [smooth, noise]:
        picture = kind(*shape)
        for options in MAKING:
            # Each in a graph of its own, as a session is slow with a large one.
            with tf.Graph().as_default(), tf.Session() as session:
                file = session.run(tf.image.encode_jpeg(picture, **options))
                read = session.run([tf.image.decode_jpeg(file, **reading) for reading in READING])
            read = [fnv(pixels) for pixels in read]
            cases.append({"picture": picture.tobytes().hex(), "shape": shape, "options": options, "file": file.hex(),
                          "read": read})
with open("files.json", "w") as out:
    json.dump({"readings": READING, "cases": cases}, out, separators=(",", ":"))
