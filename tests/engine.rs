//! The engine against itself: whatever rewrites are on and however many threads run, random programs give the same bits as
//! the plain walk, op by op on one thread.

use ndarray::ArrayD;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tf1 as tf;
use tf1::{AnyArray, Graph, Rewrite, Session, SessionOptions, Tensor};

/// How many random programs are tried.
const PROGRAMS: u64 = 150;

/// A random program of a handful of ops over two fed matrices and a variable.
struct Program {
    graph: Graph,
    feeds: Vec<(Tensor, ArrayD<f32>)>,
    fetches: Vec<Tensor>,
    update: Option<tf::Tensor>,
    variable: tf::Variable,
}

fn program(seed: u64) -> Program {
    let mut random = StdRng::seed_from_u64(seed);
    let graph = Graph::new();
    let (rows, columns) = (random.random_range(1..40), random.random_range(1..70));
    let mut numbers =
        |shape: &[usize]| ArrayD::from_shape_fn(shape, |_| random.random_range(-2.0f32..2.0));
    let arrays = [numbers(&[rows, columns]), numbers(&[columns, rows])];
    let start = numbers(&[rows, columns]);
    let placeholders = [
        graph.placeholder::<f32>("a", [rows, columns]),
        graph.placeholder::<f32>("b", [columns, rows]),
    ];
    let variable = graph.variable(start);
    let mut tensors: Vec<Tensor> = vec![
        placeholders[0].clone(),
        placeholders[1].clone(),
        variable.value(),
    ];
    for _ in 0..random.random_range(3..18) {
        let pick = |random: &mut StdRng, tensors: &[Tensor]| {
            tensors[random.random_range(0..tensors.len())].clone()
        };
        let x = pick(&mut random, &tensors);
        let y = pick(&mut random, &tensors);
        tensors.push(step(&mut random, x, y));
    }
    let count = random.random_range(1..4).min(tensors.len());
    let mut fetches: Vec<Tensor> = tensors[tensors.len() - count..].to_vec();
    fetches.push(variable.value());
    let gradient = tensors
        .iter()
        .rev()
        .find(|tensor| tensor.shape() == variable.shape());
    let update = gradient
        .filter(|_| random.random_bool(0.6))
        .map(|gradient| {
            let scaled = gradient * 0.125;
            variable.assign_sub(match random.random_bool(0.5) {
                true => scaled,
                false => scaled + variable.value() * 0.5,
            })
        });
    let feeds = placeholders.into_iter().zip(arrays).collect();
    Program {
        graph,
        feeds,
        fetches,
        update,
        variable,
    }
}

/// A random op of two tensors, or of the first alone where they do not fit.
fn step(random: &mut StdRng, x: Tensor, y: Tensor) -> Tensor {
    let rank = x.shape().rank().unwrap_or_default();
    let same = x.shape() == y.shape();
    let chains = rank == 2 && y.shape().rank() == Some(2) && x.shape().dim(1) == y.shape().dim(0);
    match random.random_range(0..14) {
        0 if same => &x + &y,
        1 if same => &x * &y - 0.5,
        2 if same => tf::maximum(&x, &y),
        3 if same => tf::select(x.less(&y), &x, &y * 0.25),
        4 | 5 if chains => tf::matmul(&x, &y) * 0.1,
        6 if rank > 0 => tf::reduce_sum(&x, tf::Axes::from(0).keepdims()) * 0.1 + &x,
        7 if rank == 2 => tf::transpose(&x),
        8 if rank > 0 => tf::reduce_mean(&x, ..) + &x,
        9 => tf::sigmoid(&x),
        10 => tf::nn::relu(x * 2.0 + 1.0),
        11 => tf::tanh(&x) * tf::tanh(&x),
        12 if rank == 2 => tf::reshape(&x, [-1]),
        _ => tf::square(&x) * 0.5,
    }
}

/// The bits of everything that two runs fetch, and of the variable afterwards.
fn bits(program: &Program, options: SessionOptions) -> Vec<Vec<u32>> {
    let session = Session::with_options(&program.graph, options).expect("the program is right");
    let run = || -> tf::Result<Vec<Vec<u32>>> {
        session.run(program.graph.global_variables_initializer(), [])?;
        let mut all = Vec::new();
        for _ in 0..2 {
            let feeds = program
                .feeds
                .iter()
                .map(|(tensor, array)| tensor.feed(array));
            let fetches: Vec<&Tensor> = program.fetches.iter().chain(&program.update).collect();
            for array in session.run(fetches, feeds)? {
                all.push(array.iter().map(|x| x.to_bits()).collect());
            }
        }
        all.push(
            session
                .run(&program.variable, [])?
                .iter()
                .map(|x| x.to_bits())
                .collect(),
        );
        Ok(all)
    };
    run().expect("the program runs")
}

#[test]
fn no_rewrite_and_no_number_of_threads_changes_a_bit() {
    for seed in 0..PROGRAMS {
        let program = program(seed);
        let plain = SessionOptions::new().without_rewrites().threads(1);
        let expected = bits(&program, plain);
        let all = Rewrite::ALL.into_iter().fold(plain, SessionOptions::with);
        let singles = Rewrite::ALL.map(|rewrite| plain.with(rewrite));
        let others = Rewrite::ALL.map(|rewrite| all.without(rewrite));
        for options in [all, all.threads(2), all.threads(3)]
            .into_iter()
            .chain(singles)
            .chain(others)
        {
            assert_eq!(
                bits(&program, options),
                expected,
                "program {seed} with {options:?}"
            );
        }
    }
}

/// Large enough for several threads to share the work.
#[test]
fn work_that_threads_share_has_the_same_bits() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [300, 700]);
    let chain = tf::nn::relu(2.0 * &x + 1.0) * tf::sigmoid(&x);
    let total = tf::reduce_sum(&chain, ..);
    let product = tf::nn::relu(tf::matmul(&x, tf::transpose(&x)) + 0.5);
    let dx = tf::gradients(&total, &x);
    let values = ArrayD::from_shape_fn(vec![300, 700], |i| {
        ((i[0] * 31 + i[1] * 17) % 101) as f32 / 50.0 - 1.0
    });
    let run = |options: SessionOptions| {
        let session = Session::with_options(&graph, options).expect("the graph is right");
        session
            .run((&total, &product, &dx), [x.feed(&values)])
            .expect("it can be computed")
    };
    let expected = run(SessionOptions::new().without_rewrites().threads(1));
    let all = Rewrite::ALL
        .into_iter()
        .fold(SessionOptions::new(), SessionOptions::with);
    for threads in 1..4 {
        assert_eq!(run(all.threads(threads)), expected, "{threads} threads");
    }
}

#[test]
fn results_go_where_they_are_wanted() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?]);
    let y = &x * 2.0;
    let session = Session::new(&graph)?;
    let step = session.prepare((&y, &y, y.any(), tf::reduce_sum(&x, ..).scalar()), [&x])?;
    let values = ArrayD::from_shape_fn(vec![5000], |i| i[0] as f32);
    let mut results = step.run([x.feed(&values)])?;
    let again = values.mapv(|value| value + 1.0);
    let places = (results.0.as_ptr(), results.1.as_ptr());
    step.run_into([x.feed(&again)], &mut results)?;
    assert_eq!(results, step.run([x.feed(&again)])?);
    assert_eq!((results.0.as_ptr(), results.1.as_ptr()), places);
    let error = step
        .run_into([x.feed(ArrayD::zeros(vec![3]))], &mut results)
        .unwrap_err();
    assert!(
        error
            .message()
            .contains("of shape (5000,) was given for a result of shape (3,)"),
        "{error}"
    );
    let mut wrong = (
        results.0,
        results.1,
        AnyArray::from(ndarray::arr1(&[1i32])),
        0.0,
    );
    let error = step.run_into([x.feed(&values)], &mut wrong).unwrap_err();
    assert!(error.message().contains("int32"), "{error}");
    Ok(())
}
