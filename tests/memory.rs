//! Memory that is not there: what is larger than the limit of the session, than the machine, or
//! than what the allocator gives is an error that names the node and the bytes, and changes
//! nothing. And memory that is kept: it does not grow with the number of shapes that were fed.

use std::sync::atomic::Ordering::SeqCst;

use ndarray::{Array1, Array2, ArrayViewD, IxDyn, ShapeBuilder, arr1, s};
use tf1 as tf;
use tf1::random::NumpyRandom;
use tf1::train::{GradientDescentOptimizer, Optimizer};
use tf1::{AnyTensor, Error, Graph, Session, SessionOptions, Tensor};

#[path = "common/allocator.rs"]
#[allow(dead_code, reason = "each test needs some of the counts")]
mod allocator;

use allocator::{BYTES, LARGEST, PEAK, alone, refusing};

static ONE: [f32; 1] = [1.0];
static ZERO: [i64; 1] = [0];

/// A number, as often as is wanted.
fn repeated<T>(number: &'static [T; 1], count: usize) -> ArrayViewD<'static, T> {
    let shape = IxDyn(&[count]).strides(IxDyn(&[0]));
    ArrayViewD::from_shape(shape, number).expect("one stands for all")
}

type Run = Box<dyn Fn(&Session) -> tf::Result<()>>;

/// Something that needs an array of `count` numbers.
struct Case {
    name: &'static str,
    /// What to run.
    run: Run,
    /// The node at fault.
    node: &'static str,
    bytes: usize,
}

/// The same numbers in another order, in memory of their own.
fn moved(x: impl tf::IntoTensor<f32>) -> Tensor {
    tf::roll(x, 1, 0)
}

/// Numbers that no rewrite sees through.
fn numbers(graph: &Graph, count: usize) -> Tensor {
    moved(graph.zeros::<f32>([count]))
}

/// One for each kind of place that an array may be in.
fn cases(graph: &Graph, x: &Tensor, length: &Tensor<i64>, count: usize) -> Vec<Case> {
    let (x, length) = (x.clone(), length.clone());
    let mut cases = Vec::new();
    let mut case = |name, node, bytes, run: Run| {
        cases.push(Case {
            name,
            run,
            node,
            bytes,
        });
    };
    let bytes = count * 4;
    let zeros = graph.zeros::<f32>([count]).named("result");
    case(
        "a result",
        "result",
        bytes,
        Box::new(move |session| session.run(&zeros, []).map(drop)),
    );
    let sum = tf::reduce_sum(numbers(graph, count).named("between"), ..);
    case(
        "the arena",
        "between",
        bytes,
        Box::new(move |session| session.run(&sum, []).map(drop)),
    );
    let long = moved(tf::fill(&length, 1.0f32)).named("slot");
    let sum = tf::reduce_sum(&long, ..);
    let long_feed = length.clone();
    let lengths = arr1(&[count as i64]);
    case(
        "a slot",
        "slot",
        bytes,
        Box::new(move |session| session.run(&sum, [long_feed.feed(&lengths)]).map(drop)),
    );
    let initial = graph.get_variable::<f32>("large", [count], tf::initializers::ones());
    let init = initial.initializer().clone();
    case(
        "an initializer",
        "large/Assign",
        bytes,
        Box::new(move |session| session.run(&init, []).map(drop)),
    );
    let fed = x.clone();
    case(
        "a fed array that is fetched",
        "x",
        bytes,
        Box::new(move |session| {
            session
                .run(&fed, [fed.feed(repeated(&ONE, count))])
                .map(drop)
        }),
    );
    let any = x.any();
    let fed = x.clone();
    case(
        "the same of any type",
        "x",
        bytes,
        Box::new(move |session| {
            session
                .run(&any, [fed.feed(repeated(&ONE, count))])
                .map(drop)
        }),
    );
    let places = graph.placeholder::<i64>("places", tf::shape![?]);
    let indices = tf::gather(graph.constant([0.0f32, 1.0]), &places).named("indices");
    case(
        "indices",
        "indices",
        bytes,
        Box::new(move |session| {
            session
                .run(&indices, [places.feed(repeated(&ZERO, count))])
                .map(drop)
        }),
    );
    let top = tf::nn::top_k(&x, 1).0.named("top");
    let fed = x.clone();
    case(
        "a kernel's own memory",
        "top",
        bytes,
        Box::new(move |session| {
            session
                .run(&top, [fed.feed(repeated(&ONE, count))])
                .map(drop)
        }),
    );
    let side = 1 << (count.ilog2() / 2);
    let eye = graph.eye::<f32>(side);
    case(
        "an identity matrix",
        "eye/diag",
        side * side * 4,
        Box::new(move |session| session.run(&eye, []).map(drop)),
    );
    let product = moved(tf::matmul(tf::reshape(&x, [-1, 1]), [[1.0f32, 2.0]]).named("product"));
    let fed = x.clone();
    case(
        "a product",
        "product",
        bytes * 2,
        Box::new(move |session| {
            session
                .run(&product, [fed.feed(repeated(&ONE, count))])
                .map(drop)
        }),
    );
    cases
}

/// Runs all cases in one session, which is as before after each.
fn all_are_exhausted(count: usize, options: SessionOptions, arm: impl Fn(bool)) -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?]);
    let length = graph.placeholder::<i64>("length", [1]);
    let v = graph.variable(arr1(&[1.0f32, 2.0]));
    let small = tf::reduce_sum(&v * 2.0, ..);
    let cases = cases(&graph, &x, &length, count);
    let session = Session::with_options(&graph, options.threads(1))?;
    session.run(v.initializer(), [])?;
    for Case {
        name,
        run,
        node,
        bytes,
    } in cases
    {
        arm(true);
        let outcome = run(&session);
        arm(false);
        let error = outcome.expect_err(name);
        assert!(
            matches!(error, Error::ResourceExhausted(_)),
            "{name}: {error}"
        );
        let found = error.node().map(|node| node.name.as_str());
        assert_eq!(found, Some(node), "{name}: {error}");
        let told = error
            .message()
            .split_whitespace()
            .find_map(|word| word.parse::<usize>().ok());
        assert!(told.is_some_and(|told| told >= bytes), "{name}: {error}");
        assert_eq!(session.run(small.scalar(), [])?, 6.0, "after {name}");
        assert_eq!(
            session.run(&v, [])?,
            arr1(&[1.0, 2.0]).into_dyn(),
            "after {name}"
        );
    }
    Ok(())
}

#[test]
fn what_no_machine_holds_is_an_error() -> tf::Result<()> {
    let _alone = alone();
    all_are_exhausted(1 << 38, SessionOptions::new(), |_| ())?;
    all_are_exhausted(
        1 << 38,
        SessionOptions::new().memory_limit(usize::MAX),
        |armed| {
            // The system may promise it all the same.
            LARGEST.store(if armed { 1 << 36 } else { usize::MAX }, SeqCst);
        },
    )
}

#[test]
fn what_is_larger_than_the_limit_is_an_error() -> tf::Result<()> {
    let _alone = alone();
    let options = SessionOptions::new().memory_limit(8 << 20);
    all_are_exhausted(1 << 22, options, |_| ())
}

#[test]
fn what_the_allocator_refuses_is_an_error() -> tf::Result<()> {
    let _alone = alone();
    all_are_exhausted(1 << 22, SessionOptions::new(), |armed| {
        LARGEST.store(if armed { 8 << 20 } else { usize::MAX }, SeqCst);
    })
}

#[test]
fn what_a_run_needs_at_once_counts_together() -> tf::Result<()> {
    let _alone = alone();
    let graph = Graph::new();
    let megabyte = |name: &str| numbers(&graph, 1 << 18).named(name);
    let [a, b, c, d] = ["a", "b", "c", "d"].map(megabyte);
    let limit = |bytes: usize| {
        let options = SessionOptions::new().threads(1).memory_limit(bytes);
        Session::with_options(&graph, options)
    };
    let session = limit(7 << 19)?;
    session.run((&a, &b), [])?;
    let error = session
        .run((&a, &b, &c, &d), [])
        .expect_err("four are too many");
    assert!(matches!(error, Error::ResourceExhausted(_)), "{error}");
    // What earlier runs handed out is not counted.
    let kept: Vec<_> = (0..5)
        .map(|_| session.run(&a, []))
        .collect::<tf::Result<_>>()?;
    assert_eq!(kept.len(), 5);
    // Values of which only the run knows the shape are counted as long as they are needed.
    let length = graph.placeholder::<i64>("length", [1]);
    let one = moved(tf::fill(&length, 1.0f32));
    let chain = (0..10).fold(one.clone(), |x, _| moved(x));
    let lengths = arr1(&[1 << 18]);
    let sum = tf::reduce_sum(chain, ..);
    session.run(sum, [length.feed(&lengths)])?;
    let turned: Vec<Tensor> = (1..7).map(|shift| tf::roll(&one, shift, 0)).collect();
    let all = tf::reduce_sum(tf::add_n(&turned), ..);
    let error = session
        .run(all, [length.feed(&lengths)])
        .expect_err("six at once");
    assert!(matches!(error, Error::ResourceExhausted(_)), "{error}");
    // A block that is larger than need be makes room for results.
    let session = limit(9 << 19)?;
    session.run(tf::reduce_sum(moved(&a), ..), [])?;
    session.run((&a, &b, &c), [])?;
    Ok(())
}

#[test]
fn what_is_too_large_while_building_is_a_mistake_of_its_node() {
    let _alone = alone();
    let expect = |graph: &Graph, line: u32| {
        let error = graph.check().expect_err("there is no such memory");
        assert!(matches!(error, Error::ResourceExhausted(_)), "{error}");
        let node = error.node().expect("a mistake has a node");
        assert_eq!(
            (node.location.file(), node.location.line()),
            (file!(), line),
            "{error}"
        );
    };
    let graph = Graph::new();
    let line = line!() + 1;
    graph.constant_with(1.0f32, tf::Constant::new().shape([1i64 << 38]));
    expect(&graph, line);
    let graph = Graph::new();
    let line = line!() + 1;
    graph.constant(repeated(&ONE, 1 << 38));
    expect(&graph, line);
    let graph = Graph::new();
    let line = line!() + 1;
    graph.get_variable::<f32>("v", [1i64 << 38], tf::initializers::constant(1.0));
    expect(&graph, line);
}

/// The program of a bug report, with smaller layers: what is kept is what the largest run needs,
/// the variables and the plans.
#[test]
fn many_batch_sizes_take_the_memory_of_the_largest() -> tf::Result<()> {
    let _alone = alone();
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?, 64]);
    let (mut h, mut width) = (x.clone(), 64);
    for layer in 0..4 {
        let w = graph.get_variable::<f32>(
            &format!("w{layer}"),
            [width, 100],
            tf::initializers::glorot_uniform(),
        );
        h = tf::nn::relu(tf::matmul(&h, &w));
        width = 100;
    }
    let train = GradientDescentOptimizer::new(0.01).minimize(tf::reduce_mean(&h, ..));
    let session = Session::with_options(&graph, SessionOptions::new().threads(1))?;
    session.run(graph.global_variables_initializer(), [])?;
    let data = Array2::<f32>::ones((200, 64));
    let run = |rows: usize| session.run(&train, [x.feed(data.slice(s![..rows, ..]))]);
    run(200)?;
    let needed = session.peak_memory(&train, [x.feed(&data)])? as isize;
    let before = BYTES.load(SeqCst);
    (40..200).try_for_each(&run)?;
    let plans = BYTES.load(SeqCst) - before;
    assert!(plans < 160 * 60_000, "160 plans took {plans} bytes");
    session.close();
    let left = BYTES.load(SeqCst) - before;
    assert!(
        left < -needed,
        "{left} bytes more after the session was closed"
    );
    Ok(())
}

#[test]
fn a_closed_session_keeps_nothing() -> tf::Result<()> {
    let _alone = alone();
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?]);
    let v = graph.variable(Array1::<f32>::ones(100_000));
    let y = tf::reduce_sum(moved(&x * &v), ..);
    let once = || -> tf::Result<()> {
        let session = Session::new(&graph)?;
        let step = session.prepare(&y, [&x])?;
        session.run(v.initializer(), [])?;
        let data = Array1::<f32>::ones(100_000);
        step.run([x.feed(&data)])?;
        session.run(&y, [x.feed(&data)])?;
        session.close();
        drop(data);
        let held = BYTES.load(SeqCst);
        drop((step, session));
        let left = held - BYTES.load(SeqCst);
        assert!(left < 5_000, "a closed session held {left} bytes");
        Ok(())
    };
    once()?;
    once()
}

/// As many blocks as ran at once, and those that are of no use any more are let go of.
#[test]
fn blocks_that_no_run_needs_any_more_are_let_go_of() -> tf::Result<()> {
    let _alone = alone();
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?]);
    let y = tf::reduce_sum(moved(&x + 1.0), ..);
    let session = Session::with_options(&graph, SessionOptions::new().threads(1))?;
    let (large, small) = (Array1::<f32>::ones(1 << 20), Array1::<f32>::ones(10));
    session.run(&y, [x.feed(&small)])?;
    let before = BYTES.load(SeqCst);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| session.run(&y, [x.feed(&large)]).expect("it fits"));
        }
    });
    let most = BYTES.load(SeqCst) - before;
    assert!(
        (4 << 20..36 << 20).contains(&most),
        "{most} bytes after four runs"
    );
    for _ in 0..3000 {
        session.run(&y, [x.feed(&small)])?;
    }
    let now = BYTES.load(SeqCst) - before;
    assert!(now < 100_000, "{now} bytes after many small runs");
    Ok(())
}

#[test]
fn variables_count_and_what_fails_gives_none_a_value() -> tf::Result<()> {
    let _alone = alone();
    let graph = Graph::new();
    let small = graph.variable(1.0f32);
    let large = graph.get_variable::<f32>("large", [1 << 20], tf::initializers::ones());
    let init = tf::group([small.initializer(), large.initializer()]);
    let limit = |megabytes: usize| {
        let options = SessionOptions::new().memory_limit(megabytes << 20);
        Session::with_options(&graph, options.threads(1))
    };
    let expect_at_large = |outcome: tf::Result<()>| {
        let error = outcome.expect_err("four megabytes do not fit");
        assert!(matches!(error, Error::ResourceExhausted(_)), "{error}");
        let node = error.node().map(|node| node.name.as_str());
        assert!(
            node.is_some_and(|name| name.starts_with("large")),
            "{error}"
        );
    };
    let session = limit(3)?;
    expect_at_large(session.run(&init, []));
    expect_at_large(session.load([(&large, Array1::<f32>::ones(1 << 20))]));
    assert!(!session.is_initialized(&small)? && !session.is_initialized(&large)?);
    // The allocator refuses where the limit does not.
    let session = Session::with_options(&graph, SessionOptions::new().threads(1))?;
    LARGEST.store(3 << 20, SeqCst);
    let outcome = session.run(&init, []);
    LARGEST.store(usize::MAX, SeqCst);
    expect_at_large(outcome);
    assert!(!session.is_initialized(&small)? && !session.is_initialized(&large)?);
    // Four for the variable, four for a copy of it.
    let session = limit(9)?;
    session.run(&init, [])?;
    session.run(&large, [])?;
    expect_at_large(
        session
            .run((&large, &large.read_value().named("large_again")), [])
            .map(drop),
    );
    Ok(())
}

/// Smaller than what the tests below need, and larger than what the test harness asks for
/// meanwhile.
const LISTS: usize = 1 << 15;

/// Refuses each piece of memory that `call` asks for, one after the other, until it asks for no
/// more. All it may do is to say so.
fn refuse_each<R>(name: &str, call: impl Fn() -> tf::Result<R>) {
    let mut refused = 0;
    loop {
        match refusing(LISTS, refused, &call) {
            Ok(_) => break,
            Err(Error::ResourceExhausted(_)) => refused += 1,
            Err(error) => panic!("{name}: {error}"),
        }
    }
    assert!(refused > 0, "{name} asks for no memory");
}

/// What makes tensors of the ones below.
type Build = fn(&Graph, &Tensor, &Tensor<i32>) -> Vec<AnyTensor>;

/// Ops that keep lists or arrays besides their results, given 30,000 ones in a row and the numbers
/// 0 to 29,999.
const WITH_MEMORY_OF_THEIR_OWN: [(&str, Build); 20] = [
    ("qr of columns", |_, x, _| {
        let (q, r) = tf::qr(tf::reshape(x, [15_000, 2]));
        vec![q.any(), r.any()]
    }),
    ("qr of rows", |_, x, _| {
        let (q, r) = tf::qr(tf::reshape(x, [2, 15_000]));
        vec![q.any(), r.any()]
    }),
    ("multinomial", |_, x, _| {
        vec![tf::multinomial(tf::reshape(x, [2, 15_000]), 15_000).any()]
    }),
    ("fused_batch_norm", |graph, x, _| {
        let x = tf::reshape(x, [2, 1, 1, 15_000]);
        let ones = graph.ones::<f32>([15_000]);
        vec![tf::nn::fused_batch_norm(x, &ones, &ones).0.any()]
    }),
    ("top_k", |_, x, _| {
        vec![tf::nn::top_k(tf::reverse(x, [0]), 2).0.any()]
    }),
    ("invert_permutation", |_, _, i| {
        vec![tf::invert_permutation(i).any()]
    }),
    ("linspace", |graph, _, i| {
        vec![graph.linspace(0.0f32, 1.0, tf::size(i)).any()]
    }),
    ("unique", |_, _, i| vec![tf::unique(i).0.any()]),
    ("setdiff1d", |_, _, i| {
        vec![tf::setdiff1d(i, i + 15_000).0.any()]
    }),
    ("gather", |_, x, i| vec![tf::gather(x, i).any()]),
    ("gather_nd", |_, x, i| {
        vec![tf::gather_nd(x, tf::expand_dims(i, 1)).any()]
    }),
    ("scatter_nd", |_, x, i| {
        vec![tf::scatter_nd(tf::expand_dims(i, 1), x, [30_000]).any()]
    }),
    ("segment_mean", |_, x, i| vec![tf::segment_mean(x, i).any()]),
    ("unsorted_segment_sum", |_, x, i| {
        vec![tf::unsorted_segment_sum(x, i, 30_000).any()]
    }),
    ("dynamic_partition", |_, x, i| {
        let parts = tf::dynamic_partition(x, tf::minimum(i, 1), 2);
        parts.iter().map(Tensor::any).collect()
    }),
    ("dynamic_stitch", |_, x, i| {
        vec![tf::dynamic_stitch([i, i], [x, x]).any()]
    }),
    ("random_shuffle", |_, x, _| {
        vec![tf::random_shuffle(x).any()]
    }),
    ("roll", |_, x, _| vec![tf::roll(x, 1, 0).any()]),
    ("boolean_mask", |_, x, _| {
        vec![tf::boolean_mask(x, tf::greater(x, 0.5f32)).any()]
    }),
    ("reduce_sum", |_, x, _| {
        let turned = tf::transpose(tf::reshape(x, [2, 7500, 2]));
        vec![tf::reduce_sum(turned, [0, 2]).any()]
    }),
];

/// All pieces are refused one after the other; what does not ask but takes would end the process.
#[test]
fn each_piece_of_a_kernels_own_memory_may_be_refused() -> tf::Result<()> {
    let _alone = alone();
    for (name, build) in WITH_MEMORY_OF_THEIR_OWN {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", [30_000]);
        let i = graph.placeholder::<i32>("i", [30_000]);
        let made = build(&graph, &x, &i);
        let (ones, numbers) = (Array1::<f32>::ones(30_000), Array1::from_iter(0..30_000));
        let session = Session::with_options(&graph, SessionOptions::new().threads(1))?;
        let run = || session.run(made.clone(), [x.feed(&ones), i.feed(&numbers)]);
        // What a plan needs is another matter.
        run()?;
        refuse_each(name, run);
    }
    Ok(())
}

#[test]
fn each_piece_of_memory_of_numpys_generator_may_be_refused() {
    let _alone = alone();
    type Draw = fn(&mut NumpyRandom) -> tf::Result<()>;
    let rows: [(&str, Draw); 6] = [
        ("rand", |rng| rng.rand(30_000).map(drop)),
        ("permutation_of", |rng| {
            let numbers = [1.0f64; 30_000];
            rng.permutation_of(&ndarray::aview1(&numbers)).map(drop)
        }),
        ("multinomial", |rng| {
            rng.multinomial(2, &[0.5, 0.5], 15_000).map(drop)
        }),
        ("choice by p", |rng| {
            let p = [1.0 / 30_000.0; 30_000];
            rng.choice(30_000).p(&p).draw(30_000).map(drop)
        }),
        ("choice by p of each once", |rng| {
            let p = [1.0 / 30_000.0; 30_000];
            rng.choice(30_000)
                .p(&p)
                .without_replacement()
                .draw(10_000)
                .map(drop)
        }),
        ("choice of each once", |rng| {
            rng.choice(30_000)
                .without_replacement()
                .draw(10_000)
                .map(drop)
        }),
    ];
    for (name, draw) in rows {
        refuse_each(name, || draw(&mut NumpyRandom::new(1)));
    }
}

/// The pixels, and twice as much for the file.
#[test]
fn a_picture_that_is_larger_than_the_limit_is_an_error() -> tf::Result<()> {
    let _alone = alone();
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [1, 1000, 1000, 1]);
    let picture = tf::summary::image("picture", &x);
    let limit = |bytes: usize| {
        let options = SessionOptions::new().threads(1).memory_limit(bytes);
        Session::with_options(&graph, options)
    };
    let number = repeated(&ONE, 1_000_000);
    let pixels = number.to_shape([1, 1000, 1000, 1]).expect("as many");
    let run = |session: Session| session.run(&picture, [x.feed(&pixels)]).map(drop);
    run(limit(4_000_000)?)?;
    for bytes in [1_500_000, 500_000] {
        let error = run(limit(bytes)?).expect_err("it does not fit");
        assert!(matches!(error, Error::ResourceExhausted(_)), "{error}");
    }
    Ok(())
}

/// What depends on constants alone is computed while planning, which may use no more memory than a
/// run.
#[test]
fn planning_may_use_no_more_than_the_limit() -> tf::Result<()> {
    let _alone = alone();
    let graph = Graph::new();
    let few = graph.constant(Array1::<f64>::linspace(0.0, 1.0, 4096));
    let sum = tf::reduce_sum(tf::roll(&few, 1, 0).named("rolled"), ..);
    let many: Vec<Tensor<f64>> = (1..=64).map(|by| tf::roll(&few, by, 0)).collect();
    let largest = tf::reduce_sum(tf::add_n(&many), ..);
    let run = |fetch: &Tensor<f64>, limit: usize, options: SessionOptions| {
        let session = Session::with_options(&graph, options.memory_limit(limit))?;
        session.run(fetch.scalar(), [])
    };
    let all = SessionOptions::new();
    for options in [all, all.without_rewrites()] {
        let error = run(&sum, 16 << 10, options).expect_err("32 KiB are needed");
        assert!(matches!(error, Error::ResourceExhausted(_)), "{error}");
        assert_eq!(error.node().map(|node| &*node.name), Some("rolled"));
        run(&sum, 128 << 10, options)?;
    }
    // What is computed stays until the plan is made.
    let before = BYTES.load(SeqCst);
    PEAK.store(before, SeqCst);
    let limit = 256 << 10;
    let _ = run(&largest, limit, all);
    let more = (PEAK.load(SeqCst) - before) as usize;
    assert!(more < 3 * limit, "{more} bytes for a limit of {limit}");
    Ok(())
}

/// Runs number `i` of a kind that a session has not seen before.
type Runs = Box<dyn Fn(&Session, usize) -> tf::Result<()>>;

/// What a session keeps of runs is much in different ways: many outputs of a node, many inputs,
/// many feeds and fetches.
fn many_kinds_of_runs() -> Vec<(&'static str, Graph, Runs)> {
    let graph = Graph::new();
    let rows = tf::unstack(graph.zeros::<f32>([4_000, 2]).named("rows"));
    let one_of_many: Runs = Box::new(move |session, i| session.run(&rows[i], []).map(drop));
    let mut kinds = vec![("one output of many", graph, one_of_many)];

    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2]);
    let sum = tf::add_n(vec![tf::exp(&x); 3_000]);
    let others: Vec<Tensor> = (0..100).map(|i| &x + i as f32).collect();
    let many_inputs: Runs = Box::new(move |session, i| {
        let data = arr1(&[1.0, 2.0]);
        session.run((&sum, &others[i]), [x.feed(&data)]).map(drop)
    });
    kinds.push(("many inputs", graph, many_inputs));

    let graph = Graph::new();
    let xs: Vec<Tensor> = (0..1_000)
        .map(|_| graph.placeholder::<f32>("x", []))
        .collect();
    let fed_and_fetched: Runs = Box::new(move |session, i| {
        let some = &xs[i..i + 500];
        let feeds: Vec<_> = some.iter().map(|x| x.feed(1.0)).collect();
        session.run(some, feeds).map(drop)
    });
    kinds.push(("what is fed is fetched", graph, fed_and_fetched));
    kinds
}

#[test]
fn what_is_kept_of_many_kinds_of_runs_has_a_limit_in_bytes() -> tf::Result<()> {
    let _alone = alone();
    for (name, graph, run) in many_kinds_of_runs() {
        let kept = |limit: usize, count: usize| -> tf::Result<isize> {
            let options = SessionOptions::new().threads(1).plan_cache_bytes(limit);
            let session = Session::with_options(&graph, options)?;
            let before = BYTES.load(SeqCst);
            (0..count).try_for_each(|i| run(&session, i))?;
            Ok(BYTES.load(SeqCst) - before)
        };
        // What belongs to the graph is there after the first.
        kept(0, 1)?;
        // The newest plan is kept in any case, and so is the memory in which it ran.
        let newest = kept(0, 1)?;
        for limit in [0, 1 << 19] {
            let kept = kept(limit, 40)?;
            let most = newest * 3 / 2 + (limit * 5 / 4) as isize;
            assert!(
                kept < most,
                "{name}: {kept} bytes are kept where {limit} may be and a run takes {newest}"
            );
        }
    }
    Ok(())
}

/// The tutorials' network for digits: two convolutions with pooling, two dense layers.
fn tutorial_network(x: &Tensor) -> Tensor {
    let graph = x.graph();
    let weight = |shape: &[usize]| graph.variable(ndarray::ArrayD::<f32>::zeros(shape));
    let convolved = |x: &Tensor, shape: [usize; 4]| {
        let [filter, bias] = [weight(&shape), weight(&shape[3..])];
        let sums = tf::nn::conv2d(x, filter, [1, 1, 1, 1], tf::nn::Padding::Same);
        let relu = tf::nn::relu(tf::nn::bias_add(sums, bias));
        tf::nn::max_pool(relu, [1, 2, 2, 1], [1, 2, 2, 1], tf::nn::Padding::Same)
    };
    let dense = |x: &Tensor, shape: [usize; 2]| {
        let [kernel, bias] = [weight(&shape), weight(&shape[1..])];
        tf::matmul(x, kernel) + bias
    };
    let features = convolved(&convolved(x, [5, 5, 1, 32]), [5, 5, 32, 64]);
    let flat = tf::reshape(features, [-1, 7 * 7 * 64]);
    dense(&tf::nn::relu(dense(&flat, [7 * 7 * 64, 1024])), [1024, 10])
}

/// A training step of a convolutional network holds what the forward pass leaves for the gradients
/// once, and its workspace: gradients lie where what they are computed of was, and updates let go
/// of what they read as early as they can.
#[test]
fn a_training_step_holds_its_activations_once() -> tf::Result<()> {
    let _alone = alone();
    const BATCH: usize = 64;
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?, 28, 28, 1]);
    let y = graph.placeholder::<f32>("y", tf::shape![?, 10]);
    let logits = tutorial_network(&x);
    let losses =
        tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(&y), tf::nn::Logits(&logits));
    let train = tf::train::AdamOptimizer::new(1e-3).minimize(tf::reduce_mean(losses, ..));
    let session = Session::with_options(&graph, SessionOptions::new().threads(1))?;
    session.run(graph.global_variables_initializer(), [])?;
    let pictures = ndarray::Array4::<f32>::zeros((BATCH, 28, 28, 1));
    let labels = Array2::<f32>::zeros((BATCH, 10));
    let feeds = [x.feed(&pictures), y.feed(&labels)];
    let peak = session.peak_memory(&train, feeds)?;
    let activations = [
        28 * 28 * 32,
        14 * 14 * 32,
        14 * 14 * 64,
        7 * 7 * 64,
        1024,
        10,
    ];
    let activations = BATCH * activations.iter().sum::<usize>() * size_of::<f32>();
    // A copy of the second convolution's padded pictures, which the gradient of its filter reads,
    // packed filters, and a few tiles.
    let workspace = BATCH * 18 * 18 * 32 * size_of::<f32>() + (5 << 18);
    assert!(
        (activations..=activations + workspace).contains(&peak),
        "{peak} of {activations} and {workspace}"
    );
    Ok(())
}

/// Of what others read, too, an op lets nothing go before they have read it.
#[test]
fn nothing_comes_before_the_other_readers_of_what_it_lets_go_of() -> tf::Result<()> {
    let _alone = alone();
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [1 << 18]);
    let read_twice = tf::cumsum(&x);
    let sums = tf::cumsum(tf::cumsum(&read_twice));
    let bytes = tf::cast(&read_twice, tf::uint8);
    let session = Session::with_options(&graph, SessionOptions::new().threads(1))?;
    let numbers = Array1::<f32>::ones(1 << 18);
    let plan = session.explain((&sums, &bytes), [x.feed(&numbers)])?;
    let place = |text: &str| plan.find(text).unwrap_or_else(|| panic!("{text}: {plan}"));
    let places = ["Cumsum_1 =", "Cast ", "Cumsum_2 ="].map(place);
    assert!(places.is_sorted(), "{plan}");
    Ok(())
}
