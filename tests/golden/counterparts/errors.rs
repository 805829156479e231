//! `errors/errors.json`: common mistakes.

use ndarray::{Array2, arr0, arr1, arr2};
use tf1::train::{AdamOptimizer, GradientDescentOptimizer, Optimizer};
use tf1::{Graph, Reuse, Session, Variable, VariableScope, initializers, shape};

use super::python;
use super::{Row, does, lacks, says};

/// What Rust's compiler refuses, so that it cannot go wrong when run.
const ELEMENT_TYPES: &str = "compile-time: element types";
const FEEDS_AND_FETCHES: &str = "compile-time: what can be fed and fetched";
const REQUIRED_ARGUMENTS: &str = "compile-time: required and named arguments";
const NOT_PYTHON_VALUES: &str = "compile-time: a tensor is not a bool, number or iterator";
const LITERALS: &str = "compile-time: literals";
const NO_DEFAULTS: &str = "compile-time: no default graph or session";

pub const ROWS: &[Row] = &[
    does("unfed_placeholder", |_| {
        let g = Graph::new();
        let y = g.placeholder::<f32>("x", ..) * 2.0;
        Session::new(&g)?.run(&y, []).map(drop)
    }),
    does("unfed_placeholder_shape", |_| {
        let g = Graph::new();
        let y = tf1::reduce_sum(g.placeholder::<f32>("X", shape![?, 3]), ..);
        Session::new(&g)?.run(&y, []).map(drop)
    }),
    does("uninitialised_variable", |_| {
        let g = Graph::new();
        let v = g.variable(1.0f32).named("v");
        Session::new(&g)?.run(&v, []).map(drop)
    }),
    does("uninitialised_get_variable", |_| {
        let g = Graph::new();
        let w = g.get_variable("W1", [2, 3], initializers::zeros());
        Session::new(&g)?.run(&w + 1.0f32, []).map(drop)
    }),
    does("matmul_shape_build", |_| {
        let g = Graph::new();
        tf1::matmul(g.placeholder::<f32>("", [2, 3]), g.placeholder("", [4, 5]));
        g.check()
    }),
    does("matmul_rank_build", |_| {
        let g = Graph::new();
        tf1::matmul(g.zeros::<f32>([3]), g.zeros([3, 5]));
        g.check()
    }),
    says("matmul_shape_run", &["[2,3]", "[4,5]"], |_| {
        let g = Graph::new();
        let (a, b) = (
            g.placeholder::<f32>("a", shape![?, ?]),
            g.placeholder("b", shape![?, ?]),
        );
        let c = tf1::matmul(&a, &b).named("c");
        let (ones_a, ones_b) = (Array2::ones([2, 3]), Array2::ones([4, 5]));
        Session::new(&g)?
            .run(&c, [a.feed(&ones_a), b.feed(&ones_b)])
            .map(drop)
    }),
    lacks("matmul_dtype", ELEMENT_TYPES),
    does("add_shape_build", |_| {
        let g = Graph::new();
        tf1::add(g.zeros::<f32>([2, 3]), g.zeros([4]));
        g.check()
    }),
    does("add_shape_build_operator", |_| {
        let g = Graph::new();
        let _ = g.zeros::<f32>([3]) + g.zeros([4]);
        g.check()
    }),
    says("add_shape_run", &["[3]", "[4]"], |_| {
        let g = Graph::new();
        let (a, b) = (g.placeholder::<f32>("a", ..), g.placeholder("b", ..));
        let sum = tf1::add(&a, &b).named("sum");
        let (a_value, b_value) = (arr1(&[1.0, 2.0, 3.0]), arr1(&[1.0; 4]));
        Session::new(&g)?
            .run(&sum, [a.feed(&a_value), b.feed(&b_value)])
            .map(drop)
    }),
    lacks("add_dtype", ELEMENT_TYPES),
    lacks("operator_dtype", ELEMENT_TYPES),
    lacks("operator_python_float_on_int", ELEMENT_TYPES),
    does("feed_wrong_shape", |_| {
        let g = Graph::new();
        let x = g.placeholder::<f32>("x", shape![?, 3]);
        let zeros = Array2::zeros([2, 9]);
        Session::new(&g)?.run(&x, [x.feed(&zeros)]).map(drop)
    }),
    does("feed_wrong_rank", |_| {
        let g = Graph::new();
        let x = g.placeholder::<f32>("x", [3]);
        Session::new(&g)?.run(&x * 1.0, [x.feed(5.0)]).map(drop)
    }),
    lacks("feed_string_for_float", ELEMENT_TYPES),
    lacks("feed_float_for_int", ELEMENT_TYPES),
    lacks("feed_tensor", FEEDS_AND_FETCHES),
    says(
        "feed_key_not_tensor",
        &["The name 'nope:0' refers to a Tensor which does not exist."],
        |_| {
            let g = Graph::new();
            let x = g.placeholder::<f32>("x", ..);
            let one = arr0(1.0f32).into();
            Session::new(&g)?
                .run(&x, [g.get_tensor_by_name("nope:0")?.feed(&one)?])
                .map(drop)
        },
    ),
    says(
        "feed_key_other_graph",
        &[
            "is not an element of this",
            "Tensor(\"p:0\", dtype=float32)",
        ],
        |_| {
            let (g, other) = (Graph::new(), Graph::new());
            let p = other.placeholder::<f32>("p", ..);
            let x = g.constant(1.0f32);
            Session::new(&g)?.run(&x, [p.feed(1.0)]).map(drop)
        },
    ),
    does("feed_variable_like_const_ok", |out| {
        let g = Graph::new();
        let x = g.constant(1.0f32);
        let result = Session::new(&g)?.run((&x + 1.0).scalar(), [x.feed(5.0)])?;
        out.print(format!("{result:?}"));
        Ok(())
    }),
    says(
        "fetch_other_graph",
        &[
            "is not an element of this",
            "Tensor(\"a:0\", shape=(), dtype=float32)",
        ],
        |_| {
            let (g, other) = (Graph::new(), Graph::new());
            g.constant(0.0f32);
            let a = other.constant(1.0f32).named("a");
            Session::new(&g)?.run(&a, []).map(drop)
        },
    ),
    says(
        "fetch_unknown_name",
        &["The name 'missing:0' refers to a Tensor which does not exist."],
        |_| {
            let g = Graph::new();
            g.constant(1.0f32);
            Session::new(&g)?
                .run(g.get_tensor_by_name("missing:0")?, [])
                .map(drop)
        },
    ),
    does("fetch_op_name_without_index", |out| {
        let g = Graph::new();
        g.constant(1.0f32).named("a");
        let () = Session::new(&g)?.run(g.get_operation_by_name("a")?, [])?;
        out.print("None");
        Ok(())
    }),
    lacks("fetch_bad_type", FEEDS_AND_FETCHES),
    lacks("fetch_none", FEEDS_AND_FETCHES),
    lacks("fetch_in_list_bad", FEEDS_AND_FETCHES),
    says(
        "mixed_graphs_op",
        &["Tensor(\"b:0\", shape=(), dtype=float32) must be from the same graph as"],
        |_| {
            let (g, other) = (Graph::new(), Graph::new());
            let (a, b) = (
                g.constant(1.0f32).named("a"),
                other.constant(2.0).named("b"),
            );
            tf1::add(&a, &b);
            g.check()
        },
    ),
    says(
        "variable_exists",
        &["Variable W1 already exists, disallowed."],
        |_| {
            let g = Graph::new();
            let get = || -> Variable { g.get_variable("W1", [3], initializers::default()) };
            get();
            get();
            g.check()
        },
    ),
    says(
        "variable_exists_scope",
        &["Variable layer/w already exists, disallowed."],
        |_| {
            let g = Graph::new();
            let get = || -> Variable { g.get_variable("w", [1], initializers::default()) };
            g.variable_scope("layer", get);
            g.variable_scope("layer", get);
            g.check()
        },
    ),
    says(
        "reuse_missing",
        &["Variable s/w does not exist, or was not created with"],
        |_| {
            let g = Graph::new();
            let get = || -> Variable { g.get_variable("w", [3], initializers::default()) };
            g.variable_scope(VariableScope::new("s").reuse(Reuse::Always), get);
            g.check()
        },
    ),
    does("reuse_shape_mismatch", |_| {
        let g = Graph::new();
        let get = |length| -> Variable { g.get_variable("w", [length], initializers::default()) };
        g.variable_scope("s", || get(3));
        g.variable_scope(VariableScope::new("s").reuse(Reuse::Always), || get(4));
        g.check()
    }),
    does("reuse_dtype_mismatch", |_| {
        let g = Graph::new();
        g.variable_scope("s", || {
            g.get_variable::<f32>("w", [3], initializers::default())
        });
        let again = VariableScope::new("s").reuse(Reuse::Always);
        g.variable_scope(again, || {
            g.get_variable::<f64>("w", [3], initializers::default())
        });
        g.check()
    }),
    lacks("get_variable_no_shape", REQUIRED_ARGUMENTS),
    does("get_variable_int_no_initializer", |out| {
        let g = Graph::new();
        let v = g.get_variable::<i32>("i", [2], initializers::default());
        let s = Session::new(&g)?;
        s.run(g.global_variables_initializer(), [])?;
        out.print(python::array(s.run(&v, [])?.view()));
        Ok(())
    }),
    does("no_gradients", |_| {
        let g = Graph::new();
        g.variable(1.0f32);
        GradientDescentOptimizer::new(0.1).minimize(g.constant(2.0f32));
        g.check()
    }),
    does("no_gradients_names", |_| {
        let g = Graph::new();
        g.variable([1.0f32]).named("w1");
        g.variable(2.0f32).named("w2");
        AdamOptimizer::new(0.1).minimize(tf1::square(g.placeholder::<f32>("x", ..)));
        g.check()
    }),
    does("no_variables", |_| {
        let g = Graph::new();
        GradientDescentOptimizer::new(0.1).minimize(tf1::square(g.placeholder::<f32>("x", ..)));
        g.check()
    }),
    says(
        "minimize_int_loss",
        &["Invalid type tf.int32 for mul:0, expected:"],
        |_| {
            let g = Graph::new();
            let v = g.variable(3);
            GradientDescentOptimizer::new(0.1).minimize(&v * &v);
            g.check()
        },
    ),
    does("gradients_argmax", |out| {
        let g = Graph::new();
        let x = g.placeholder::<f32>("", [3]);
        let y = tf1::cast(tf1::argmax(&x, 0), tf1::float32);
        let gradients = tf1::gradients_with(&[y.any()], &[x.any()], tf1::Gradients::new());
        out.print(format!("{gradients:?}"));
        g.check()
    }),
    does("gradients_non_scalar_ok", |out| {
        let g = Graph::new();
        let x = g.constant([1.0f32, 2.0]);
        let [gradient] = Session::new(&g)?.run(tf1::gradients(&x * &x, [&x]), [])?;
        out.print(format!("[{}]", python::repr(gradient.view())));
        Ok(())
    }),
    does("gradients_grad_ys_shape", |_| {
        let g = Graph::new();
        let x = g.constant([1.0f32, 2.0, 3.0]);
        let options = tf1::Gradients::new().grad_ys([g.ones::<f32>([2]).any()]);
        tf1::gradients_with(&[(&x * &x).any()], &[x.any()], options);
        g.check()
    }),
    does("gradients_grad_ys_count", |_| {
        let g = Graph::new();
        let x = g.constant(1.0f32);
        let options =
            tf1::Gradients::new().grad_ys([1.0f32, 2.0].map(|value| g.constant(value).any()));
        tf1::gradients_with(&[(&x * &x).any()], &[x.any()], options);
        g.check()
    }),
    does("closed_session", |_| {
        let g = Graph::new();
        let a = g.constant(1.0f32);
        let s = Session::new(&g)?;
        s.run(&a, [])?;
        s.close();
        s.run(&a, []).map(drop)
    }),
    lacks("no_default_session", NO_DEFAULTS),
    lacks("run_op_no_default_session", NO_DEFAULTS),
    lacks("empty_graph_session", NO_DEFAULTS),
    does("gather_out_of_range", |_| {
        let g = Graph::new();
        let i = g.placeholder::<i32>("i", ..);
        let rows = tf1::gather(g.constant([1.0f32, 2.0, 3.0]), &i).named("g");
        Session::new(&g)?
            .run(&rows, [i.feed(arr1(&[0, 7]))])
            .map(drop)
    }),
    does("gather_nd_out_of_range", |_| {
        let g = Graph::new();
        let i = g.placeholder::<i32>("i", [1, 2]);
        let elements = tf1::gather_nd(g.zeros::<f32>([2, 2]), &i).named("g");
        let indices = arr2(&[[5, 0]]);
        Session::new(&g)?
            .run(&elements, [i.feed(&indices)])
            .map(drop)
    }),
    does("log_negative_is_nan", |out| {
        let g = Graph::new();
        let y = tf1::log(g.constant([-1.0f32, 0.0]));
        out.print(python::array(Session::new(&g)?.run(&y, [])?.view()));
        Ok(())
    }),
    does("float_div_zero", |out| {
        let g = Graph::new();
        let y = g.constant(1.0f32) / g.constant(0.0);
        out.print(Session::new(&g)?.run(y.scalar(), [])?);
        Ok(())
    }),
    does("int_div_zero", |_| {
        let g = Graph::new();
        let x = g.placeholder::<i32>("x", ..);
        Session::new(&g)?
            .run(tf1::div(10, &x).named("q"), [x.feed(0)])
            .map(drop)
    }),
    does("int_mod_zero", |_| {
        let g = Graph::new();
        let x = g.placeholder::<i32>("x", ..);
        Session::new(&g)?
            .run(tf1::floormod(10, &x).named("q"), [x.feed(0)])
            .map(drop)
    }),
    does("sparse_ce_label_range", |_| {
        let g = Graph::new();
        let l = g.placeholder::<i32>("l", [1]);
        let ce = tf1::nn::sparse_softmax_cross_entropy_with_logits(&l, [[1.0f32, 2.0]]).named("ce");
        Session::new(&g)?.run(&ce, [l.feed(arr1(&[2]))]).map(drop)
    }),
    lacks("softmax_ce_positional", REQUIRED_ARGUMENTS),
    does("softmax_ce_shape", |_| {
        let g = Graph::new();
        tf1::nn::softmax_cross_entropy_with_logits(
            tf1::nn::Labels(g.zeros::<f32>([4, 2])),
            tf1::nn::Logits(g.zeros([2, 2])),
        );
        g.check()
    }),
    does("sigmoid_ce_shape", |_| {
        let g = Graph::new();
        tf1::nn::sigmoid_cross_entropy_with_logits(
            tf1::nn::Labels(g.zeros::<f32>([4])),
            tf1::nn::Logits(g.zeros([3])),
        );
        g.check()
    }),
    does("reshape_bad_static", |_| {
        let g = Graph::new();
        tf1::reshape(g.zeros::<f32>([2, 3]), [7]);
        g.check()
    }),
    does("reshape_bad_run", |_| {
        let g = Graph::new();
        let x = g.placeholder::<f32>("x", ..);
        let ones = ndarray::Array1::ones(7);
        Session::new(&g)?
            .run(tf1::reshape(&x, [-1, 2]).named("r"), [x.feed(&ones)])
            .map(drop)
    }),
    does("reshape_two_unknown", |_| {
        let g = Graph::new();
        let y = tf1::reshape(g.zeros::<f32>([4]), [-1, -1]);
        Session::new(&g)?.run(&y, []).map(drop)
    }),
    does("concat_mismatch", |_| {
        let g = Graph::new();
        tf1::concat([g.zeros::<f32>([2, 2]), g.zeros([2, 3])], 0);
        g.check()
    }),
    does("concat_axis_range", |_| {
        let g = Graph::new();
        tf1::concat([g.zeros::<f32>([2, 2]), g.zeros([2, 2])], 2);
        g.check()
    }),
    does("stack_mismatch", |_| {
        let g = Graph::new();
        // In Python a first attempt, to convert the list to one tensor, fails and leaves its name
        // behind.
        tf1::stack([g.zeros::<f32>([3]), g.zeros([4])], 0).named("stack_1");
        g.check()
    }),
    does("transpose_perm", |_| {
        let g = Graph::new();
        let y = tf1::transpose_with(g.zeros::<f32>([2, 3]), tf1::Transpose::new().perm([0, 0]));
        Session::new(&g)?.run(&y, []).map(drop)
    }),
    does("reduce_axis_range", |_| {
        let g = Graph::new();
        tf1::reduce_sum(g.zeros::<f32>([2, 3]), 2);
        g.check()
    }),
    does("expand_dims_range", |_| {
        let g = Graph::new();
        tf1::expand_dims(g.zeros::<f32>([2]), 3);
        g.check()
    }),
    does("squeeze_not_one", |_| {
        let g = Graph::new();
        tf1::squeeze_with(g.zeros::<f32>([2, 1]), tf1::Squeeze::new().axis([0]));
        g.check()
    }),
    does("split_uneven", |_| {
        let g = Graph::new();
        tf1::split(g.zeros::<f32>([5]), 2, 0);
        g.check()
    }),
    does("slice_range", |_| {
        let g = Graph::new();
        let y = tf1::slice(g.zeros::<f32>([3]), [2], [2]);
        Session::new(&g)?.run(&y, []).map(drop)
    }),
    does("index_range", |_| {
        let g = Graph::new();
        g.zeros::<f32>([3]).index(3);
        g.check()
    }),
    does("index_too_many", |_| {
        let g = Graph::new();
        g.zeros::<f32>([3]).index((0, 0));
        g.check()
    }),
    does("conv2d_channels", |_| {
        let g = Graph::new();
        tf1::nn::conv2d(
            g.zeros::<f32>([1, 4, 4, 3]),
            g.zeros([2, 2, 4, 3]),
            1,
            "SAME",
        );
        g.check()
    }),
    does("conv2d_padding", |_| {
        let g = Graph::new();
        tf1::nn::conv2d(
            g.zeros::<f32>([1, 4, 4, 1]),
            g.zeros([2, 2, 1, 3]),
            1,
            "FULL",
        );
        g.check()
    }),
    does("conv2d_negative", |_| {
        let g = Graph::new();
        tf1::nn::conv2d(
            g.zeros::<f32>([1, 2, 2, 1]),
            g.zeros([3, 3, 1, 3]),
            1,
            "VALID",
        );
        g.check()
    }),
    does("bias_add_shape", |_| {
        let g = Graph::new();
        tf1::nn::bias_add(g.zeros::<f32>([2, 3]), g.zeros([4]));
        g.check()
    }),
    does("assign_shape", |_| {
        let g = Graph::new();
        let v = g.variable(g.zeros::<f32>([3]));
        v.assign(g.zeros([4]));
        g.check()
    }),
    lacks("assign_dtype", ELEMENT_TYPES),
    lacks("variable_bool", NOT_PYTHON_VALUES),
    lacks("tensor_bool", NOT_PYTHON_VALUES),
    lacks("tensor_bool_compare", NOT_PYTHON_VALUES),
    lacks("tensor_iter", NOT_PYTHON_VALUES),
    lacks("tensor_iter_known", NOT_PYTHON_VALUES),
    lacks("tensor_len", NOT_PYTHON_VALUES),
    lacks("constant_none", LITERALS),
    lacks("constant_ragged", LITERALS),
    lacks("constant_mixed", LITERALS),
    does("constant_shape", |_| {
        let g = Graph::new();
        g.constant_with([1, 2, 3], tf1::Constant::new().shape([2]));
        g.check()
    }),
    lacks("constant_big_int", LITERALS),
    lacks("constant_float_as_int", LITERALS),
    does("placeholder_eval_in_init", |_| {
        let g = Graph::new();
        let x = g.placeholder::<f32>("", []);
        let v = g.variable(&x);
        Session::new(&g)?.run(v.initializer(), [])
    }),
    does("get_tensor_by_name_missing", |_| {
        Graph::new().get_tensor_by_name("nope:0").map(drop)
    }),
    does("get_tensor_by_name_no_index", |_| {
        let g = Graph::new();
        g.constant(1.0f32).named("a");
        g.get_tensor_by_name("a").map(drop)
    }),
    does("get_operation_by_name_missing", |_| {
        Graph::new().get_operation_by_name("nope").map(drop)
    }),
    does("invalid_name", |_| {
        let g = Graph::new();
        g.constant(1.0f32).named("has space");
        g.check()
    }),
    does("invalid_scope", |_| {
        let g = Graph::new();
        g.name_scope("a b", || g.constant(1.0f32));
        g.check()
    }),
    does("finalized_graph", |_| {
        let g = Graph::new();
        g.finalize();
        g.constant(1.0f32);
        g.check()
    }),
    does("saver_no_variables", |_| {
        let g = Graph::new();
        let session = Session::new(&g)?;
        let saver = tf1::train::Saver::new(&g);
        saver.save(&session, "no_such_checkpoint", None).map(drop)
    }),
    does("saver_missing_checkpoint", |_| {
        let g = Graph::new();
        g.variable(1.0f32);
        let session = Session::new(&g)?;
        tf1::train::Saver::new(&g).restore(&session, "no_such_checkpoint")
    }),
    does("one_hot_bad_axis", |_| {
        let g = Graph::new();
        let options = tf1::OneHot::<f32>::new().axis(3);
        let y = tf1::one_hot_with(g.constant([0, 1]), 3, options);
        Session::new(&g)?.run(&y, []).map(drop)
    }),
    lacks("cholesky_not_pd", "tf.cholesky"),
    lacks("matrix_inverse_singular", "tf.matrix_inverse"),
    lacks("check_numerics", "tf.check_numerics"),
    lacks("assert_op", "tf.Assert"),
    lacks("assert_equal_run", "tf.Assert"),
    lacks("gradients_unregistered", "tf.py_func"),
    lacks("py_func_error", "tf.py_func"),
    lacks("import_graph_def_missing_input", "tf.import_graph_def"),
    lacks("import_graph_def_unknown_op", "tf.import_graph_def"),
    lacks("while_shape_change", "tf.while_loop"),
    lacks("cond_dtype_mismatch", "tf.cond"),
    does("random_seed_ops_run", |out| {
        let g = Graph::new();
        g.set_random_seed(1);
        let (a, b) = (g.random_uniform::<f32>([1]), g.random_uniform::<f32>([1]));
        let (a, b) = Session::new(&g)?.run((&a, &b), [])?;
        out.print(format!(
            "[{}, {}]",
            python::repr(a.view()),
            python::repr(b.view())
        ));
        Ok(())
    }),
];
