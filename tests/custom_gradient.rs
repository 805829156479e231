//! Functions with gradients of their own: nodes, names and numbers are those that TensorFlow 1.15.5
//! makes of the same program.

use ndarray::arr1;
use tf1 as tf;
use tf1::{Graph, Session};

fn log1pexp(x: &tf::Tensor) -> tf::Tensor {
    tf::custom_gradient(x, |x| {
        let e = tf::exp(&x);
        let y = tf::log(1.0 + &e);
        (y, e, |dy, e| dy * (1.0 - 1.0 / (1.0 + e)))
    })
}

fn names(graph: &Graph) -> Vec<String> {
    let operations = graph.operations().into_iter();
    operations.map(|operation| operation.name()).collect()
}

#[test]
fn a_function_of_one_tensor_has_tensorflow_s_nodes() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.constant([100.0, 1.0]).named("x");
    let y = log1pexp(&x);
    let slope = tf::gradients(&y, &x);
    assert_eq!(
        names(&graph),
        [
            "x",
            "Exp",
            "add/x",
            "add",
            "Log",
            "Identity",
            "IdentityN",
            "gradients/Shape",
            "gradients/grad_ys_0",
            "gradients/Fill",
            "gradients/zeros_like",
            "gradients/IdentityN_grad/add/x",
            "gradients/IdentityN_grad/add",
            "gradients/IdentityN_grad/truediv/x",
            "gradients/IdentityN_grad/truediv",
            "gradients/IdentityN_grad/sub/x",
            "gradients/IdentityN_grad/sub",
            "gradients/IdentityN_grad/mul",
        ]
    );
    assert_eq!(y.name(), "IdentityN:0");
    let (y, slope) = Session::new(&graph)?.run((y.array1(), slope.array1()), [])?;
    assert_eq!(y, arr1(&[f32::INFINITY, 1.313_261_6]));
    assert_eq!(slope, arr1(&[1.0, 0.731_058_6]));
    Ok(())
}

#[test]
fn several_inputs_and_results_may_have_no_gradient() -> tf::Result<()> {
    let graph = Graph::new();
    let a = graph.placeholder::<f32>("a", []);
    let w = graph.get_variable::<f32>("w", [], tf::initializers::zeros());
    let (p, s) = graph.name_scope("sc", || {
        tf::custom_gradient((&a, &w), |(a, w)| {
            ((&a * &w, a + w), (), |(dp, _), ()| {
                (dp * 2.0, None::<tf::Tensor>)
            })
        })
    });
    assert_eq!(
        (p.name(), s.name()),
        ("sc/IdentityN:0".to_string(), "sc/IdentityN:1".to_string())
    );
    let found = tf::gradients_with([&p], (&a, &w), tf::Gradients::new());
    assert!(found[1].is_none());
    let names = names(&graph);
    let made = names.len() - 10;
    assert_eq!(
        names[made..],
        [
            "sc/Identity_1",
            "sc/IdentityN",
            "gradients/Shape",
            "gradients/grad_ys_0",
            "gradients/Fill",
            "gradients/zeros_like",
            "gradients/zeros_like_1",
            "gradients/zeros_like_2",
            "gradients/sc/IdentityN_grad/mul/y",
            "gradients/sc/IdentityN_grad/mul",
        ]
    );
    Ok(())
}

#[test]
fn numbers_may_be_captured_and_lists_of_tensors_taken() -> tf::Result<()> {
    let graph = Graph::new();
    let xs = vec![graph.constant(1.0f32), graph.constant(2.0f32)];
    let scale = 5.0f32;
    let ys = tf::custom_gradient(&xs, |xs| {
        let ys: Vec<tf::Tensor> = xs.iter().map(tf::square).collect();
        (ys, xs, move |dys: Vec<tf::Tensor>, xs: Vec<tf::Tensor>| {
            let slopes = dys.into_iter().zip(xs);
            slopes.map(|(dy, x)| dy * x * scale).collect::<Vec<_>>()
        })
    });
    let slopes = tf::gradients(&ys, &xs);
    let slopes = [slopes[0].scalar(), slopes[1].scalar()];
    assert_eq!(Session::new(&graph)?.run(slopes, [])?, [5.0, 10.0]);
    Ok(())
}

#[test]
fn variables_that_are_no_inputs_are_refused_as_tensorflow_refuses_them() {
    let graph = Graph::new();
    let w = graph.get_variable::<f32>("w", [], tf::initializers::zeros());
    let x = graph.constant(1.0f32);
    let y = tf::custom_gradient(&x, |x| (x * &w, (), |dy, ()| dy));
    let _ = y + 1.0;
    let error = graph.check().unwrap_err();
    let message = error.message();
    assert!(message.contains("a function that uses variables") && message.contains("'w'"));
    assert_eq!(error.location().unwrap().file(), file!());
}

#[test]
fn gradients_that_do_not_fit_are_told() {
    let mistake = |wrong: fn(tf::Tensor) -> tf::Tensor, twice: bool| {
        let graph = Graph::new();
        let x = graph.constant(1.0f32);
        let y = match twice {
            true => {
                tf::custom_gradient(&x, |x| (x * 2.0, (), |dy: tf::Tensor, ()| (dy.clone(), dy)))
            }
            false => tf::custom_gradient(&x, |x| (x * 2.0, (), move |dy, ()| wrong(dy))),
        };
        tf::gradients(&y, &x);
        graph.check().unwrap_err().message().to_string()
    };
    let message = mistake(|dy| dy, true);
    assert!(message.contains("Num gradients 2") && message.contains("num inputs 1"));
    let message = mistake(|dy| dy.graph().ones::<f32>([2]), false);
    assert!(
        message.contains("Original input shape: (). Calculated input gradient shape: (2,)"),
        "{message}"
    );
    let graph = Graph::new();
    let x = graph.constant(1.0f32);
    let y = tf::custom_gradient(&x, |x| {
        (x * 2.0, (), |dy: tf::Tensor, ()| tf::cast(&dy, tf::float64))
    });
    tf::gradients(&y, &x);
    let message = graph.check().unwrap_err().message().to_string();
    assert!(
        message.contains("is of type float64, but must be of type float32"),
        "{message}"
    );
}

/// TensorFlow's second derivative of the same function at 1.
#[test]
fn gradients_have_gradients() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.constant(1.0);
    let slope = tf::gradients(log1pexp(&x), &x);
    let curvature = tf::gradients(&slope, &x);
    let curvature = Session::new(&graph)?.run(curvature.scalar(), [])?;
    assert!((curvature - 0.196_611_93).abs() < 1e-7, "{curvature}");
    Ok(())
}

#[test]
fn a_result_without_a_gradient_is_no_mistake() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.constant([1.0f32, 3.0]);
    let (y, largest) = tf::custom_gradient(&x, |x| {
        let largest = tf::argmax(&x, 0);
        ((&x * 2.0, largest), (), |(dy, _), ()| dy * 7.0)
    });
    let slope = tf::gradients(&y, &x);
    let fetches = (largest.scalar(), slope.array1());
    let (largest, slope) = Session::new(&graph)?.run(fetches, [])?;
    assert_eq!((largest, slope), (1, arr1(&[7.0, 7.0])));
    Ok(())
}

/// The graph keeps the gradient, which must not keep the graph.
#[test]
fn a_graph_with_a_gradient_of_its_own_is_freed() {
    #[derive(Clone)]
    struct Watched(std::sync::Arc<()>);
    let watch = std::sync::Arc::new(());
    let graph = Graph::new();
    let kept = Watched(watch.clone());
    graph.add_op(Keeps(kept.0.clone()), &[]);
    drop(kept);
    let y = log1pexp(&graph.constant(1.0));
    assert_eq!(std::sync::Arc::strong_count(&watch), 2);
    drop((y, graph));
    assert_eq!(std::sync::Arc::strong_count(&watch), 1);
}

#[derive(Debug)]
struct Keeps(#[allow(dead_code, reason = "it is only kept")] std::sync::Arc<()>);

impl tf::op::Op for Keeps {
    fn op_type(&self) -> &'static str {
        "Keeps"
    }

    fn infer(&self, _: &tf::op::InferContext<'_>) -> tf::Result<Vec<tf::op::TensorInfo>> {
        Ok(Vec::new())
    }

    fn compute(&self, _: &mut tf::op::Kernel<'_, '_>) -> tf::Result<()> {
        Ok(())
    }
}

/// As in TensorFlow, which only compares shapes while it builds.
#[test]
fn shapes_of_gradients_are_compared_where_both_are_known() {
    let slope_of = |shape: tf::Shape| {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", shape);
        let y = graph.name_scope("f", || {
            tf::custom_gradient(&x, |x| {
                (x * 2.0, (), |dy: tf::Tensor, ()| {
                    dy.graph().ones::<f32>([3])
                })
            })
        });
        let slope = tf::gradients(&y, &x);
        graph.check().map(|()| slope.shape().to_string())
    };
    let error = slope_of(tf::shape![2]).unwrap_err();
    let words = "Forward operation: f/IdentityN. Input index: 1. Original input shape: (2,). Calculated input gradient shape: (3,)";
    assert!(error.message().ends_with(words), "{error}");
    assert!(error.to_string().contains("node 'f/IdentityN'"), "{error}");
    assert_eq!(slope_of(tf::shape![?]).unwrap(), "(3,)");
    assert_eq!(slope_of(tf::Shape::unknown()).unwrap(), "(3,)");
}
