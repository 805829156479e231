//! Messages that the crate puts in words of its own.

/// Words of TensorFlow's message, and what of it ours must say.
type Words = (&'static str, &'static [&'static str]);

const WORDS: &[Words] = &[
    // Names of Python's functions and arguments.
    (
        " already exists, disallowed. Did you mean",
        &["already exists, disallowed."],
    ),
    (
        " does not exist, or was not created with tf.get_variable()",
        &["does not exist, or was not created with"],
    ),
    (
        "No gradient defined for operation '",
        &["No gradient defined for op"],
    ),
    // Types that are not there yet.
    (
        "expected: [tf.float32, tf.float64, tf.float16",
        &["Invalid type tf.", "expected: [tf.float32, tf.float64"],
    ),
    (
        "not in list of allowed values: bfloat16",
        &["not in list of allowed values: "],
    ),
    (
        "not in list of allowed values: int32, int64, bfloat16",
        &["not in list of allowed values: "],
    ),
    // A layer has a name of its own there, which is counted.
    (
        " is incompatible with the layer: ",
        &[
            "Input 0 of layer ",
            "is incompatible with the layer: ",
            "Full shape received: ",
        ],
    ),
    // The rule for shapes refuses what only the kernel refuses there, or says it for both.
    (
        "input depth must be evenly divisible by filter depth",
        &["is not a multiple of input depth of filter"],
    ),
    (
        "input must have at least k columns",
        &["input must have last dimension >= k"],
    ),
    (
        "input must be at least 2-dim, received shape",
        &["Shape must be at least rank 2 but is rank 1"],
    ),
    // Shapes that only the run knows are held against the crate's rule, where TensorFlow has an
    // assertion.
    (
        "assertion failed: [Need value.shape >= size, got ]",
        &["Expected size[0] in"],
    ),
];

/// What our message must say where TensorFlow says `message`, if that is not its first sentence.
pub fn of(message: &str) -> &'static [&'static str] {
    let found = WORDS.iter().find(|(theirs, _)| message.contains(theirs));
    found.map_or(&[], |(_, ours)| ours)
}
