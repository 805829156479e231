//! A run that fails changes no variable, whichever of the pieces of memory that it asks for is not
//! there, and whoever else holds the variables' values.

use ndarray::{Array1, Array2, ArrayD, arr1};
use tf1 as tf;
use tf1::train::{
    AdagradOptimizer, AdamOptimizer, ExponentialMovingAverage, GradientDescentOptimizer,
    MomentumOptimizer, Optimizer,
};
use tf1::{
    AnyArray, AnyVariable, Error, Graph, Operation, Session, SessionOptions, Tensor, Variable,
};

#[path = "common/allocator.rs"]
#[allow(dead_code, reason = "each test needs some of the counts")]
mod allocator;

use allocator::{alone, refusing};

/// How many numbers a variable holds: more than a page, so that its memory is not given unasked.
const LENGTH: usize = SHAPE[0] * SHAPE[1] * SHAPE[2] * SHAPE[3];
/// The same, as images.
const SHAPE: [usize; 4] = [6, 12, 8, 4];
/// What is no larger than this is always given.
const SMALL: usize = 1 << 12;

type Run<R> = Box<dyn Fn(&Session) -> tf::Result<R>>;

/// A run that updates variables.
struct Program {
    name: &'static str,
    graph: Graph,
    /// Whether its variables have values before.
    is_initialized: bool,
    run: Run<Vec<AnyArray>>,
    /// Makes the plan and does not run it.
    plan: Run<()>,
}

/// A program that fetches `fetches` and runs `updates`, fed with `length` numbers.
fn program(
    name: &'static str,
    graph: &Graph,
    x: &Tensor,
    updates: &Operation,
    fetches: &[Tensor],
) -> Program {
    let asked = (
        updates.clone(),
        fetches.iter().map(Tensor::any).collect::<Vec<_>>(),
    );
    let again = asked.clone();
    let (x, fed) = (x.clone(), numbers(7));
    let (same, values) = (x.clone(), fed.clone());
    Program {
        name,
        graph: graph.clone(),
        is_initialized: true,
        run: Box::new(move |session| Ok(session.run(&asked, [x.feed(&fed)])?.1)),
        plan: Box::new(move |session| session.explain(&again, [same.feed(&values)]).map(drop)),
    }
}

/// Numbers that all differ.
fn numbers(start: usize) -> Array1<f32> {
    (0..LENGTH)
        .map(|i| (start * 131 + i) as f32 * 0.25)
        .collect()
}

/// A graph with a placeholder and three variables.
fn graph() -> (Graph, Tensor, [Variable<f32>; 3]) {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?]);
    let variables = [1, 2, 3].map(|start| graph.variable(numbers(start)));
    (graph, x, variables)
}

fn trained(name: &'static str, optimizer: impl Optimizer) -> Program {
    let (graph, x, [u, v, w]) = graph();
    let loss = tf::reduce_sum(tf::square(&u * &v + &w - &x), ..);
    let train = optimizer.minimize(&loss);
    program(name, &graph, &x, &train, &[loss])
}

/// Programs that change variables of which all have values.
fn updates() -> Vec<Program> {
    let mut programs = Vec::new();
    let (g, x, [u, v, w]) = graph();
    let all = tf::group([&u.assign_add(&x), &v.assign_sub(&x), &w.assign(&x)]);
    programs.push(program("assigned", &g, &x, &all, &[]));
    let (g, x, [u, v, w]) = graph();
    let all = tf::group([&w.assign(&x), &v.assign_sub(&x), &u.assign_add(&x)]);
    programs.push(program("assigned in another order", &g, &x, &all, &[]));
    let (g, x, [u, v, w]) = graph();
    let kept = tf::boolean_mask(&x, x.greater(-1.0));
    let all = tf::group([&u.assign_add(&x), &v.assign(&kept), &w.assign(&kept)]);
    programs.push(program("of unknown shape", &g, &x, &all, &[]));
    let (g, x, [u, v, w]) = graph();
    let sum = u.assign_add(&x);
    let all = tf::group([&sum, &v.assign(&u), &w.assign(&v)]);
    programs.push(program("of each other", &g, &x, &all, &[u.value(), sum]));
    let (g, x, [u, v, w]) = graph();
    let first = u.assign_add(&x);
    let second = g.control_dependencies([&first], || u.assign_add(u.read_value() * 2.0));
    let third = g.control_dependencies([&second], || v.assign(&u));
    let fetches = [u.value(), first, second.clone()];
    let all = tf::group([&third, &second, &w.assign_add(&x)]);
    programs.push(program("twice", &g, &x, &all, &fetches));
    programs.extend(rows());
    programs.extend(fetched());
    programs.push(trained(
        "by gradient descent",
        GradientDescentOptimizer::new(1e-3),
    ));
    programs.push(trained("by momentum", MomentumOptimizer::new(1e-3, 0.9)));
    programs.push(trained("by Adam", AdamOptimizer::new(1e-3)));
    let (g, x, [u, v, w]) = graph();
    let averages = ExponentialMovingAverage::new(0.9);
    let step = tf::group([&u.assign_add(&x), &v.assign_sub(&x)]);
    let average = g.control_dependencies([&step], || averages.apply([&u, &v, &w]));
    programs.push(program("averaged", &g, &x, &average, &[]));
    programs
}

/// Programs that change rows of variables.
fn rows() -> Vec<Program> {
    let mut programs = Vec::new();
    let scattered = |name, seen: bool| {
        let (g, x, [u, v, w]) = graph();
        // Some rows several times.
        let indices = tf::cast(&x, tf::int64);
        let fed = if seen {
            indices
        } else {
            tf::boolean_mask(&indices, x.greater(250.0))
        };
        let all = tf::group([
            &tf::scatter_add(&u, &fed, 1.0f32),
            &tf::scatter_update(&v, &fed, 2.0f32),
            &tf::scatter_sub(&w, &fed, 3.0f32),
        ]);
        program(name, &g, &x, &all, &[])
    };
    programs.push(scattered("scattered", true));
    programs.push(scattered("scattered to some", false));
    let (g, x, [u, v, w]) = graph();
    let rows = tf::cast(&x, tf::int32);
    let all = tf::group([
        &tf::scatter_mul(&u, &rows, 2.0f32),
        &tf::scatter_max(&v, &rows, 3.0f32),
        &tf::scatter_nd_add(&w, tf::expand_dims(&rows, -1), &x),
    ]);
    programs.push(program("scattered in other ways", &g, &x, &all, &[]));
    let (g, x, [u, v, w]) = graph();
    let indices = tf::cast(&x, tf::int32);
    let [a, b, c] = [&u, &v, &w].map(|variable| tf::gather(variable, &indices));
    let loss = tf::reduce_sum(tf::square(a * b + c), ..);
    let train = AdagradOptimizer::new(0.1).minimize(&loss);
    programs.push(program("rows by Adagrad", &g, &x, &train, &[loss]));
    programs
}

/// Programs whose results need memory after the updates.
fn fetched() -> Vec<Program> {
    type Choose = fn(&Tensor, &[Variable<f32>; 3]) -> Vec<Tensor>;
    let fetching = |name, fetches: Choose| {
        let (g, x, variables) = graph();
        let [u, v, w] = &variables;
        let fetches = fetches(&x, &variables);
        let all = tf::group([&u.assign_add(&x), &v.assign_sub(&x), &w.assign(&x)]);
        program(name, &g, &x, &all, &fetches)
    };
    let mut programs = vec![
        fetching("with what was fed", |x, _| {
            vec![x.clone(), tf::transpose(x)]
        }),
        fetching("with the old values", |_, variables| {
            variables.iter().map(Variable::value).collect()
        }),
        fetching("with some elements", |x, [u, ..]| {
            vec![
                tf::boolean_mask(x, x.greater(10.0)),
                tf::boolean_mask(u, u.greater(10.0)),
            ]
        }),
    ];
    let (g, x, [u, v, w]) = graph();
    let news = [u.assign_add(&x), v.assign_sub(&x), w.assign(&x)];
    let after = g.control_dependencies([&news[0]], || {
        tf::boolean_mask(&news[1], news[1].greater(1.0))
    });
    let fetches = [&news[..], &[after]].concat();
    programs.push(program(
        "with the new values",
        &g,
        &x,
        &tf::group(&news),
        &fetches,
    ));
    let (g, x, [u, v, w]) = graph();
    let step = tf::group([&u.assign_add(&x), &v.assign_sub(&x)]);
    let quotient = g.control_dependencies([&step], || tf::floordiv(&x, tf::reverse(&x, [0])));
    let last = g.control_dependencies([&quotient], || w.assign(&x));
    programs.push(program(
        "that may fail",
        &g,
        &x,
        &last.op(),
        &[quotient, x.clone()],
    ));
    programs
}

/// Programs that compute something between two updates: mostly ops that say that they cannot fail,
/// with inputs in such layouts that some need memory.
fn between() -> Vec<Program> {
    type Compute = fn(&Tensor, &Tensor) -> Tensor;
    let ops: [(&'static str, Compute); 25] = [
        ("a sum of all", |x, _| tf::reduce_sum(x, ..)),
        ("a sum along axes apart", |x, _| {
            tf::reduce_sum(tf::reshape(x, [4, -1, 2]), [0, 2])
        }),
        ("a sum along two axes", |x, _| tf::reduce_max(x, [1, 2])),
        ("half a square", |x, _| tf::nn::l2_loss(x)),
        ("a softmax", |x, _| tf::nn::softmax(x)),
        ("a softmax of columns", |x, _| {
            tf::nn::log_softmax(tf::transpose(x))
        }),
        ("a cross entropy", |x, y| {
            tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(x), tf::nn::Logits(y))
        }),
        ("swish", |x, _| tf::nn::swish(x)),
        ("softplus of a view", |x, _| {
            tf::nn::softplus(tf::transpose(x))
        }),
        ("normalized responses", |x, _| {
            tf::nn::local_response_normalization(x)
        }),
        ("space to depth", |x, _| {
            tf::space_to_depth(tf::transpose(x), 2)
        }),
        ("depth to space", |x, _| tf::depth_to_space(x, 2)),
        ("a part of a diagonal", |x, _| {
            tf::matrix_diag_part(tf::transpose(x))
        }),
        ("a stack", |x, y| tf::stack([x, y], 1)),
        ("a sum of many", |x, y| tf::add_n([x, y, x, y, x])),
        ("a product", |x, y| {
            tf::matmul(tf::reshape(x, [4, -1]), tf::reshape(y, [-1, 4]))
        }),
        ("products", |x, y| {
            tf::matmul_with(x, y, tf::MatMul::new().transpose_b())
        }),
        ("a bias", |x, y| {
            tf::nn::bias_add(x, tf::reverse(tf::reshape(y, [-1]), [0]).index(..4))
        }),
        ("a choice", |x, y| tf::select(x.greater(y), x, y)),
        ("another type", |x, _| {
            tf::cast(tf::cast(x, tf::int64), tf::float32)
        }),
        ("a random order", |x, _| {
            tf::reduce_sum(tf::random_shuffle(tf::reshape(x, [-1])), ..)
        }),
        ("zeros", |x, _| tf::zeros_like(x) + tf::ones_like(x)),
        ("a normalized batch", |x, y| {
            let [scale, offset] = [0, 4].map(|first| tf::reshape(y, [-1]).index(first..first + 4));
            tf::nn::fused_batch_norm(x, scale, offset).0
        }),
        ("an elu's slope", |x, _| tf::gradients(tf::nn::elu(x), x)),
        ("a norm's gradient", |x, y| {
            tf::gradients(tf::reduce_mean(tf::nn::softmax(x) * y, [0, 2]), x)
        }),
    ];
    ops.map(|(name, compute)| {
        let (g, x, [u, v, w]) = graph();
        let first = u.assign_add(&x);
        let result = g.control_dependencies([&first], || {
            let [v, w] = [&v, &w].map(|variable| {
                tf::reshape(variable.read_value(), SHAPE.map(|length| length as i32))
            });
            compute(&v, &w)
        });
        let second = g.control_dependencies([&result], || v.assign(&x));
        program(name, &g, &x, &second.op(), &[result])
    })
    .into()
}

/// Programs that give variables their first values.
fn first_values() -> Vec<Program> {
    let (g, x, [u, v, w]) = graph();
    let kept = tf::boolean_mask(&x, x.greater(-1.0));
    let all = tf::group([&u.assign(&x), &v.assign(&kept), &w.assign(&kept)]);
    let mut programs = vec![program("first", &g, &x, &all, std::slice::from_ref(&x))];
    let (g, x, [u, v, w]) = graph();
    let averages = ExponentialMovingAverage::new(0.9);
    averages.apply([&u, &v, &w]);
    let init = g.global_variables_initializer();
    programs.push(program("averages", &g, &x, &init, &[]));
    let after = g.control_dependencies([&init], || u.assign_add(&x));
    programs.push(program("first and second", &g, &x, &after.op(), &[]));
    programs
        .iter_mut()
        .for_each(|program| program.is_initialized = false);
    programs
}

/// The bits of the values that variables have.
fn values(session: &Session, variables: &[AnyVariable]) -> tf::Result<Vec<Option<Vec<u32>>>> {
    let value = |variable: &AnyVariable| {
        if !session.is_initialized(variable)? {
            return Ok(None);
        }
        let [value] =
            <[AnyArray; 1]>::try_from(session.snapshot([variable])?).expect("one was asked for");
        let array = value.view::<f32>().expect("all variables are of this type");
        Ok(Some(array.iter().map(|x| x.to_bits()).collect()))
    };
    variables.iter().map(value).collect()
}

/// What the program gives and what it makes of its variables, if all memory is there.
type Outcome = (Vec<AnyArray>, Vec<Option<Vec<u32>>>);

/// Lets the session fail at each piece of memory that it asks for, until none is refused. Of the
/// variables, those in the bits of `held` are held by somebody else.
fn refuse_each(
    program: &Program,
    session: &Session,
    held: usize,
    start: &[AnyArray],
) -> tf::Result<Outcome> {
    let variables = program.graph.global_variables();
    for spared in 0..200 {
        if program.is_initialized {
            session.load(variables.iter().zip(start.iter().cloned().map(own)))?;
        }
        let holds = variables
            .iter()
            .enumerate()
            .filter(|(i, _)| held >> i & 1 == 1);
        let holds = match program.is_initialized {
            true => session.snapshot(holds.map(|(_, variable)| variable))?,
            false => Vec::new(),
        };
        let before = values(session, &variables)?;
        let outcome = refusing(SMALL, spared, || (program.run)(session));
        drop(holds);
        let after = values(session, &variables)?;
        let error = match outcome {
            Ok(results) => return Ok((results, after)),
            Err(error) => error,
        };
        let what = format!("{}, held {held:b}, {spared} spared: {error}", program.name);
        assert!(matches!(error, Error::ResourceExhausted(_)), "{what}");
        assert!(error.node().is_some(), "{what}");
        assert!(before == after, "{what}: variables were changed");
    }
    panic!("{} asks for more and more memory", program.name);
}

/// In memory that nobody else holds.
fn own(array: AnyArray) -> AnyArray {
    let array: ArrayD<f32> = array.into_array().expect("all variables are of this type");
    AnyArray::from(array)
}

fn all_or_nothing(program: &Program, options: SessionOptions) -> tf::Result<()> {
    let session = || -> tf::Result<Session> {
        let session = Session::with_options(&program.graph, options.threads(1))?;
        if program.is_initialized {
            session.run(program.graph.global_variables_initializer(), [])?;
        }
        (program.plan)(&session)?;
        Ok(session)
    };
    let free = session()?;
    let variables = program.graph.global_variables();
    let start = match program.is_initialized {
        true => free.snapshot(&variables)?,
        false => Vec::new(),
    };
    let results = (program.run)(&free)?;
    let expected = (results, values(&free, &variables)?);
    // Nobody holds any, somebody all, or one of the first.
    let count = variables.len();
    let masks = match program.is_initialized {
        true => [0, (1 << count) - 1]
            .into_iter()
            .chain((0..count.min(3)).map(|i| 1 << i))
            .collect(),
        false => vec![0],
    };
    for held in masks {
        let outcome = refuse_each(program, &session()?, held, &start)?;
        assert!(
            outcome == expected,
            "{}, held {held:b}: other values",
            program.name
        );
    }
    Ok(())
}

#[test]
fn whatever_memory_is_refused_a_run_that_fails_changes_nothing() -> tf::Result<()> {
    let _alone = alone();
    for program in updates().iter().chain(&between()).chain(&first_values()) {
        all_or_nothing(program, SessionOptions::new())?;
        all_or_nothing(program, SessionOptions::new().without_rewrites())?;
    }
    Ok(())
}

/// The limit of a session in place of the allocator's: it has room for the variables, and not for a
/// copy of the large one.
#[test]
fn a_copy_that_is_larger_than_the_limit_is_refused_before_anything_is_changed() -> tf::Result<()> {
    let _alone = alone();
    let graph = Graph::new();
    let small = graph.variable([1.0f32]);
    let large = graph.get_variable::<f32>("large", [1 << 20], tf::initializers::ones());
    let x = graph.placeholder::<f32>("x", [1 << 20]);
    let update = tf::group([&small.assign_add([1.0]), &large.assign_add(&x)]);
    let given = Array1::<f32>::ones(1 << 20);
    let session = Session::with_options(
        &graph,
        SessionOptions::new().threads(1).memory_limit(7 << 20),
    )?;
    session.run(graph.global_variables_initializer(), [])?;
    let held = session.snapshot([&large])?;
    let error = session
        .run(&update, [x.feed(&given)])
        .expect_err("eight megabytes are too many");
    assert!(matches!(error, Error::ResourceExhausted(_)), "{error}");
    assert_eq!(session.run(&small, [])?, arr1(&[1.0]).into_dyn());
    drop(held);
    session.run(&update, [x.feed(&given)])?;
    assert_eq!(session.run(&small, [])?, arr1(&[2.0]).into_dyn());
    Ok(())
}

#[test]
fn a_result_that_does_not_fit_its_place_is_told_before_anything_is_changed() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?]);
    let v = graph.variable(Array2::<f32>::ones((2, 3)));
    let update = v.assign_add(Array2::<f32>::ones((2, 3))).op();
    let some = tf::boolean_mask(&x, x.greater(0.0));
    let after = graph.control_dependencies([&update], || tf::floordiv(&x, 2.0));
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let values = arr1(&[1.0f32, -1.0, 2.0]);
    let feed = || [x.feed(&values)];
    macro_rules! refuses {
        ($fetch:expr, $wrong:expr) => {
            let step = session.prepare((&update, $fetch), [&x])?;
            let error = step
                .run_into(feed(), &mut ((), $wrong))
                .expect_err("it does not fit");
            assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
            assert_eq!(session.run(&v, [])?, ArrayD::<f32>::ones(vec![2, 3]));
        };
    }
    refuses!(&v, ArrayD::zeros(vec![3, 2]));
    refuses!(&some, ArrayD::zeros(vec![3]));
    refuses!(&after, ArrayD::zeros(vec![1, 3]));
    refuses!(x.any(), AnyArray::from(arr1(&[1i32, 2, 3])));
    Ok(())
}
