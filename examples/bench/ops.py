"""Every op of tf1 beside TensorFlow 1.15's: runs both on the cases of `ops.tsv`, round about, and prints a table in Markdown.

    cargo build --release --example bench
    python examples/bench/ops.py [--out TABLE.md] [--only REGEX] [--quick] [--jax PYTHON]

with a Python that has TensorFlow 1.15, and another that has JAX, which TensorFlow 1.15's is too old for. Each program is a process of its own for each number of threads. For a case, rounds of each
alternate; of the rounds the fastest call counts. Where TensorFlow was faster, both are given more rounds. `fetched` is a call that hands out results as arrays, `consumed` one that leaves them in the graph.
Results are compared as well: where they differ, the table says so. `--quick` measures only what is consumed, in fewer rounds.

A case's limit is the machine's: for products the FLOP/s of the fastest product in the run, for element-wise ops a triad of the same bytes, for all others a
copy of the same bytes, on as many threads; the share is how much of that speed the op reaches.
"""
import argparse
import collections
import math
import os
import re
import subprocess
import sys
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))
DTYPES = {"f32": "float32", "f64": "float64", "i32": "int32", "i64": "int64", "u8": "uint8", "bool": "bool"}
# The fewest calls in a round, if they don't take long.
CALLS = 3
# Where TensorFlow takes less than this (in ms), the call itself counts, and rows are not compared.
LEAST = 0.02
# A row that is slower than TensorFlow's is measured in up to so many times as many rounds, of both, lest it be by accident.
MORE = 4


# The cases.

Case = collections.namedtuple("Case", "family op operands attributes ways line")
Operand = collections.namedtuple("Operand", "dtype shape fill low high")


def cases():
    with open(os.path.join(FOLDER, "ops.tsv")) as lines:
        return [parse(line.rstrip("\n")) for line in lines if line.strip() and not line.startswith("#")]


def parse(line):
    family, op, operands, attributes, ways = line.split("\t")
    return Case(family, op, [operand(text) for text in operands.split()], attributes, ways, line)


def operand(text):
    dtype, shape, fill, low, high = re.match(r"(\w+)\[([\d,]*)\](\w*)(?:\(([^,]*),(.*)\))?$", text).groups()
    shape = [int(length) for length in shape.split(",") if length]
    if low is None:
        low, high = (-1, 1) if dtype[0] == "f" else (0, 2) if dtype == "bool" else (0, 100)
    return Operand(DTYPES[dtype], shape, fill, float(low), float(high))


# TensorFlow, as a program that answers the requests that `bench ops THREADS --serve` answers.

class Server:
    def __init__(self, threads):
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import warnings
        warnings.filterwarnings("ignore")
        import numpy
        import tensorflow
        global np, tf
        np, tf = numpy, tensorflow
        tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
        self.config = tf.compat.v1.ConfigProto(
            intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
        self.session = None
        self.units = {}

    def serve(self):
        for request in sys.stdin:
            word, what, rest = request.rstrip("\n").split("\t", 2)
            try:
                answer = self.case(what, parse(rest)) if word == "case" else self.time(what, float(rest))
            except Exception as error:
                answer = "error %s: %s" % (type(error).__name__, str(error).split("\n")[0])
            print(answer, flush=True)

    def case(self, way, case):
        if self.session:
            self.session.close()
        self.fetched = self.consumed = self.session = None
        tf.compat.v1.reset_default_graph()
        tf.compat.v1.set_random_seed(1)
        self.feeds = {}
        operands = [self.variable(operand, 1 + i) for i, operand in enumerate(case.operands)]
        made = build(case, operands)
        if way == "g":
            floats = lambda tensors: [x for x in tensors if x.dtype.base_dtype.is_floating]
            ys = floats(made)
            grad_ys = []
            for y in ys:
                known = y.shape.is_fully_defined()
                operand = Operand(y.dtype.base_dtype.name, y.shape.as_list(), "", -1, 1) if known else None
                grad_ys.append(self.variable(operand, len(self.feeds) + 1) if known else None)
            made = [x for x in tf.gradients(ys, floats(operands), grad_ys) if x is not None]
        tensors, operations = [], []
        for x in made:
            if isinstance(x, tf.IndexedSlices):
                tensors += [x.values, x.indices]
            elif isinstance(x, tf.Operation):
                operations.append(x)
            else:
                tensors.append(x)
        operations += [x.op for x in tensors]
        self.session = tf.compat.v1.Session(config=self.config)
        bytes_in = sum(x.nbytes for x in self.feeds.values())
        self.session.run(tf.compat.v1.global_variables_initializer(), self.feeds)
        self.feeds = {}
        self.consumed = self.session.make_callable(operations)
        self.fetched = self.session.make_callable(tensors) if tensors else None
        if not tensors:
            self.consumed()
        return facts(bytes_in, self.fetched() if tensors else [])

    def variable(self, operand, seed):
        values = self.values(operand, seed)
        value = tf.compat.v1.placeholder(operand.dtype, operand.shape)
        self.feeds[value] = values
        return tf.compat.v1.Variable(value, trainable=False, use_resource=False)

    def values(self, operand, seed):
        count = int(np.prod(operand.shape, dtype=np.int64))
        unit = self.units.get((seed, count))
        if unit is None:
            unit = self.units[seed, count] = random_numbers(seed, count)
        values = operand.low + (operand.high - operand.low) * unit.astype(np.float64)
        if operand.dtype[0] != "f":
            values = np.floor(values).astype(np.int64)
        if operand.fill == "sorted":
            values.sort()
        if operand.fill == "perm":
            values = np.argsort(unit, kind="stable")
        return values.astype(operand.dtype).reshape(operand.shape)

    def time(self, what, milliseconds):
        call = self.fetched if what == "fetched" else self.consumed
        if call is None:
            return "-"
        begin, best, calls = time.perf_counter(), math.inf, 0
        while True:
            elapsed = (time.perf_counter() - begin) * 1e3
            if calls and elapsed > milliseconds and (calls >= CALLS or elapsed > 3 * milliseconds):
                break
            start = time.perf_counter()
            call()
            best = min(best, time.perf_counter() - start)
            calls += 1
        return "%.4f" % (best * 1e3)


def random_numbers(seed, count):
    """`data::unit`."""
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) + np.uint32(seed * 0x9E3779B9 % 2**32)
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
        x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
        x = x ^ (x >> np.uint32(16))
    return (x >> np.uint32(8)).astype(np.float32) / np.float32(1 << 24)


# Results in another order have other sums.
WEIGHTS = {}


def facts(bytes_in, results):
    total = magnitudes = 0.0
    not_finite = bytes_out = 0
    for result in map(np.asarray, results):
        bytes_out += result.nbytes
        numbers = result.ravel().astype(np.float64)
        if not np.isfinite(numbers.sum()):
            finite = np.isfinite(numbers)
            not_finite += numbers.size - np.count_nonzero(finite)
            numbers = np.where(finite, numbers, 0.0)
        weights = WEIGHTS.setdefault(numbers.size, 1.0 + np.arange(numbers.size) % 7)
        total += numbers.dot(weights)
        magnitudes += np.abs(numbers, out=numbers).dot(weights)
    return "ok %d %d %r %r %d" % (bytes_in, bytes_out, float(total), float(magnitudes), not_finite)


def build(case, operands):
    attributes = eval("dict(%s)" % case.attributes, {"tf": tf, "dict": dict})
    values = [view(x.value(), operand) if case.family != "updates" else x for x, operand in zip(operands, case.operands)]
    if case.op in SPECIAL:
        made = SPECIAL[case.op](values, **attributes)
    else:
        function = tf.compat.v1
        for part in case.op.split("."):
            function = getattr(function, part)
        made = function(*values, **attributes)
    made = list(made) if isinstance(made, (list, tuple)) else [made]
    return [x.op if case.family == "updates" and isinstance(x, tf.Tensor) else x for x in made]


def view(value, operand):
    """What the op is given of an operand's value: `Operand::view`."""
    if operand.fill == "turned":
        return tf.transpose(value)
    return value[..., ::2] if operand.fill == "stepped" else value


def optimized(optimizer):
    def build(x):
        gradient = x[1] if len(x) == 2 else tf.IndexedSlices(x[1], x[2], tf.constant(x[0].shape.as_list()))
        return optimizer(tf.compat.v1.train).apply_gradients([(gradient, x[0])])
    return build


def where(x, old=False):
    return tf.compat.v1.where(*x) if old or len(x) == 1 else tf.compat.v1.where_v2(*x)


def fused_batch_norm(x, **options):
    return tf.compat.v1.nn.fused_batch_norm(*x, **options)


# What is not called as all others are.
SPECIAL = {
    "accumulate_n": lambda x: tf.accumulate_n(x),
    "accuracy": lambda x: tf.reduce_mean(tf.cast(tf.equal(*x), tf.float32)),
    "add_n": lambda x: tf.add_n(x),
    "clip_by_global_norm": lambda x, clip_norm: tf.clip_by_global_norm(x, clip_norm)[0],
    "concat": lambda x, axis: tf.concat(x, axis),
    "dynamic_stitch": lambda x: tf.dynamic_stitch(x[:2], x[2:]),
    "embedding_bag": lambda x: tf.reduce_mean(tf.gather(*x), 1),
    "fill": lambda x, dims: tf.fill(dims, x[0]),
    "fused_batch_norm_inference": lambda x: fused_batch_norm(x[:3], mean=x[3], variance=x[4], is_training=False)[0],
    "gelu": lambda x: 0.5 * x[0] * (1.0 + tf.math.erf(x[0] * math.sqrt(0.5))),
    "global_norm": lambda x: tf.linalg.global_norm(x),
    "identity_n": lambda x: tf.identity_n(x),
    "math.reduce_std": lambda x, **a: tf.math.reduce_std(*x, **a),
    "matrix_transpose": lambda x: tf.linalg.matrix_transpose(*x),
    "maximum": lambda x, y=None: tf.maximum(x[0], y if y is not None else x[1]),
    "meshgrid_product": lambda x: tf.expand_dims(x[0], 1) * tf.expand_dims(x[1], 0),
    "multiply_no_nan": lambda x: tf.math.multiply_no_nan(*x),
    "nn.batch_normalization": lambda x: tf.nn.batch_normalization(*x, variance_epsilon=1e-3),
    "nn.dropout": lambda x, rate: tf.compat.v1.nn.dropout(x[0], rate=rate),
    "nn.fused_batch_norm": fused_batch_norm,
    "nn.moments": lambda x, axis: tf.compat.v1.nn.moments(x[0], axis),
    "one_hot": lambda x, **a: tf.one_hot(x[0], **a),
    "pow": lambda x, y=None: tf.pow(x[0], y if y is not None else x[1]),
    "random.normal": lambda x, shape: tf.random.normal(shape, dtype=x[0].dtype.base_dtype),
    "random.truncated_normal": lambda x, shape: tf.random.truncated_normal(shape, dtype=x[0].dtype.base_dtype),
    "random.uniform": lambda x, shape, maxval: tf.random.uniform(shape, 0, maxval, dtype=x[0].dtype.base_dtype),
    "range": lambda x: tf.range(*x),
    "scatter_nd": lambda x, shape: tf.scatter_nd(x[0], x[1], shape),
    "sigmoid_cross_entropy": lambda x: tf.nn.sigmoid_cross_entropy_with_logits(labels=x[0], logits=x[1]),
    "sharded_lookup": lambda x: tf.nn.embedding_lookup(x[:2], x[2]),
    "softmax_cross_entropy": lambda x: tf.compat.v1.nn.softmax_cross_entropy_with_logits_v2(labels=x[0], logits=x[1]),
    "sparse_softmax_cross_entropy":
        lambda x: tf.compat.v1.nn.sparse_softmax_cross_entropy_with_logits(labels=x[0], logits=x[1]),
    "split_v": lambda x, **a: tf.split(x[0], **a),
    "squared_error": lambda x: tf.reduce_mean(tf.square(x[0] - x[1])),
    "stack": lambda x, axis: tf.stack(x, axis),
    "tensordot": lambda x, flat, shape: tf.reshape(tf.matmul(tf.reshape(x[0], flat), x[1]), shape),
    "xdivy": lambda x: tf.math.xdivy(*x),
    "xlogy": lambda x: tf.math.xlogy(*x),
    "where": where,
    "where_v2": where,
    "GradientDescent": optimized(lambda train: train.GradientDescentOptimizer(0.01)),
    "Momentum": optimized(lambda train: train.MomentumOptimizer(0.01, 0.9)),
    "Nesterov": optimized(lambda train: train.MomentumOptimizer(0.01, 0.9, use_nesterov=True)),
    "Adam": optimized(lambda train: train.AdamOptimizer(0.01)),
    "Adagrad": optimized(lambda train: train.AdagradOptimizer(0.01)),
    "Adadelta": optimized(lambda train: train.AdadeltaOptimizer(0.01)),
    "RMSProp": optimized(lambda train: train.RMSPropOptimizer(0.01, momentum=0.9)),
    "CenteredRMSProp": optimized(lambda train: train.RMSPropOptimizer(0.01, momentum=0.9, centered=True)),
    "Ftrl": optimized(lambda train: train.FtrlOptimizer(0.01, l1_regularization_strength=0.001)),
    "FtrlShrunk": optimized(lambda train: train.FtrlOptimizer(0.01, l2_shrinkage_regularization_strength=0.001)),
    "ProximalGradientDescent":
        optimized(lambda train: train.ProximalGradientDescentOptimizer(0.01, l1_regularization_strength=0.001)),
    "ProximalAdagrad":
        optimized(lambda train: train.ProximalAdagradOptimizer(0.01, l1_regularization_strength=0.001)),
}


# The driver.

class Peer:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)

    def send(self, *request):
        self.process.stdin.write("\t".join(map(str, request)) + "\n")
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a program has ended: %s" % self.process.args)
        return line.strip()

    def ask(self, *request):
        self.send(*request)
        return self.receive()


# `jax` is JAX's time, NaN if it was not asked or has no such function.
Row = collections.namedtuple("Row", "case way threads what ours theirs bytes remark jax", defaults=[math.nan])


def measure(case, way, threads, ours, theirs, jax, options):
    """The rows of a case; `jax` is asked too if it is there."""
    for peer in (ours, theirs):
        peer.send("case", way, case.line)
    answers = [peer.receive().split(" ", 1) for peer in (ours, theirs)]
    errors = ["%s: %s" % (name, rest) for name, (word, rest) in zip(("here", "TensorFlow"), answers) if word != "ok"]
    if errors:
        return [Row(case, way, threads, "", math.nan, math.nan, 0, "; ".join(errors))]
    mine, other = ([float(x) for x in rest.split()] for _, rest in answers)
    remark = "" if case.family == "random" else differences(mine, other)
    word, rest = jax.ask("case", way, case.line).split(" ", 1) if jax else ("error", "")
    # Where JAX means something else by an op, it is left out.
    has_jax = word == "ok" and not differences(mine, [mine[0]] + [float(x) for x in rest.split()][1:])
    rows = []
    for what in ["consumed"] if options.quick else ["fetched", "consumed"]:
        best = [math.inf, math.inf]
        for number in range(options.rounds * MORE):
            if number >= options.rounds and (best[0] <= best[1] or best[1] < LEAST):
                break
            for i, peer in enumerate((ours, theirs)):
                answer = peer.ask("time", what, options.milliseconds)
                best[i] = min(best[i], float(answer) if answer != "-" else math.inf)
        if max(best) < math.inf:
            rounds = options.rounds if has_jax and what == "consumed" else 0
            times = [float(jax.ask("time", what, options.milliseconds)) for _ in range(rounds)]
            row = Row(case, way, threads, what, best[0], best[1], moved(case, way, mine[0], mine[1]), remark)
            rows.append(row._replace(jax=min(times, default=math.nan)))
    return rows


def moved(case, way, bytes_in, bytes_out):
    """The bytes that must be read or written."""
    if case.family == "updates":
        touched = case.operands[1 if len(case.operands) == 2 else 2].shape if len(case.operands) > 1 else [1]
        return 3 * 4 * product(touched)
    if way == "f" and bytes_in > bytes_out and case.family in ("moves", "indexed") and "segment" not in case.op:
        return 2 * bytes_out
    return bytes_in + bytes_out


def differences(mine, other):
    (bytes_in, bytes_out, total, magnitudes, not_finite) = mine
    if [bytes_in, bytes_out] != other[:2]:
        return "sizes differ: %d, %d and %d, %d bytes" % (bytes_in, bytes_out, other[0], other[1])
    if not_finite != other[4]:
        return "%d and %d not finite" % (not_finite, other[4])
    if abs(total - other[2]) > 1e-4 * max(magnitudes, other[3]):
        return "sums differ: %g and %g of %g" % (total, other[2], magnitudes)
    return ""


def size(case):
    return max([product(x.shape) for x in case.operands] +
               [product(map(int, re.findall(r"\d+", text))) for text in re.findall(r"(?:shape|dims)=(\[[\d,]*\])", case.attributes)])


def product(numbers):
    result = 1
    for number in numbers:
        result *= number
    return result


def flops(row):
    """The arithmetic of a product, or nothing."""
    case = row.case
    if case.op not in ("matmul", "tensordot", "nn.xw_plus_b", "nn.relu_layer"):
        return 0
    a, b = case.operands[0].shape, case.operands[1].shape
    n = b[-2] if "transpose_b=True" in case.attributes else b[-1]
    return 2 * product(a) * n * (2 if row.way == "g" else 1)


class Limits:
    """How fast the machine copies and adds."""

    def __init__(self, peers):
        self.peers, self.known = peers, {}

    def speed(self, what, threads, size):
        size = 1 << max(12, round(math.log2(max(size, 1))))
        key = what, threads, size
        if key not in self.known:
            self.known[key] = size / float(self.peers[threads].ask("limit", what, size))
        return self.known[key]


def reached(row, limits, fastest_product):
    """The speed, and its share of the limit."""
    if flops(row):
        speed = flops(row) / row.ours / 1e6
        return "%.1f GFLOP/s" % speed, speed / fastest_product[row.threads]
    what = "triad" if row.case.family in ("functions", "binary", "truth", "powers") else "copy"
    return "%.2f GB/s" % (row.bytes / row.ours / 1e6), row.bytes / row.ours / limits.speed(what, row.threads, row.bytes)


def processor():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "?")


def describe(row):
    """A case in words for the table."""
    _, op, operands, attributes, _ = row.case.line.split("\t")
    gradient = "gradient of " if row.way == "g" else ""
    return "%s%s | %s%s" % (gradient, op, operands, "; " + attributes if attributes else "")


def ratio(row):
    return row.ours / row.theirs


def mean_ratio(rows):
    return math.exp(sum(math.log(ratio(row)) for row in rows) / max(len(rows), 1))


def write(rows, limits, out):
    fine = [row for row in rows if row.ours < math.inf and not math.isnan(row.ours)]
    fastest_product = {}
    for row in fine:
        if flops(row):
            fastest_product[row.threads] = max(fastest_product.get(row.threads, 0), flops(row) / row.ours / 1e6)
    say = lambda text="": print(text, file=out)
    counted = [row for row in fine if row.theirs >= LEAST]
    slower = [row for row in counted if row.ours > row.theirs]
    say("Processor: %s; TF1_CPU=%s" % (processor(), os.environ.get("TF1_CPU", "")))
    say()
    say("%d rows, %d of them slower than TensorFlow; geometric mean of the ratios %.3f. (%d rows in which TensorFlow takes less than 20 µs are not counted.)" % (
        len(counted), len(slower), mean_ratio(counted), len(fine) - len(counted)))
    say("\n| threads | results | rows | slower | geometric mean |\n| --- | --- | ---: | ---: | ---: |")
    for threads in sorted({row.threads for row in counted}):
        for what in sorted({row.what for row in counted}):
            part = [row for row in counted if row.threads == threads and row.what == what]
            if part:
                say("| %d | %s | %d | %d | %.3f |" % (threads, what, len(part), sum(row.ours > row.theirs for row in part), mean_ratio(part)))
    families = list(collections.OrderedDict.fromkeys(row.case.family for row in fine))
    by_family(counted, families, "TensorFlow", say)
    beside_jax(fine, families, say)
    remarks = sorted({(describe(row), row.remark) for row in rows if row.remark})
    if remarks:
        say("\n## Results that differ, and errors\n\n| op | operands | |\n| --- | --- | --- |")
        for case, remark in remarks:
            say("| %s | %s |" % (case, remark))
    say("\n## Slower than TensorFlow, the worst first\n")
    say("| op | operands | threads | | here (ms) | TensorFlow (ms) | ratio | reached | of the limit |")
    say("| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for row in sorted(slower, key=ratio, reverse=True):
        speed, share = reached(row, limits, fastest_product)
        say("| %s | %d | %s | %.4f | %.4f | %.2f | %s | %.0f %% |" % (
            describe(row), row.threads, row.what, row.ours, row.theirs, ratio(row), speed, 100 * share))
    for family in families:
        say("\n## %s\n" % family)
        table([row for row in fine if row.case.family == family], limits, fastest_product, say)


def beside_jax(rows, families, say):
    """How the rows that JAX has too, results left in the graph, compare with it."""
    rows = [row._replace(theirs=row.jax) for row in rows if not math.isnan(row.jax) and row.jax >= LEAST]
    if not rows:
        return
    say("\n%d rows beside JAX (compiled, results left in place), %d of them slower than it; geometric mean of the ratios %.3f" % (
        len(rows), sum(row.ours > row.theirs for row in rows), mean_ratio(rows)))
    by_family(rows, families, "JAX", say)


def by_family(rows, families, peer, say):
    """A line for each family: how its rows compare with those of `peer`."""
    say("\n| family | rows | slower | geometric mean | the slowest beside %s |\n| --- | ---: | ---: | ---: | --- |" % peer)
    for family in families:
        part = [row for row in rows if row.case.family == family]
        if part:
            worst = max(part, key=ratio)
            say("| %s | %d | %d | %.3f | %.2f times: %s |" % (
                family, len(part), sum(row.ours > row.theirs for row in part), mean_ratio(part), ratio(worst), describe(worst).replace(" | ", ", ")))


def table(rows, limits, fastest_product, say):
    """A line for each case: its time and speed, results consumed, on the least threads, and the ratios to TensorFlow's times."""
    ways = sorted({(row.threads, row.what) for row in rows})
    say("| op | operands | here (ms) | reached | of the limit | %s |" % " | ".join("%d, %s" % way for way in ways))
    say("| --- | --- | ---: | ---: | ---: |%s" % (" ---: |" * len(ways)))
    cases = collections.OrderedDict()
    for row in rows:
        cases.setdefault(describe(row), {})[row.threads, row.what] = row
    for case, found in cases.items():
        row = min(found.values(), key=lambda row: (row.threads, row.what))
        speed, share = reached(row, limits, fastest_product)
        ratios = []
        for way in ways:
            other = found.get(way)
            ratios.append("%.2f" % (other.ours / other.theirs) if other and other.theirs >= LEAST else "")
        say("| %s | %.4f | %s | %.0f %% | %s |" % (case, row.ours, speed, 100 * share, " | ".join(ratios)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="REGEX", help="only cases whose line in ops.tsv this is found in")
    parser.add_argument("--quick", action="store_true", help="results consumed only, two rounds")
    parser.add_argument("--threads", default="1,2", help="numbers of threads, by default 1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--milliseconds", type=float, default=6, help="how long a round lasts at least")
    parser.add_argument("--out", help="where the table goes instead of to the standard output")
    parser.add_argument("--bench", default=os.path.join(
        os.environ.get("CARGO_TARGET_DIR", os.path.join(FOLDER, "../../target")), "release/examples/bench"))
    parser.add_argument("--jax", metavar="PYTHON", help="a Python that has JAX, to be asked as well")
    parser.add_argument("--serve", type=int, metavar="THREADS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return Server(options.serve).serve()
    if options.quick:
        options.rounds = 2
    threads = [int(n) for n in options.threads.split(",")]
    ours = {n: Peer([options.bench, "ops", str(n), "--serve"]) for n in threads}
    theirs = {n: Peer([sys.executable, os.path.abspath(__file__), "--serve", str(n)]) for n in threads}
    jax_server = os.path.join(FOLDER, "ops_jax.py")
    jax = {n: Peer([options.jax, jax_server, str(n)]) if options.jax else None for n in threads}
    rows, begin = [], time.time()
    chosen = [case for case in cases() if re.search(options.only, case.line)]
    for i, case in enumerate(chosen):
        for way in case.ways:
            # One thread does for little.
            for n in threads if size(case) > 10000 else threads[:1]:
                rows += measure(case, way, n, ours[n], theirs[n], jax[n], options)
        print("\r%d of %d, %.0f s " % (i + 1, len(chosen), time.time() - begin), end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    with open(options.out, "w") if options.out else os.fdopen(os.dup(1), "w") as out:
        write(rows, Limits(ours), out)


if __name__ == "__main__":
    main()
