//! What is to become of each line.

/// What becomes of a line.
#[derive(Debug)]
pub enum Fate {
    Compiles,
    /// It is refused, and these sentences are among what the compiler says.
    Refused(&'static [&'static str]),
}

use Fate::{Compiles, Refused};

const GIVE_THE_TYPE: Fate =
    Refused(&["argument #2 of type `ElementType<", "dtype: ElementType<R>"]);
const WRITE_A_FLOAT: Fate = Refused(&[
    "cannot stand for a tensor whose elements are of type `f32`",
    "`2.0` instead of `2`",
    "is converted by `k as f32`",
]);

/// The lines of `cases/lines.tsv`: the name, the line in the form that it shall have if that is not
/// the one that is typed, and its fate.
///
/// Two of them cannot compile in any Rust: in an array all elements have one type, and a tensor is
/// not a number; and `-1` is not a `usize`. As tuples they do.
pub const IN_THE_CASES: &[(&str, Option<&str>, Fate)] = &[
    ("cast_tffloat", None, Compiles),
    ("cast_method", None, Compiles),
    ("cast_bare_let", None, GIVE_THE_TYPE),
    ("cast_bare_two", None, GIVE_THE_TYPE),
    ("cast_one", None, GIVE_THE_TYPE),
    ("mean_i32", None, Compiles),
    ("mean_usize", None, Compiles),
    ("mean_refarr", None, Compiles),
    ("ph_none", None, Compiles),
    ("op_int", None, WRITE_A_FLOAT),
    ("op_f64", None, WRITE_A_FLOAT),
    ("maximum_int", None, WRITE_A_FLOAT),
    ("op_addassign", None, Compiles),
    ("op_sum", None, Compiles),
    ("op_sum_addn", None, Compiles),
    ("op_addn_arr", None, Compiles),
    ("concat_ref", None, Compiles),
    (
        "reshape_usize",
        Some("let n = 28usize; let a = tf::reshape(&x, (-1, n * n));"),
        Compiles,
    ),
    ("reshape_usize2", None, Compiles),
    (
        "reshape_arr",
        Some("let a = tf::reshape(&x, (tf::shape(&x).index(0), 3));"),
        Compiles,
    ),
    (
        "range1",
        None,
        Refused(&["two arguments are missing", "/* limit */, /* delta */"]),
    ),
    ("opt_default2", None, Compiles),
    (
        "opt_step",
        Some(
            "let s = tf::train::get_or_create_global_step(&graph); let t = tf::train::AdamOptimizer::new(0.1).minimize_with(&loss, &s);",
        ),
        Compiles,
    ),
    (
        "dense3",
        Some("let h = tf::layers::dense_with(&x, 10, tf::nn::relu);"),
        Compiles,
    ),
    (
        "squeeze",
        Some("let v = tf::squeeze_with(&x, 1);"),
        Compiles,
    ),
    (
        "transpose",
        Some("let v = tf::transpose_with(&x, [1, 0]);"),
        Compiles,
    ),
    ("feed_vec", None, Compiles),
    ("feed_arr", None, Compiles),
    ("feed_slice", None, Compiles),
    ("feed_slice2", None, Compiles),
    ("feed_nested", None, Compiles),
    ("feed_ref", None, Compiles),
    ("feed_kept", None, Compiles),
    ("prepare_empty", None, Compiles),
    ("feed_f64", None, Refused(&["expected `f32`, found `f64`"])),
    (
        "feed_none",
        None,
        Refused(&["argument #2", "feeds: impl Feeds<'a>"]),
    ),
    (
        "fetch_scalar",
        None,
        Refused(&["expected `f32`, found `ArrayBase"]),
    ),
    ("fetch_step", None, Compiles),
    (
        "fetch_var2d",
        Some("let v: Array2<f32> = sess.run(w.array2(), [])?;"),
        Compiles,
    ),
    ("fetch_var2d_b", None, Compiles),
    ("grad_vars", None, Compiles),
    ("grad_tuple", None, Compiles),
    ("fn_ref_var", None, Compiles),
    ("err_shape", None, Compiles),
    ("err_io", None, Compiles),
    ("losses_add", None, Compiles),
    ("reg_loss", None, Compiles),
    ("name_scope", None, Compiles),
    (
        "clip_grads",
        Some(
            "let o = tf::train::AdamOptimizer::new(0.1); let l = tf::reduce_sum(tf::matmul(&x, &w), ..); let gv = o.compute_gradients(&l); \
             let gv: Vec<_> = gv.into_iter().map(|(g, v)| (g.map(|g| g.map(|g| tf::clip_by_value(g, -1.0, 1.0))), v)).collect(); \
             let t = o.apply_gradients(gv);",
        ),
        Compiles,
    ),
    ("group", None, Compiles),
    ("const_float", None, Compiles),
    ("var_float", None, Compiles),
    ("cast_mask_sum", None, GIVE_THE_TYPE),
    ("where3", None, Refused(&["condition: impl IntoTensor<T>"])),
    (
        "getvar_noinit",
        None,
        Refused(&["argument #3", "/* initializer */"]),
    ),
    (
        "fetch_list_mixed",
        None,
        Refused(&["expected `&Operation`, found `&Tensor`"]),
    ),
    (
        "sess_new",
        None,
        Refused(&["argument #1 of type `&tf1::Graph`"]),
    ),
    ("range_g", None, Compiles),
];

/// Lines of the same kinds.
pub const OWN: &[(&str, &str, Fate)] = &[
    (
        "fetch_number",
        "let l = sess.run(1, [])?;",
        Refused(&["cannot be fetched", "`loss.scalar()` for a number"]),
    ),
    (
        "initializer_number",
        "let v = graph.get_variable::<f32>(\"v\", [2, 3], 0.1);",
        Refused(&[
            "is not an initializer of variables of `f32`",
            "tf::initializers::constant(0.1)",
        ]),
    ),
    (
        "element_type",
        "let z = graph.zeros::<u16>([2]);",
        Refused(&["`u16` is not an element type of tensors"]),
    ),
    (
        "silent_f64_zeros",
        "let h = tf::maximum(tf::reduce_sum(graph.zeros([3]), ..), 1.0);",
        Refused(&["type annotations needed"]),
    ),
    (
        "silent_f64_variable",
        "let v = graph.get_variable(\"v\", [3], tf::initializers::zeros()); let h = v * 2.0;",
        Refused(&["type annotations needed"]),
    ),
    (
        "silent_f64_array",
        "let v = graph.get_variable(\"v\", [2], tf::initializers::zeros()); let h = tf::add(&v, [1.0, 2.0]);",
        Refused(&["type annotations needed"]),
    ),
    (
        "type_from_tensors",
        "let v = graph.get_variable(\"v\", [3], tf::initializers::zeros()); let h: tf::Tensor = &x * (v * 2.0);",
        Compiles,
    ),
    (
        "silent_f64_case",
        "let e = graph.get_variable::<f32>(\"e\", [50, 16], tf::initializers::random_uniform()); let ids = graph.placeholder::<i32>(\"ids\", tf::shape![?, 14]); let mask = tf::cast(tf::not_equal(&ids, 0), tf::float32); let length = tf::reduce_sum(&mask, tf::Axes::from(1).keepdims()); let mean: tf::Tensor = tf::reduce_sum(tf::nn::embedding_lookup(&e, &ids) * tf::expand_dims(&mask, -1), 1) / tf::maximum(length, 1.0);",
        Compiles,
    ),
    (
        "scalar_shapes",
        "let p = graph.placeholder::<f32>(\"p\", []); let q = graph.placeholder::<f32>(\"q\", ()); let r = tf::reshape(&p, []); let z = graph.zeros::<f32>([]); let v = graph.get_variable::<f32>(\"s\", [], tf::initializers::zeros());",
        Compiles,
    ),
    (
        "shape_of_i64",
        "let n = 5i64; let z = graph.zeros::<f32>([n, 2]); let f = graph.fill([n, 2], 1.0f32);",
        Compiles,
    ),
    (
        "shape_mixed",
        "let (n, m) = (5i32, 6usize); let z = graph.zeros::<f32>((n, m));",
        Compiles,
    ),
    (
        "shape_vec",
        "let s = vec![2usize, 3]; let z = graph.zeros::<f32>(&s); let t = tf::reshape(&z, &s); let u = tf::reshape(&z, s);",
        Compiles,
    ),
    (
        "shape_float",
        "let z = graph.zeros::<f32>([2.0, 3.0]);",
        Refused(&[
            "cannot stand for whole numbers, such as an axis, a shape or a count",
            "write numbers without a decimal point",
        ]),
    ),
    (
        "reshape_float",
        "let z = tf::reshape(&x, [1.0, 3.0]);",
        Refused(&["cannot stand for whole numbers", "without a decimal point"]),
    ),
    (
        "reshape_text",
        "let z = tf::reshape(&x, \"-1\");",
        Refused(&["cannot stand for whole numbers"]),
    ),
    (
        "axis_text",
        "let m = tf::reduce_mean(&x, \"rows\");",
        Refused(&["does not say which axes to combine"]),
    ),
    (
        "axis_last",
        "let axis = -1i64; let m = tf::reduce_sum(&x, axis); let a = tf::argmax(&x, axis); let c = tf::concat([&x, &y], axis); let s = tf::stack([&x, &y], 0usize); let e = tf::expand_dims(&x, axis);",
        Compiles,
    ),
    ("no_axes", "let m = tf::reduce_mean(&x, []);", Compiles),
    (
        "argmax_i32",
        "let a: tf::Tensor<i32> = tf::argmax_with(&x, tf::int32);",
        Compiles,
    ),
    (
        "cast_wrong",
        "let a = tf::cast(&x, f32);",
        Refused(&["expected value, found builtin type `f32`"]),
    ),
    (
        "cast_name",
        "let a = tf::cast(&x, \"float32\");",
        Refused(&["expected `ElementType<_>`, found `&str`"]),
    ),
    (
        "variable_methods",
        "let s: f32 = sess.run(tf::reduce_sum(&w, ..).scalar(), [])?; let n: Array2<f32> = sess.run(w.array2(), [])?; let c = w.cast::<f64>(); let i = w.index(0); let p = w.pow(2.0);",
        Compiles,
    ),
    (
        "variable_sum",
        "let s: tf::Tensor = [tf::nn::l2_loss(&w), tf::nn::l2_loss(&b)].into_iter().sum();",
        Compiles,
    ),
    (
        "feeds_kept_array",
        "let feeds = [x.feed([[1.0, 2.0, 3.0]])]; sess.run(&x, &feeds)?; sess.run(&x, &feeds[..])?;",
        Compiles,
    ),
    (
        "feed_bool",
        "let r = sess.run(&x, [x.feed(true)])?;",
        Refused(&["`bool` cannot be fed to a tensor whose elements are of type `f32`"]),
    ),
    (
        "feed_not_a_list",
        "let r = sess.run(&x, x.feed([[1.0, 2.0, 3.0]]))?;",
        Refused(&["is not a list of feeds", "to feed nothing"]),
    ),
    (
        "prepare_types",
        "let p = sess.prepare((&x, &labels), (&x, &labels))?;",
        Compiles,
    ),
    (
        "gradients_of_loss",
        "let g = tf::gradients((&loss, tf::reduce_sum(&x, ..)), [&x, &y]);",
        Compiles,
    ),
    (
        "gradients_text",
        "let g = tf::gradients(&loss, \"w\");",
        Refused(&["gradients cannot be taken with respect to `str`"]),
    ),
    (
        "dense_closure",
        "let h = tf::layers::dense_with(&x, 10usize, |h: tf::Tensor| tf::nn::leaky_relu(h));",
        Compiles,
    ),
    (
        "options",
        "let a = tf::gather_with(&x, [0, 2], 1); let b = tf::nn::softmax_with(&x, 0); let c = tf::cumsum_with(&x, 1); let d = graph.constant_with(1.0f32, [2, 3]); let e = tf::one_hot_with(&labels, 5, tf::int32); let f = graph.random_normal_with([2, 3], 0.1f32); let g = graph.random_uniform_with([2], -1.0f32..1.0);",
        Compiles,
    ),
    (
        "zeros_by_a_length_of_the_run",
        "let z = graph.zeros::<f32>((tf::shape(&x).index(0), 5)); let o = graph.ones::<f32>(tf::shape(&x)); let t = graph.ones::<f32>(3);",
        Compiles,
    ),
    (
        "placeholder_of_a_vector",
        "let q = graph.placeholder::<i32>(\"q\", [None]); let r = graph.placeholder::<f32>(\"r\", [None, None, Some(3)]); let s = graph.get_variable::<f32>(\"s\", 3, tf::initializers::zeros());",
        Compiles,
    ),
    (
        "lists_of_lists",
        "let v = sess.run(&loss, [x.feed(vec![vec![1.0, 2.0, 3.0]]), y.feed(&vec![[1.0, 2.0, 3.0]])])?; let c = graph.constant(vec![vec![1.0f32, 2.0]]);",
        Compiles,
    ),
    (
        "a_counter",
        "let step = graph.variable_with(0i64, false);",
        Compiles,
    ),
    (
        "initializers_at_the_root",
        "let a = graph.get_variable::<f32>(\"a\", [3, 2], tf::truncated_normal_initializer().stddev(0.1)); let b = graph.get_variable::<f32>(\"b\", [2], tf::zeros_initializer()); let c = graph.get_variable::<f32>(\"c\", [2], tf::constant_initializer(0.1)); let d = graph.get_variable::<f32>(\"d\", [3, 2], tf::contrib::layers::xavier_initializer());",
        Compiles,
    ),
    (
        "options_of_numbers",
        "let a = graph.random_normal_with::<f32>([2, 3], (0.0, 0.1)); let b = graph.random_uniform_with::<f32>([2], (-1.0, 1.0)); let c = graph.eye_with::<f32>(3, 5); let (q, r) = tf::qr_with(&x, true); let d = tf::nn::l2_normalize_with(&x, 1, 1e-8f32); let e = tf::nn::leaky_relu_with(&x, 0.1);",
        Compiles,
    ),
    ("int_on_the_left", "let a = 1 - &x;", WRITE_A_FLOAT),
    (
        "int_on_the_left_of_a_variable",
        "let a = 2 * &w;",
        WRITE_A_FLOAT,
    ),
    (
        "f64_on_the_left",
        "let k: f64 = 2.0; let a = k * &x;",
        WRITE_A_FLOAT,
    ),
    (
        "f64_on_the_left_of_a_variable",
        "let k: f64 = 2.0; let a = k / w;",
        WRITE_A_FLOAT,
    ),
    (
        "numbers_on_the_left",
        "let a = 1 - &labels; let b = 1.0 - &x; let c = 2.0 * w; let d = 1.0f32 / (1.0 + tf::exp(-&x)); let e = 2u8 * graph.zeros::<u8>([2]); let f = 0.5 * (tf::nn::l2_loss(&b) + 1.0); let g = 1.0 - graph.zeros::<f64>([2]); let h = 3 * graph.zeros::<i32>([2]);",
        Compiles,
    ),
    (
        "feeds_of_pairs",
        "let rows = vec![[1.0f32, 2.0, 3.0]]; let name = String::from(\"x:0\"); sess.run(&x, vec![(&x, &rows)])?; sess.run(&x, [(&name, &rows)])?; sess.run(&loss, ((x.clone(), &rows), (y.clone(), &rows)))?;",
        Compiles,
    ),
    (
        "initial_values_give_the_shape",
        "let a = graph.get_variable::<f32>(\"a\", .., [1.0, 2.0]); let b = graph.get_variable::<f32>(\"b\", .., vec![1.0, 2.0]); let c = graph.get_variable::<f32>(\"c\", .., &arr1(&[1.0, 2.0])); let t = tf::tuple([&x, &y]);",
        Compiles,
    ),
    (
        "none_in_a_shape",
        "let a = graph.placeholder::<f32>(\"a\", tf::shape![None, 20]); let s = tf::train::get_or_create_global_step(&graph); let lr = tf::train::exponential_decay_with(0.1, &s, 1000, 0.96, true);",
        Compiles,
    ),
    (
        "kept_axes",
        "let a = tf::reduce_sum(&x, tf::keepdims(1)); let b = tf::reduce_mean(&x, tf::keepdims([0, 1])); let c = tf::reduce_max(&x, tf::keepdims(..));",
        Compiles,
    ),
    (
        "inclusive_ranges",
        "let a = x.index(..=1); let b = x.index((.., 0..=1)); let c = x.index((.., ..=-2));",
        Compiles,
    ),
    (
        "sum_of_variables",
        "let a: tf::Tensor = [&b, &b].into_iter().sum(); let c: tf::Tensor = graph.trainable_variables_of::<f32>().iter().take(1).sum();",
        Compiles,
    ),
    (
        "wait_for_one",
        "let a = b.assign_add([1.0, 1.0]); let c = graph.control_dependencies(&a, || tf::identity(&x)); let d = graph.control_dependencies((), || tf::identity(&x)); let e = tf::group(&a);",
        Compiles,
    ),
    (
        "logical_assignment",
        "let mut t = tf::equal(&x, &y); t &= tf::less(&x, &y); t |= tf::greater(&x, 0.0); t ^= true;",
        Compiles,
    ),
    (
        "batch_normalization_of_variables",
        "let (m, v) = tf::nn::moments(&w, 0); let a = tf::nn::batch_normalization(&w, &m, &v, &b, &b, 1e-3); let c = tf::nn::batch_normalization(&w, &m, &v, None, Some(&m), 1e-3);",
        Compiles,
    ),
    (
        "clip_by_norm_of_gradients",
        "let (g, _) = tf::clip_by_global_norm(tf::gradients(&loss, [&w]), 5.0); let gs = tf::gradients(&loss, graph.trainable_variables()); let (h, norm) = tf::clip_by_global_norm(gs, 5.0); let n = tf::global_norm(&h);",
        Compiles,
    ),
    (
        "float_of_integers",
        "let e = tf::exp(&labels);",
        Refused(&[
            "`i64` is not a floating-point type",
            "convert first: `tf::cast(&x, tf::float32)` or `x.cast::<f32>()`",
        ]),
    ),
    (
        "softmax_of_integers",
        "let e = tf::nn::softmax(&labels);",
        Refused(&["`i64` is not a floating-point type", "convert first:"]),
    ),
    (
        "sum_of_bools",
        "let e = tf::reduce_sum(&correct, ..);",
        Refused(&["`bool` is not a type of numbers", "convert first:"]),
    ),
    (
        "labels_that_are_floats",
        "let e = tf::one_hot(&x, 10);",
        Refused(&[
            "`f32` is not an integer type that indices and labels can have",
            "`tf::cast(&x, tf::int64)`",
        ]),
    ),
    (
        "product_of_bools",
        "let e = tf::matmul(&correct, &correct);",
        Refused(&["matrices of `bool` cannot be multiplied", "convert first:"]),
    ),
    (
        "index_by_a_float",
        "let e = x.index(1.0);",
        Refused(&["`{float}` is not an index", "write `x.index(0)`"]),
    ),
    (
        "constant_of_a_tuple",
        "let e = graph.constant((1.0, 2.0));",
        Refused(&[
            "cannot become a constant of",
            "`graph.constant([[1.0f32, 2.0], [3.0, 4.0]])`",
        ]),
    ),
    (
        "concat_of_one",
        "let e = tf::concat(&x, 0);",
        Refused(&["is not a list of tensors of", "write `[&x, &y]`"]),
    ),
    (
        "assign_to_a_number",
        "let e = tf::assign(1.0f32, 2.0f32);",
        Refused(&["cannot be given a new value", "`v.assign(value)`"]),
    ),
    (
        "wait_for_a_number",
        "let e = graph.control_dependencies(3, || tf::identity(&x));",
        Refused(&[
            "is not a list of what can be waited for",
            "write `[&train, &update]`",
        ]),
    ),
    (
        "gradient_that_is_a_number",
        "let e = tf::train::AdamOptimizer::new(0.1).apply_gradients([(1.0f32, &w)]);",
        Refused(&["cannot stand for a gradient", "as `compute_gradients` does"]),
    ),
    (
        "regularizer_that_is_a_number",
        "let e = tf::VariableOptions::new().regularizer(0.01);",
        Refused(&[
            "`{float}` is not a regularizer",
            "`tf::layers::l2_regularizer(0.01)`",
        ]),
    ),
    (
        "norm_of_numbers",
        "let e = tf::clip_by_global_norm([1.0f32, 2.0], 5.0);",
        Refused(&[
            "`f32` is not a gradient or a tensor of floats",
            "what `tf::gradients` gives",
        ]),
    ),
    (
        "variable_of_a_name",
        // A text, as in TensorFlow; what is wrong shows where it meets a number.
        "let e: tf::Variable<tf::Bytes> = graph.variable(\"w\");",
        Compiles,
    ),
    (
        "padding_and_products",
        "let a = tf::pad_with(&x, [[1, 1], [0, 2]], \"REFLECT\"); let b = tf::pad_with(&x, [[1, 1], [0, 2]], 1.5); let c = tf::matmul_with(&x, &x, (false, true)); let d = tf::pad_with(&x, [[1, 1], [0, 2]], tf::Pad::new().constant_values(c.index((0, 0))));",
        Compiles,
    ),
    (
        "loss_weights",
        "let l = tf::losses::mean_squared_error_with(&x, &y, 0.5); let m = tf::losses::mean_squared_error_with(&x, &y, &y);",
        Compiles,
    ),
    (
        "labels_swapped",
        "let l = tf::nn::softmax_cross_entropy_with_logits(&x, &y);",
        Refused(&[
            "expected `Labels<",
            "try wrapping the expression in `tf1::nn::Labels`",
        ]),
    ),
    (
        "labels_named",
        "let l = tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(&x), tf::nn::Logits(&y));",
        Compiles,
    ),
    (
        "assigning",
        "let mut l = loss.clone(); l -= 1.0; l *= &loss; l /= 2.0;",
        Compiles,
    ),
    (
        "ranges",
        "let a = graph.range(10); let b = graph.range(0..10i64); let c = graph.range((1.0f32, 2.0, 0.5)); let d = graph.range(tf::shape(&x).index(0));",
        Compiles,
    ),
    (
        "minimize_number",
        "let t = tf::train::AdamOptimizer::new(0.1).minimize(1.0);",
        Refused(&["is not a handle on a tensor"]),
    ),
    (
        "scope_name",
        "let t = graph.name_scope_as(\"s\", |scope| tf::identity(&x).named(scope));",
        Compiles,
    ),
];

/// Functions whose documentation says in its first line what rustc cannot: the file, the function,
/// and what stands there.
pub const DOCUMENTED: &[(&str, &str, &[&str])] = &[
    (
        "src/ops/array/source/range.rs",
        "pub fn range<",
        &["graph.range(10)"],
    ),
    (
        "src/session/mod.rs",
        "pub fn run<",
        &["`loss.scalar()`", "as a tuple"],
    ),
    (
        "src/ops/math/cast.rs",
        "pub fn cast<T",
        &["tf::cast(&x, tf::float32)"],
    ),
    (
        "src/ops/array/picking/mask.rs",
        "pub fn where_<",
        &["`select`"],
    ),
    (
        "src/variables/get_variable.rs",
        "pub fn get_variable<",
        &["glorot_uniform"],
    ),
    (
        "src/ops/array/source/constant.rs",
        "pub fn constant<",
        &["of the type of `value`"],
    ),
    (
        "src/variables/graph.rs",
        "pub fn variable<",
        &["and its type"],
    ),
];
