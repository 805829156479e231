"""Saving and restoring in TensorFlow 1.15, measured as the workload `checkpoint` of this benchmark does it.

    python examples/bench/checkpoint.py [MEGABYTES [THREADS]]

The folder for temporary files is where the checkpoints go: with TMPDIR=/dev/shm the disk has no part in the times.
"""
import os
import shutil
import sys
import tempfile
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
CALLS = 5
MEGABYTES = int(sys.argv[1]) if len(sys.argv) > 1 else 200
THREADS = int(sys.argv[2]) if len(sys.argv) > 2 else 2


def status(key):
    """A line of /proc/self/status, in MB."""
    with open("/proc/self/status") as lines:
        return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(key + ":"))


def measured(call):
    """A call's milliseconds, those of the processors, and by how many MB it raises the process's memory at the most."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = status("VmRSS")
    start, processors = time.perf_counter(), time.process_time()
    call()
    return (time.perf_counter() - start) * 1e3, (time.process_time() - processors) * 1e3, status("VmHWM") - before


def report(variant, results):
    times, processors, peaks = zip(*results)
    times = sorted(times)
    print('{"peer":"tensorflow","workload":"checkpoint","variant":"%s","threads":%d,"median_ms":%.3f,"min_ms":%.3f,'
          '"max_ms":%.3f,"cpu_ms":%.0f,"n":%d,"peak_mb":%.1f}' % (
              variant, THREADS, times[len(times) // 2], times[0], times[-1], min(processors), len(times), max(peaks)),
          flush=True)


def session():
    config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=THREADS, inter_op_parallelism_threads=THREADS)
    return tf.compat.v1.Session(config=config)


def checkpoint(megabytes, count, folder):
    tf.compat.v1.reset_default_graph()
    for i in range(count):
        tf.compat.v1.get_variable("v%04d" % i, [megabytes * 250000 // count], initializer=tf.random_uniform_initializer())
    init = tf.compat.v1.global_variables_initializer()
    saver = tf.compat.v1.train.Saver(max_to_keep=None)
    name = "%d MB in %d" % (megabytes, count)
    prefix = os.path.join(folder, "m")

    def save(session):
        saver.save(session, prefix, write_meta_graph=False, write_state=False)

    with session() as old:
        old.run(init)
        saves = []
        for _ in range(CALLS):
            for file in os.listdir(folder):
                os.remove(os.path.join(folder, file))
            saves.append(measured(lambda: save(old)))
        report("save " + name, saves)
        report("restore " + name, [measured(lambda: saver.restore(old, prefix)) for _ in range(CALLS)])
    firsts = []
    for _ in range(CALLS):
        with session() as new:
            firsts.append(measured(lambda: saver.restore(new, prefix)))
    report("restore first " + name, firsts)


for count in (1, 20):
    folder = tempfile.mkdtemp()
    try:
        checkpoint(MEGABYTES, count, folder)
    finally:
        shutil.rmtree(folder)
