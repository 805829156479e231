//! Numbers of the types that programs seldom use, against those of TensorFlow 1.15.5: the order and
//! the rounding of sums, and integers that wrap around.

use tf1::{DType, Graph, Numeric, Result, Session, bf16, f16};

/// `np.arange(n) * 37 % 101 / 101.`
fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i * 37 % 101) as f32 / 101.0).collect()
}

/// `[reduce_sum(h), reduce_mean(h), reduce_max(h), cumsum(h)[-1], reduce_sum(stack([h, 2 * h]),
/// 1)[1], reduce_prod(1 + h / 100)]` of [`numbers`] cast to `T`.
fn reductions<T: tf1::Float>(n: usize) -> Result<[f32; 6]> {
    let graph = Graph::new();
    let h = tf1::cast(graph.constant(numbers(n)), tf1::ElementType::<T>::new());
    let number = |x: f64| graph.constant(ndarray::arr0(T::from_f64(x)));
    let rows = tf1::stack((&h, tf1::multiply(&h, number(2.0))), 0);
    let growth = tf1::add(number(1.0), tf1::truediv(&h, number(100.0)));
    let results = [
        tf1::reduce_sum(&h, ..),
        tf1::reduce_mean(&h, ..),
        tf1::reduce_max(&h, ..),
        tf1::cumsum(&h).index(-1),
        tf1::reduce_sum(&rows, 1).index(1),
        tf1::reduce_prod(&growth, ..),
    ];
    let fetches = results.map(|x| tf1::cast(&x, tf1::float32));
    let values = Session::new(&graph)?.run(&fetches, [])?;
    Ok(values.map(|value| value[[]]))
}

#[test]
fn halves_are_added_up_as_tensorflow_adds_them() -> Result<()> {
    for (n, expected) in [
        (
            7,
            [
                2.693_359_4,
                0.384_765_62,
                0.831_542_97,
                2.693_359_4,
                5.386_718_8,
                1.028_320_3,
            ],
        ),
        (
            100,
            [49.375, 0.493_652_34, 0.990_234_4, 49.375, 98.75, 1.618_164],
        ),
        (
            1000,
            [495.25, 0.495_361_33, 0.990_234_4, 495.25, 990.5, 138.625],
        ),
    ] {
        let found = reductions::<f16>(n)?;
        assert_eq!(found[..5], expected[..5], "{n}");
        // Long products differ in the order of their factors.
        let allowed = if n < 10 { 0.0 } else { 2e-2 };
        assert!(
            (found[5] / expected[5] - 1.0).abs() <= allowed,
            "{n}: {found:?}"
        );
    }
    Ok(())
}

#[test]
fn upper_halves_of_floats_are_added_one_by_one() -> Result<()> {
    for (n, expected) in [
        (
            7,
            [
                2.703_125,
                0.386_718_75,
                0.832_031_25,
                2.703_125,
                5.406_25,
                1.023_437_5,
            ],
        ),
        (
            100,
            [49.5, 0.494_140_62, 0.988_281_25, 49.5, 99.0, 1.468_75],
        ),
        (
            1000,
            [256.0, 0.255_859_38, 0.988_281_25, 256.0, 512.0, 78.0],
        ),
    ] {
        assert_eq!(reductions::<bf16>(n)?, expected, "{n}");
    }
    Ok(())
}

/// `x + x`, `x * x`, `reduce_sum(x)`, `reduce_mean(x)` and `x // [7, 2, 2, 7]` of integers.
fn integers<T: Numeric>(x: [i64; 4]) -> Result<Vec<i64>> {
    let graph = Graph::new();
    let x = tf1::cast(graph.constant(x), tf1::ElementType::<T>::new());
    let divisors = tf1::cast(
        graph.constant([7i64, 2, 2, 7]),
        tf1::ElementType::<T>::new(),
    );
    let lists = [
        tf1::multiply(&x, &x),
        tf1::floordiv(&x, divisors),
        tf1::reshape(tf1::reduce_sum(&x, ..), [1]),
        tf1::reshape(tf1::reduce_mean(&x, ..), [1]),
    ];
    let lists = lists.map(|list| tf1::cast(&list, tf1::int64));
    let found = Session::new(&graph)?.run(tf1::concat(&lists, 0), [])?;
    Ok(found.into_iter().collect())
}

#[test]
fn short_integers_wrap_around() -> Result<()> {
    assert_eq!(
        integers::<i8>([100, 3, 7, 120])?,
        [16, 9, 49, 64, 14, 1, 3, 17, -26, -6]
    );
    assert_eq!(
        integers::<i16>([100, 3, 7, 60000])?,
        [10000, 9, 49, -23552, 14, 1, 3, -791, -5426, -1356]
    );
    assert_eq!(
        integers::<u16>([100, 3, 7, 60000])?,
        [10000, 9, 49, 41984, 14, 1, 3, 8571, 60110, 15027]
    );
    Ok(())
}

#[test]
fn what_tensorflow_does_not_register_is_refused_in_its_words() {
    let graph = Graph::new();
    let x = graph.constant([1u32, 2]);
    let refused = tf1::add(&x, &x);
    assert_eq!(refused.dtype(), DType::UInt32);
    let error = graph.check().unwrap_err();
    let words = "Value passed to parameter 'x' has DataType uint32 not in list of allowed values: \
                 bfloat16, float16, float32, float64, uint8, int8, int16, int32, int64, complex64, \
                 complex128";
    assert!(error.message().contains(words), "{error}");
}

/// Results that are views, groups of ops, and arrays of elements of 2 and 16 bytes that lie in any
/// order.
#[test]
fn elements_of_every_size_are_moved_and_combined() -> Result<()> {
    fn moved<T: tf1::Plain>(elements: Vec<T>) -> Result<()> {
        let graph = Graph::new();
        let array = ndarray::Array2::from_shape_vec((3, 4), elements).expect("12 elements");
        let x = graph.placeholder::<T>("x", [3, 4]);
        let turned = tf1::transpose(&x);
        let flat = tf1::reshape(&turned, [-1]);
        let part = tf1::slice(tf1::concat((&turned, &turned), 1), [1, 2], [2, 3]);
        let picked = tf1::gather(&x, [2, 0]);
        let padded = tf1::pad(&x, [[1, 0], [0, 2]]);
        let session = Session::new(&graph)?;
        let fetches = (&flat, &part, &picked, &padded);
        let (flat, part, picked, padded) = session.run(fetches, [x.feed(&array)])?;
        assert!(flat.iter().eq(array.t().iter()));
        assert_eq!(part[[1, 2]], array[[1, 2]]);
        assert_eq!(picked[[1, 3]], array[[0, 3]]);
        assert_eq!(
            (padded[[3, 3]], padded[[0, 0]]),
            (array[[2, 3]], T::default())
        );
        Ok(())
    }
    moved((0..12).map(|i| f16::from_f64(f64::from(i) / 3.0)).collect())?;
    moved((0..12).map(|i| i as i8 - 6).collect())?;
    moved((0..12).map(|i| u64::MAX - i).collect())?;
    moved(
        (0..12)
            .map(|i| tf1::Complex32::new(i as f32, -1.0))
            .collect(),
    )?;
    moved(
        (0..12)
            .map(|i| tf1::Complex64::new(f64::from(i), 0.5))
            .collect(),
    )
}
