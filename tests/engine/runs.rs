//! The ways to ask for a run: by the session, prepared, and into places that are given; all give
//! the same.

use ndarray::{ArrayD, arr1};
use tf1 as tf;
use tf1::{AnyArray, AnyTensor, Graph, Operation, Plain, Session, SessionOptions};

use crate::program::Program;

/// How often each program runs.
const RUNS: usize = 3;

/// A way to ask for a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    Run,
    Prepared,
    /// Into the results of the run before.
    Into,
}

/// The shape, and the bits of the elements, of what a program's runs fetch one after the other.
pub fn bits(program: &Program, options: SessionOptions, way: Way) -> Vec<(Vec<usize>, Vec<u64>)> {
    let session = Session::with_options(&program.graph, options).expect("the program is right");
    let all = results(program, &session, way).expect("the program runs");
    all.iter()
        .map(|array| (array.shape().to_vec(), bits_of(array)))
        .collect()
}

fn results(program: &Program, session: &Session, way: Way) -> tf::Result<Vec<AnyArray>> {
    session.run(program.graph.global_variables_initializer(), [])?;
    let fetches: (&[AnyTensor], &[Operation]) = (&program.fetches, &program.updates);
    let step = session.prepare(fetches, program.fed())?;
    let mut all = Vec::new();
    let mut last = None;
    for _ in 0..RUNS {
        let (fetched, done) = match (way, last.take()) {
            (Way::Run, _) => session.run(fetches, program.feeds())?,
            (Way::Into, Some(mut into)) => {
                step.run_into(program.feeds(), &mut into)?;
                into
            }
            _ => step.run(program.feeds())?,
        };
        all.extend(fetched.iter().cloned());
        last = Some((fetched, done));
    }
    Ok(all)
}

fn bits_of(array: &AnyArray) -> Vec<u64> {
    fn each<T: Plain>(array: &AnyArray, bits: impl Fn(T) -> u64) -> Option<Vec<u64>> {
        Some(array.view::<T>()?.iter().map(|x| bits(*x)).collect())
    }
    // Which of the many NaNs comes out is not promised.
    let float = |x: f32| if x.is_nan() { f32::NAN } else { x };
    each(array, |x| u64::from(float(x).to_bits()))
        .or_else(|| each(array, |x: i32| x as u64))
        .or_else(|| each(array, |x: i64| x as u64))
        .or_else(|| each(array, |x: bool| u64::from(x)))
        .expect("programs have no other types")
}

#[test]
fn all_ways_to_run_give_the_same() {
    for seed in 0..60 {
        let program = Program::random(seed, [40, 70]);
        let expected = bits(&program, SessionOptions::new(), Way::Run);
        let ways: &[Way] = match program.has_known_shapes() {
            true => &[Way::Prepared, Way::Into],
            false => &[Way::Prepared],
        };
        for &way in ways {
            let found = bits(&program, SessionOptions::new(), way);
            assert_eq!(found, expected, "program {seed}, {way:?}");
        }
    }
}

#[test]
fn the_strides_of_what_is_fed_change_no_bit() {
    for seed in 0..60 {
        let mut program = Program::random(seed, [40, 70]);
        let expected = bits(&program, SessionOptions::new(), Way::Run);
        program.straighten_feeds();
        let found = bits(&program, SessionOptions::new(), Way::Run);
        assert_eq!(found, expected, "program {seed}");
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

/// What is only waited for is not left out if only the run can tell whether its inputs fit.
#[test]
fn what_nobody_reads_fails_whatever_is_rewritten() -> tf::Result<()> {
    let graph = Graph::new();
    let a = graph.placeholder::<f32>("a", ..);
    let length = graph.placeholder::<i32>("length", [1]);
    let unread = &graph.fill(&length, 1.0f32) + &a;
    let waits = graph.control_dependencies([&unread], || tf::identity(&a));
    for options in [
        SessionOptions::new().without_rewrites(),
        SessionOptions::new(),
    ] {
        let session = Session::with_options(&graph, options)?;
        let run = |count| {
            session.run(
                &waits,
                [a.feed(arr1(&[1.0, 2.0])), length.feed(arr1(&[count]))],
            )
        };
        assert!(run(2).is_ok());
        let error = run(3).unwrap_err();
        assert!(error.message().contains("[3], [2]"), "{error}");
    }
    Ok(())
}

/// Prepares the fetches, spoils the results of a run, and expects that a run into them is refused
/// and changes neither them nor the variable.
fn expect_refused<F: tf::Fetch>(
    what: &str,
    (session, update): (&Session, &Operation),
    fetches: F,
    spoil: impl Fn(&mut F::Output),
) -> tf::Result<()>
where
    F::Output: Clone + PartialEq + std::fmt::Debug,
{
    let variables = session.graph().global_variables();
    let step = session.prepare((fetches, update, &variables[0]), ())?;
    let mut results = step.run([])?;
    spoil(&mut results.0);
    let spoiled = results.clone();
    let before = session.snapshot(&variables)?;
    let Err(error) = step.run_into([], &mut results) else {
        panic!("{what}: no error");
    };
    assert!(
        matches!(error, tf::Error::InvalidArgument(_)),
        "{what}: {error}"
    );
    assert!(
        error.message().contains("results was given for"),
        "{what}: {error}"
    );
    assert!(error.location().is_some(), "{what}: {error}");
    assert_eq!(results, spoiled, "{what}");
    assert_eq!(session.snapshot(&variables)?, before, "{what}");
    Ok(())
}

#[test]
fn results_of_another_number_are_refused_before_anything_is_written() -> tf::Result<()> {
    let graph = Graph::new();
    let w = graph.variable([1.0f32, 2.0]);
    let update = w.assign_add([1.0f32, 1.0]).op();
    let [a, b, c] = [2.0f32, 3.0, 4.0].map(|factor| w.read_value() * factor);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let with = (&session, &update);
    let both = || vec![&a, &b];
    expect_refused("one too few", with, (both(), &c), |into| {
        into.0.pop();
    })?;
    expect_refused("one too many", with, (both(), &c), |into| {
        let last = into.0[1].clone();
        into.0.push(last);
    })?;
    expect_refused("none", with, both(), |into| into.clear())?;
    expect_refused("the only one", with, vec![&a], |into| into.clear())?;
    expect_refused("a slice", with, &both()[..], |into| {
        into.pop();
    })?;
    expect_refused("some for none", with, Vec::<tf::Tensor>::new(), |into| {
        into.push(ArrayD::zeros(vec![2]));
    })?;
    expect_refused("numbers", with, [vec![a.any()], vec![]], |into| {
        into[1] = into[0].clone();
    })?;
    // As many in all, in other places.
    expect_refused("moved", with, vec![both(), vec![&c]], |into| {
        let moved = into[0].remove(1);
        into[1].push(moved);
    })?;
    expect_refused("nested", with, (vec![(both(), &c)], [&a]), |into| {
        into.0[0].0.truncate(1);
    })?;
    expect_refused("operations", with, vec![&update, &update], |into| {
        into.pop();
    })
}

/// A fetch of a user's that asks for one tensor, and takes and offers as many results as it is
/// told.
struct Careless {
    tensor: AnyTensor,
    takes: usize,
    offers: usize,
}

impl tf::Fetch for Careless {
    type Output = [f32; 3];

    fn request(&self, request: &mut tf::Request) {
        request.tensor(&self.tensor);
    }

    fn collect(&self, results: &mut tf::Results<'_>) -> tf::Result<Self::Output> {
        for _ in 0..self.takes {
            results.array::<f32>()?;
        }
        Ok([0.0; 3])
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut tf::Places<'o>) {
        let offered = into.iter_mut().take(self.offers);
        offered.for_each(|number| places.number(number));
    }
}

#[test]
fn a_fetch_that_takes_or_offers_another_number_than_it_asks_for_is_told_so() -> tf::Result<()> {
    let graph = Graph::new();
    let tensor = graph.constant(7.0f32).any();
    let session = Session::new(&graph)?;
    for (takes, offers) in [(1, 0), (1, 1), (1, 2), (2, 1), (0, 1)] {
        let fetch = Careless {
            tensor: tensor.clone(),
            takes,
            offers,
        };
        let step = session.prepare(fetch, ())?;
        let run = step.run([]);
        let into = step.run_into([], &mut [0.0; 3]);
        assert_eq!(run.is_ok(), takes <= 1, "{run:?}");
        assert_eq!(into.is_ok(), offers == 1, "{into:?}");
        for error in [run.err(), into.err()].into_iter().flatten() {
            assert!(!error.to_string().contains("defect of tf1"), "{error}");
            assert!(error.to_string().contains("Fetch::"), "{error}");
        }
    }
    Ok(())
}
