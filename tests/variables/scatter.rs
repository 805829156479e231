//! Changing parts of variables. The values and messages are those of TensorFlow 1.15.

use ndarray::{Array2, ArrayD, arr2, array};
use tf1::{self as tf, AnyTensor, Error, Graph, IndexedSlices, Session, Tensor, Variable};

/// `np.arange(1, 9).reshape(4, 2)`
fn numbers() -> Array2<f32> {
    array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]
}

/// What the variable is after an update.
fn after<T: tf::Element>(
    start: Array2<T>,
    update: impl FnOnce(&Variable<T>) -> Tensor<T>,
) -> tf::Result<ArrayD<T>> {
    let graph = Graph::new();
    let v = graph.variable(start);
    let updated = update(&v);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    session.run(&updated, [])
}

type Scatter = fn(&Variable, [i32; 3], Array2<f32>) -> Tensor;

#[test]
fn rows_are_multiplied_divided_and_bounded() -> tf::Result<()> {
    let updates = array![[2.0, 3.0], [0.5, -1.0], [2.0, 2.0]];
    let cases: [(Scatter, Array2<f32>); 4] = [
        (
            |v, i, u| tf::scatter_mul(v, i, &u),
            array![[4., 12.], [3., 4.], [2.5, -6.], [7., 8.]],
        ),
        (
            |v, i, u| tf::scatter_div(v, i, &u),
            array![[0.25, 0.33333334], [3., 4.], [10., -6.], [7., 8.]],
        ),
        (
            |v, i, u| tf::scatter_min(v, i, &u),
            array![[1., 2.], [3., 4.], [0.5, -1.], [7., 8.]],
        ),
        (
            |v, i, u| tf::scatter_max(v, i, &u),
            array![[2., 3.], [3., 4.], [5., 6.], [7., 8.]],
        ),
    ];
    for (scatter, expected) in cases {
        let found = after(numbers(), |v| scatter(v, [0, 2, 0], updates.clone()))?;
        assert_eq!(found, expected.into_dyn());
    }
    Ok(())
}

#[test]
fn integers_are_rounded_toward_zero_and_wrap() -> tf::Result<()> {
    let negative = numbers().mapv(|x| -x as i32);
    let halves = after(negative.clone(), |v| tf::scatter_div(v, [0, 1], 2))?;
    assert_eq!(
        halves,
        array![[0, -1], [-1, -2], [-5, -6], [-7, -8]].into_dyn()
    );
    let tripled = after(arr2(&[[i32::MIN]]), |v| tf::scatter_mul(v, [0], 3))?;
    assert_eq!(tripled, arr2(&[[i32::MIN]]).into_dyn());
    // TensorFlow's process ends here.
    let error = after(negative, |v| tf::scatter_div(v, [0, 1], 0)).unwrap_err();
    assert_eq!(error.message(), "Integer division by zero");
    let bytes = numbers().mapv(|x| x as u8);
    let doubled = after(bytes.clone(), |v| tf::scatter_mul(v, [0, 2, 0], 2))?;
    assert_eq!(
        doubled,
        array![[4u8, 8], [3, 4], [10, 12], [7, 8]].into_dyn()
    );
    let error = after(bytes, |v| tf::scatter_min(v, [0], 2)).unwrap_err();
    assert!(
        error
            .message()
            .contains("DataType uint8 not in list of allowed values"),
        "{error}"
    );
    Ok(())
}

#[test]
fn nan_neither_bounds_nor_is_bounded() -> tf::Result<()> {
    let nan = f32::NAN;
    assert_eq!(
        after(numbers(), |v| tf::scatter_min(v, [0, 1], nan))?,
        numbers().into_dyn()
    );
    assert_eq!(
        after(numbers(), |v| tf::scatter_max(v, [0, 1], nan))?,
        numbers().into_dyn()
    );
    let kept = after(arr2(&[[nan, 1.0]]), |v| tf::scatter_max(v, [0], 2.0))?;
    assert!(kept[[0, 0]].is_nan() && kept[[0, 1]] == 2.0);
    Ok(())
}

#[test]
fn parts_are_named_by_rows_of_indices() -> tf::Result<()> {
    let rows = [[0], [2], [0]];
    let updates = array![[2.0, 3.0], [0.5, -1.0], [2.0, 2.0]];
    let found = after(numbers(), |v| tf::scatter_nd_update(v, rows, &updates))?;
    assert_eq!(
        found,
        array![[2., 2.], [3., 4.], [0.5, -1.], [7., 8.]].into_dyn()
    );
    let found = after(numbers(), |v| v.scatter_nd_add(rows, &updates))?;
    assert_eq!(
        found,
        array![[5., 7.], [3., 4.], [5.5, 5.], [7., 8.]].into_dyn()
    );
    let found = after(numbers(), |v| {
        v.scatter_nd_sub([[0, 1], [2, 0]], [10.0, 20.0])
    })?;
    assert_eq!(
        found,
        array![[1., -8.], [3., 4.], [-15., 6.], [7., 8.]].into_dyn()
    );
    let stacked = array![[[0i64, 0], [1, 1]], [[2, 0], [3, 1]]];
    let found = after(numbers(), |v| {
        v.scatter_nd_update(&stacked, [[1.0, 2.0], [3.0, 4.0]])
    })?;
    assert_eq!(
        found,
        array![[1., 2.], [3., 2.], [3., 6.], [7., 4.]].into_dyn()
    );
    let none = after(numbers(), |v| {
        tf::scatter_nd_add(v, Array2::<i32>::zeros((0, 1)), Array2::zeros((0, 2)))
    })?;
    assert_eq!(none, numbers().into_dyn());
    Ok(())
}

#[test]
fn indices_that_name_nothing_are_told() {
    let message = |update: fn(&Variable) -> Tensor| {
        after(numbers(), update).unwrap_err().message().to_string()
    };
    let told = message(|v| tf::scatter_nd_add(v, [[0, 1], [4, 0]], [1.0, 2.0]));
    assert_eq!(told, "indices[1] = [4, 0] does not index into shape [4,2]");
    let told = message(|v| tf::scatter_nd_update(v, [[0, 1], [-1, 0]], [1.0, 2.0]));
    assert_eq!(told, "indices[1] = [-1, 0] does not index into shape [4,2]");
    let told = message(|v| tf::scatter_nd_sub(v, [[[0, 0]], [[0, 2]]], [[1.0], [2.0]]));
    assert_eq!(
        told,
        "indices[1,0] = [0, 2] does not index into shape [4,2]"
    );
    let told = message(|v| tf::scatter_nd_add(v, [[0, 1, 2]], [1.0]));
    assert!(
        told.starts_with("indices.shape[-1] must be <= params.rank"),
        "{told}"
    );
    let told = message(|v| tf::scatter_nd_add(v, [0, 1], 1.0));
    assert!(
        told.starts_with("Shape must be at least rank 1 but is rank 0"),
        "{told}"
    );
    let told = message(|v| tf::scatter_nd_add(v, [[0]], [1.0]));
    assert!(told.contains("[4,2], [1,1], [1]"), "{told}");
    let told = message(|v| {
        let nothing = ndarray::Array2::<i32>::zeros((2, 0));
        tf::scatter_nd_add(v, &nothing, ndarray::Array3::ones((2, 4, 2)))
    });
    assert_eq!(
        told,
        "Indices and updates specified for empty output.  indices shape: [2,0]"
    );
    let told = message(|v| tf::scatter_mul(v, [0, 4], 2.0));
    assert_eq!(told, "indices[1] = 4 is not in [0, 4)");
}

/// What a failed run was to update besides stays as it was, and so does the variable; indices and
/// updates are known to the run alone.
#[test]
fn a_failed_run_changes_nothing() -> tf::Result<()> {
    let graph = Graph::new();
    let indices = graph.placeholder::<i32>("indices", ..);
    let updates = graph.placeholder::<i32>("updates", ..);
    let v = graph.variable(array![[1, 2], [3, 4]]);
    let other = graph.variable(0);
    let updates_of = [
        tf::scatter_nd_add(&v, &indices, &updates),
        tf::scatter_div(&v, tf::reshape(&indices, [-1]), &updates),
    ];
    let all = updates_of.map(|update| tf::group([&other.assign_add(1), &update]));
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let run = |update: &tf::Operation, rows: [[i32; 1]; 2], given: [[i32; 2]; 2]| {
        session.run(update, [indices.feed(rows), updates.feed(given)])
    };
    assert!(run(&all[0], [[1], [2]], [[1, 1], [1, 1]]).is_err());
    assert!(run(&all[1], [[1], [0]], [[1, 1], [1, 0]]).is_err());
    assert!(run(&all[1], [[1], [-1]], [[1, 1], [1, 1]]).is_err());
    let (found, count) = session.run((&v, other.value().scalar()), [])?;
    assert_eq!((found, count), (array![[1, 2], [3, 4]].into_dyn(), 0));
    run(&all[0], [[1], [1]], [[1, 1], [2, 2]])?;
    let (found, count) = session.run((&v, other.value().scalar()), [])?;
    assert_eq!((found, count), (array![[1, 2], [6, 7]].into_dyn(), 1));
    Ok(())
}

#[test]
fn a_variable_takes_indexed_slices() -> tf::Result<()> {
    let rows = |v: &Variable, indices: AnyTensor| IndexedSlices {
        values: v.graph().constant([[2.0f32, 3.0]]).any(),
        indices,
        dense_shape: v.graph().constant([4, 2]).any(),
    };
    let found = after(numbers(), |v| {
        v.scatter_mul(&rows(v, v.graph().constant([1i64]).any()))
    })?;
    assert_eq!(
        found,
        array![[1., 2.], [6., 12.], [5., 6.], [7., 8.]].into_dyn()
    );
    let found = after(numbers(), |v| {
        v.scatter_min(&rows(v, v.graph().constant([3]).any()))
    })?;
    assert_eq!(
        found,
        array![[1., 2.], [3., 4.], [5., 6.], [2., 3.]].into_dyn()
    );
    assert!(
        after(numbers(), |v| v
            .scatter_add(&rows(v, v.graph().constant([1.0f32]).any())))
        .is_err()
    );
    Ok(())
}

#[test]
fn a_variable_counts_up_to_its_limit() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(1i32).named("count");
    let next = tf::count_up_to(&v, 3);
    assert_eq!(
        next.to_string(),
        "Tensor(\"CountUpTo:0\", shape=(), dtype=int32)"
    );
    assert_eq!(v.count_up_to(2).op().op_type(), "CountUpTo");
    let after = graph.control_dependencies([&next], || v.read_value());
    let other = graph.variable(0i32);
    let both = tf::group([&next, &other.assign_add(1)]);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let all = (next.scalar(), v.value().scalar(), after.scalar());
    assert_eq!(session.run(&all, [])?, (1, 1, 2));
    assert_eq!(session.run((next + 10).scalar(), [])?, 12);
    let error = session.run(&both, []).unwrap_err();
    assert!(matches!(error, Error::OutOfRange(_)), "{error}");
    assert_eq!(error.message(), "Reached limit of 3");
    assert_eq!(
        session.run((v.value().scalar(), other.value().scalar()), [])?,
        (3, 0)
    );
    tf::count_up_to(graph.variable([1, 2]), 3);
    let error = graph.check().unwrap_err();
    assert!(
        error
            .message()
            .starts_with("Shape must be rank 0 but is rank 1"),
        "{error}"
    );
    Ok(())
}

/// TensorFlow refuses the limit when the op is first run, in the same words.
#[test]
fn a_limit_beyond_the_variable_s_numbers_is_refused() -> tf::Result<()> {
    for limit in [1i64 << 31, -(1 << 31) - 1] {
        let graph = Graph::new();
        tf::count_up_to(graph.variable(0i32), limit);
        let error = graph.check().unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
        let message = format!("Attr limit has value {limit} out of range for an int32");
        assert_eq!(error.message(), message);
    }
    let graph = Graph::new();
    let (v, w) = (graph.variable(i32::MAX - 1), graph.variable(1i64 << 31));
    let most = tf::count_up_to(&v, i32::MAX);
    let more = w.count_up_to(usize::MAX);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let counts = session.run((most.scalar(), more.scalar()), [])?;
    assert_eq!(counts, (i32::MAX - 1, 1 << 31));
    let error = session.run(&most, []).unwrap_err();
    assert_eq!(error.message(), "Reached limit of 2147483647");
    Ok(())
}
