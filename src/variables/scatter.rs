//! Changing parts of a variable: `Variable.scatter_add` and its like.

use super::Variable;
use crate::graph::{IndexedSlices, IntoTensor, Tensor};
use crate::ops::state;
use crate::types::{Integer, Numeric, Plain, WholeNumber, with_class};

/// A method of a variable for an update of the rows that [`IndexedSlices`] hold.
macro_rules! rows {
    ($(#[$docs:meta])* $method:ident) => {
        $(#[$docs])*
        ///
        /// # Errors
        /// As the function of that name; `InvalidArgument` if the rows are of another type than the
        /// variable.
        #[track_caller]
        pub fn $method(&self, sparse_delta: &IndexedSlices) -> Tensor<T> {
            let IndexedSlices { values, indices, .. } = sparse_delta;
            with_class!(index, indices.dtype(),
                I => state::$method(self, indices.assume::<I>(), values.assume::<T>()),
                // If they are not integers, they are not indices: that mistake is reported.
                state::$method(self, indices.assume::<i64>(), values.assume::<T>())
            )
        }
    };
}

impl<T: Plain> Variable<T> {
    rows! {
        /// Replaces rows of the variable, as `Variable.scatter_update` does; see
        /// [`scatter_update`](crate::scatter_update). The result is the new value.
        scatter_update
    }

    /// Replaces parts of the variable, as `Variable.scatter_nd_update` does; see
    /// [`scatter_nd_update`](crate::scatter_nd_update). The result is the new value.
    ///
    /// # Errors
    /// As [`scatter_nd_update`](crate::scatter_nd_update).
    #[track_caller]
    pub fn scatter_nd_update<I: Integer>(
        &self,
        indices: impl IntoTensor<I>,
        updates: impl IntoTensor<T>,
    ) -> Tensor<T> {
        state::scatter_nd_update(self, indices, updates)
    }
}

impl<T: Numeric> Variable<T> {
    rows! {
        /// Adds to rows of the variable, as `Variable.scatter_add` does; see
        /// [`scatter_add`](crate::scatter_add). The result is the new value.
        ///
        /// ```
        /// use tf1::{self as tf, IndexedSlices};
        ///
        /// let graph = tf::Graph::new();
        /// let v = graph.variable([1.0f32, 2.0, 3.0]);
        /// let rows = IndexedSlices {
        ///     values: graph.constant([10.0f32, 20.0]).any(),
        ///     indices: graph.constant([2, 0]).any(),
        ///     dense_shape: graph.constant([3]).any(),
        /// };
        /// let add = v.scatter_add(&rows);
        /// let session = tf::Session::new(&graph)?;
        /// session.run(graph.global_variables_initializer(), [])?;
        /// assert_eq!(session.run(add.array1(), [])?, ndarray::arr1(&[21.0, 2.0, 13.0]));
        /// # Ok::<(), tf::Error>(())
        /// ```
        scatter_add
    }

    rows! {
        /// Subtracts from rows of the variable, as `Variable.scatter_sub` does; see
        /// [`scatter_sub`](crate::scatter_sub). The result is the new value.
        scatter_sub
    }

    rows! {
        /// Multiplies rows of the variable, as `Variable.scatter_mul` does; see
        /// [`scatter_mul`](crate::scatter_mul). The result is the new value.
        scatter_mul
    }

    rows! {
        /// Divides rows of the variable, as `Variable.scatter_div` does; see
        /// [`scatter_div`](crate::scatter_div). The result is the new value.
        scatter_div
    }

    rows! {
        /// Puts the smaller of both into rows of the variable, as `Variable.scatter_min` does; see
        /// [`scatter_min`](crate::scatter_min). The result is the new value.
        scatter_min
    }

    rows! {
        /// Puts the larger of both into rows of the variable, as `Variable.scatter_max` does; see
        /// [`scatter_max`](crate::scatter_max). The result is the new value.
        scatter_max
    }

    /// Adds to parts of the variable, as `Variable.scatter_nd_add` does; see
    /// [`scatter_nd_add`](crate::scatter_nd_add). The result is the new value.
    ///
    /// # Errors
    /// As [`scatter_nd_add`](crate::scatter_nd_add).
    #[track_caller]
    pub fn scatter_nd_add<I: Integer>(
        &self,
        indices: impl IntoTensor<I>,
        updates: impl IntoTensor<T>,
    ) -> Tensor<T> {
        state::scatter_nd_add(self, indices, updates)
    }

    /// Subtracts from parts of the variable, as `Variable.scatter_nd_sub` does; see
    /// [`scatter_nd_sub`](crate::scatter_nd_sub). The result is the new value.
    ///
    /// # Errors
    /// As [`scatter_nd_sub`](crate::scatter_nd_sub).
    #[track_caller]
    pub fn scatter_nd_sub<I: Integer>(
        &self,
        indices: impl IntoTensor<I>,
        updates: impl IntoTensor<T>,
    ) -> Tensor<T> {
        state::scatter_nd_sub(self, indices, updates)
    }
}

impl<T: Integer> Variable<T> {
    /// The number in the variable, which is 1 larger afterwards, as `Variable.count_up_to` counts;
    /// see [`count_up_to`](crate::count_up_to).
    ///
    /// # Errors
    /// As [`count_up_to`](crate::count_up_to).
    #[track_caller]
    pub fn count_up_to(&self, limit: impl WholeNumber) -> Tensor<T> {
        state::count_up_to(self, limit)
    }
}
