"""TensorBoard shows what tf1 wrote: its reader of event files, and the server that people look at.

Run it with a Python that has TensorBoard (2.21; TensorFlow is not needed), from the crate's folder; it calls
`cargo test --test summary trains_for_tensorboard`.
"""
import contextlib
import importlib.metadata
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from google.protobuf import text_format
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.graph_pb2 import GraphDef

SECONDS = 60
"""How long the server may take to come up and to have read the files."""


def write(logdir):
    """Trains a network in Rust, and returns what it says it wrote."""
    command = ["cargo", "test", "--quiet", "--locked", "--test", "summary", "trains_for_tensorboard"]
    subprocess.run(command, env=dict(os.environ, TF1_LOGDIR=str(logdir)), check=True)
    return json.loads((logdir / "expected.json").read_text())


def by_tag(values, kind):
    tags = {}
    for value in values:
        if value["shown"]["kind"] == kind:
            tags.setdefault(value["tag"], []).append((value["step"], value["shown"]))
    return tags


def picture(png):
    """Height, width and pixels."""
    image = Image.open(io.BytesIO(png))
    return image.height, image.width, list(image.tobytes())


def check_picture(png, shown):
    assert picture(png) == (shown["height"], shown["width"], shown["pixels"])


def check_graph(graph, nodes):
    """Names, ops and edges of a GraphDef."""
    edge = lambda name: name[:-2] if name.endswith(":0") else name
    found = [[node.name, node.op, [i for i in node.input if not i.startswith("^")]] for node in graph.node]
    assert found == [[name, op, [edge(i) for i in inputs]] for name, op, inputs in nodes]


def check_reader(logdir, scalars, histograms, images, nodes):
    """TensorBoard's own reader of event files."""
    reader = EventAccumulator(str(logdir), size_guidance={"scalars": 0, "histograms": 0, "images": 0})
    reader.Reload()
    tags = reader.Tags()
    assert set(tags["scalars"]) == set(scalars), tags
    assert set(tags["histograms"]) == set(histograms), tags
    assert set(tags["images"]) == set(images), tags
    for tag, values in scalars.items():
        assert [(event.step, event.value) for event in reader.Scalars(tag)] == [
            (step, shown["number"]) for step, shown in values
        ]
    for tag, values in histograms.items():
        events = reader.Histograms(tag)
        assert [event.step for event in events] == [step for step, _ in values]
        for event, (_, shown) in zip(events, values):
            value = event.histogram_value
            for key in ("min", "max", "num", "sum", "sum_squares"):
                assert getattr(value, key) == shown[key], (tag, key)
            assert (value.bucket_limit, value.bucket) == (shown["limits"], shown["counts"])
    for tag, values in images.items():
        events = reader.Images(tag)
        assert [event.step for event in events] == [step for step, _ in values]
        for event, (_, shown) in zip(events, values):
            assert (event.height, event.width) == (shown["height"], shown["width"])
            check_picture(event.encoded_image_string, shown)
    check_graph(reader.Graph(), nodes)


@contextlib.contextmanager
def server(logdir):
    """The address of a TensorBoard that shows the runs in `logdir`."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--port", "0", "--host", "127.0.0.1"]
    with open(logdir / "tensorboard.log", "w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield wait_for(lambda: address(process, log), "the server")
        finally:
            process.terminate()
            process.wait()


def address(process, log):
    """Where the server says that it is to be found, once it does."""
    log.seek(0)
    text = log.read()
    assert process.poll() is None, text
    return text.partition("at http://")[2].partition("/")[0]


def wait_for(what, name):
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.2)
    raise TimeoutError(f"{name} did not come in {SECONDS} s")


def check_server(host, scalars, histograms, images, nodes):
    """What the page in a browser is given."""

    def get(route, **query):
        url = f"http://{host}/data/plugin/{route}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            # What the server has not read yet it does not know.
            assert error.code == 404, url
            return None

    def rows(plugin, tag, count):
        def whole():
            answer = get(f"{plugin}/{plugin}", run="run", tag=tag)
            found = json.loads(answer) if answer else []
            return found if len(found) >= count else None

        return wait_for(whole, tag)

    for tag, values in scalars.items():
        told = [[step, shown["number"]] for step, shown in values]
        assert [row[1:] for row in rows("scalars", tag, len(told))] == told, tag
    for tag, values in histograms.items():
        # TensorBoard turns the buckets into thirty of the same width.
        for (_, step, buckets), (known, shown) in zip(rows("histograms", tag, len(values)), values, strict=True):
            assert step == known
            total = sum(count for _, _, count in buckets)
            assert abs(total - shown["num"]) < 1e-6 * shown["num"], (tag, step)
            if buckets:
                assert (buckets[0][0], buckets[-1][1]) == (shown["min"], shown["max"]), (tag, step)
    for tag, values in images.items():
        for row, (step, shown) in zip(rows("images", tag, len(values)), values, strict=True):
            assert row["step"] == step
            check_picture(get("images/individualImage", **dict(urllib.parse.parse_qsl(row["query"]))), shown)
    check_graph(text_format.Parse(get("graphs/graph", run="run"), GraphDef()), nodes)


def main():
    with tempfile.TemporaryDirectory() as folder:
        logdir = pathlib.Path(folder)
        expected = write(logdir / "run")
        values = expected["values"]
        shown = [by_tag(values, kind) for kind in ("scalar", "histogram", "image")]
        assert all(shown), "something of each kind is written"
        check_reader(logdir / "run", *shown, expected["nodes"])
        with server(logdir) as host:
            check_server(host, *shown, expected["nodes"])
    version = importlib.metadata.version("tensorboard")
    print(f"TensorBoard {version} shows {len(values)} values and {len(expected['nodes'])} nodes as tf1 wrote them")


if __name__ == "__main__":
    main()
