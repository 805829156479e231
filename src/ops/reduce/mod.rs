//! Reductions: ops that combine the elements along some axes into one.

mod accumulate_n;
mod arg;
mod axes;
mod count_nonzero;
mod cumulative;
mod extremum;
mod gradient;
mod logical;
mod logsumexp;
mod mean;
mod norm;
mod prod;
mod reduction;
mod sum;

use super::family::family;

family! {
    ops: accumulate_n, arg, cumulative, extremum, logical, mean, prod, sum;
    names: axes, count_nonzero, logsumexp, norm;
}

#[cfg(test)]
mod tests {
    use ndarray::{arr1, arr2};

    use super::*;
    use crate::graph::Graph;
    use crate::session::Session;

    const NAN: f32 = f32::NAN;

    #[test]
    fn every_node_is_told_at_the_callers_line() {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", ..);
        let truth = graph.placeholder::<bool>("truth", ..);
        let _ = (
            reduce_sum(&x, 0),
            reduce_mean(&x, ..),
            reduce_prod(&x, [0]),
            reduce_max(&x, 0),
        );
        let _ = (
            reduce_min(&x, 0),
            reduce_all(&truth, ..),
            reduce_any(&truth, 0),
        );
        let _ = (
            reduce_logsumexp(&x, 0),
            reduce_variance(&x, 0),
            reduce_std(&x, 0),
        );
        let _ = (
            argmax(&x, 0),
            argmin(&x, 0),
            count_nonzero(&x, ..),
            count_nonzero_as(&x, .., crate::int64),
            norm(&x),
        );
        let _ = (
            cumsum(&x),
            cumprod(&x),
            accumulate_n(&[x.clone(), x.clone()]),
        );
        let _ = crate::gradients(
            &(reduce_prod(&x, 0) + reduce_max(&x, 0) + reduce_mean(&x, 0)),
            &x,
        );
        for operation in graph.operations() {
            assert_eq!(operation.location().file(), file!(), "{operation}");
        }
    }

    #[test]
    fn nan_among_the_elements_is_the_extremum() -> crate::Result<()> {
        let graph = Graph::new();
        let x = graph.constant([[1.0, NAN, 3.0], [NAN, 5.0, 4.0], [7.0, 8.0, 9.0]]);
        let (max, min) = (reduce_max(&x, 1), reduce_min(&x, 1));
        let (max, min) = Session::new(&graph)?.run((&max, &min), [])?;
        assert_eq!(max.mapv(f32::is_nan), arr1(&[true, true, false]).into_dyn());
        assert_eq!((max[2], min[2]), (9.0, 7.0));
        assert!(min[0].is_nan() && min[1].is_nan());
        Ok(())
    }

    #[test]
    fn axes_that_only_a_run_knows_are_checked_then() -> crate::Result<()> {
        let graph = Graph::new();
        let x = graph.constant(arr2(&[[1.0f32, 2.0], [3.0, 4.0]]));
        let axis = graph.placeholder::<i32>("axis", ..);
        let sums = reduce_sum(&x, &axis);
        let place = argmax(&x, &axis);
        let session = Session::new(&graph)?;
        assert_eq!(
            session.run(&sums, [axis.feed(-1)])?,
            arr1(&[3.0, 7.0]).into_dyn()
        );
        assert_eq!(
            session.run(&place, [axis.feed(-1)])?,
            arr1(&[1, 1]).into_dyn()
        );
        let told = |error: crate::Error| error.message().to_string();
        let error = told(session.run(&sums, [axis.feed(2)]).unwrap_err());
        assert_eq!(
            error,
            "Invalid reduction dimension 2 for input with 2 dimensions."
        );
        let error = told(session.run(&sums, [axis.feed(i32::MIN)]).unwrap_err());
        assert!(
            error.starts_with("Invalid reduction dimension -2147483648"),
            "{error}"
        );
        let error = told(session.run(&place, [axis.feed(-3)]).unwrap_err());
        assert_eq!(error, "Expected dimension in the range [-2, 2), but got -3");
        Ok(())
    }

    #[test]
    fn no_position_can_be_found_among_no_elements() -> crate::Result<()> {
        let graph = Graph::new();
        let x = graph.zeros::<f32>([0, 3]);
        let (first, second) = (argmax(&x, 0), argmax(&x, 1));
        let session = Session::new(&graph)?;
        let error = session.run(&first, []).unwrap_err();
        assert_eq!(error.message(), "Reduction axis 0 is empty in shape [0,3]");
        assert_eq!(session.run(&second, [])?.shape(), [0]);
        Ok(())
    }
}
