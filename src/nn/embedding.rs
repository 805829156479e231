//! Embedding lookups: rows of tables.

use crate::graph::{Graph, IntoTensor, OpScope, Tensor, graph_of};
use crate::ops::NumberOrTensor;
use crate::ops::array::{
    concat, dynamic_partition, gather, identity, parallel_dynamic_stitch, range, rank, reshape,
    shape, size, stack,
};
use crate::ops::math::{ClipByNorm, cast_to, clip_by_norm_with, floordiv, less, maximum, select};
use crate::ops::reduce::{Axes, reduce_sum};
use crate::ops::support::named_as;
use crate::types::{Dim, Element, Error, Float, Integer, Number, Result, Shape, with_class};
use crate::variables::Variable;

/// The rows of the table `params` that `ids` name, as `tf.nn.embedding_lookup` finds them. The
/// result has the shape of `ids`, followed by that of a row.
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let table = graph.constant([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]]);
/// let rows = tf::nn::embedding_lookup(&table, [2, 0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(rows.array2(), [])?, arr2(&[[2.0, 2.1], [0.0, 0.1]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// A large table may be cut into several, `embedding_lookup([&first, &second], &ids)`: of `n`
/// tables, row `id` is then row `id / n` of table `id % n`, or as
/// [`EmbeddingLookup::partition_strategy`] says.
///
/// # Errors
/// `InvalidArgument` if there is no table, their rows differ in shape, or an id is out of range
/// when run.
///
/// # Options
/// `partition_strategy`, `max_norm`: see [`embedding_lookup_with`].
#[track_caller]
pub fn embedding_lookup<T: Element, I: Integer>(
    params: impl EmbeddingTables<T>,
    ids: impl IntoTensor<I>,
) -> Tensor<T> {
    embedding_lookup_with(params, ids, EmbeddingLookup::new())
}

/// As [`embedding_lookup`], with the strategy by which the tables were cut, or with rows that are
/// scaled down to a norm, as `options` says.
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let first = graph.constant([[0.0f32, 0.1], [1.0, 1.1]]);
/// let second = graph.constant([[2.0f32, 2.1]]);
/// let rows = tf::nn::embedding_lookup_with([&first, &second], [2, 1], "div"); // as of one table of three rows
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(rows.array2(), [])?, arr2(&[[2.0, 2.1], [1.0, 1.1]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`embedding_lookup`]; and `InvalidArgument` if there is no such strategy, or if `max_norm` is
/// given for rows that are not of floats.
#[track_caller]
pub fn embedding_lookup_with<T: Element, I: Integer>(
    params: impl EmbeddingTables<T>,
    ids: impl IntoTensor<I>,
    options: impl Into<EmbeddingLookup>,
) -> Tensor<T> {
    let (tables, options) = (params.into_tables(), options.into());
    let known = tables.first().map(|table| table.graph().clone());
    let graph = graph_of(&[known, ids.graph()]);
    graph.op_scope("embedding_lookup", |scope| {
        let ids = ids.into_tensor(&graph, "ids");
        let rows = match tables.as_slice() {
            [] => Err(Error::invalid_argument("Need at least one param")),
            [table] => options.of_one(scope, table, &ids),
            tables => options.of_several(scope, tables, &ids),
        };
        rows.unwrap_or_else(|error| scope.failed("GatherV2", error))
    })
}

/// The options of [`embedding_lookup_with`].
#[derive(Clone, Debug)]
pub struct EmbeddingLookup {
    partition_strategy: String,
    max_norm: Option<f64>,
}

/// By this strategy, as [`EmbeddingLookup::partition_strategy`].
impl From<&str> for EmbeddingLookup {
    fn from(partition_strategy: &str) -> Self {
        EmbeddingLookup::new().partition_strategy(partition_strategy)
    }
}

impl EmbeddingLookup {
    /// The strategy `"mod"`, and rows as they are.
    pub fn new() -> Self {
        EmbeddingLookup {
            partition_strategy: "mod".to_string(),
            max_norm: None,
        }
    }

    /// How rows are dealt out to several tables: by `"mod"` each row to another table in turn, by
    /// `"div"` to each table a stretch of rows. In both, where the rows do not divide evenly, the
    /// first tables have one row more.
    pub fn partition_strategy(mut self, partition_strategy: &str) -> Self {
        self.partition_strategy = partition_strategy.to_string();
        self
    }

    /// Scales rows down whose Euclidean norm is larger, as [`clip_by_norm`](crate::clip_by_norm())
    /// does.
    pub fn max_norm(mut self, max_norm: impl Into<f64>) -> Self {
        self.max_norm = Some(max_norm.into());
        self
    }

    #[track_caller]
    fn of_one<T: Element, I: Integer>(
        &self,
        scope: &OpScope,
        table: &Tensor<T>,
        ids: &Tensor<I>,
    ) -> Result<Tensor<T>> {
        let rows = gather(table, ids).named(named_as(scope));
        Ok(identity(self.clipped(rows, ids)?))
    }

    #[track_caller]
    fn of_several<T: Element, I: Integer>(
        &self,
        scope: &OpScope,
        tables: &[Tensor<T>],
        ids: &Tensor<I>,
    ) -> Result<Tensor<T>> {
        let flat = reshape(ids, [-1]);
        let places = range(0, size(&flat), 1);
        let (part, row) = match self.partition_strategy.as_str() {
            "mod" => {
                let count = I::from_i64(tables.len() as i64);
                (&flat % count, floordiv(&flat, count))
            }
            "div" => by_stretches(tables, &flat),
            other => {
                let message = format!("Unrecognized partition strategy: {other}");
                let help = "the strategies are \"mod\" and \"div\"";
                return Err(Error::invalid_argument(message).with_help(help));
            }
        };
        let part = cast_to::<I, i32>(part);
        let rows_of_parts = dynamic_partition(row, &part, tables.len());
        let places = dynamic_partition(places, &part, tables.len());
        let mut found = Vec::with_capacity(tables.len());
        // Not in `map`, whose calls would not know the caller.
        for (table, rows) in tables.iter().zip(rows_of_parts) {
            found.push(gather(table, rows));
        }
        let rows = parallel_dynamic_stitch(places, found).named(named_as(scope));
        if rows.is_failed() {
            return Ok(rows);
        }
        let row = row_shape(tables);
        let lengths = match row.to_known() {
            Some(row) => {
                let row: Vec<i32> = row.iter().map(|length| *length as i32).collect();
                concat((shape(ids), row), 0)
            }
            None => {
                let row = shape(&tables[0]).index(1..);
                concat((shape(ids), row), 0)
            }
        };
        let rows = reshape(rows, lengths);
        if let (Some(ids), Some(row)) = (ids.shape().dims(), row.dims())
            && !rows.is_failed()
        {
            rows.set_shape([ids, row].concat());
        }
        self.clipped(rows, ids)
    }

    /// The rows for `ids`, scaled down to the norm that they may have.
    #[track_caller]
    fn clipped<T: Element, I: Integer>(
        &self,
        rows: Tensor<T>,
        ids: &Tensor<I>,
    ) -> Result<Tensor<T>> {
        let Some(max_norm) = self.max_norm else {
            return Ok(rows);
        };
        with_class!(floating, T::DTYPE, F => {
            let rows = rows.any().assume::<F>();
            let axes = axes_of_rows(&rows, ids);
            let options = ClipByNorm::new().axes(axes);
            Ok(clip_by_norm_with(rows, F::from_f64(max_norm), options).any().assume())
        }, {
            let message = format!("rows of {} have no norm: max_norm is for floats", T::DTYPE);
            Err(Error::invalid_argument(message))
        })
    }
}

impl Default for EmbeddingLookup {
    fn default() -> Self {
        EmbeddingLookup::new()
    }
}

/// The axes of `rows` after those of `ids`.
#[track_caller]
fn axes_of_rows<T: Float, I: Integer>(rows: &Tensor<T>, ids: &Tensor<I>) -> Axes {
    // TensorFlow takes a rank of 0 for one that is not known.
    let known = |rank: Option<usize>| rank.filter(|rank| *rank > 0).map(|rank| rank as i32);
    match (known(ids.shape().rank()), known(rows.shape().rank())) {
        (Some(start), Some(end)) => Axes::from((start..end).collect::<Vec<i32>>()),
        (Some(start), None) => Axes::from(range(start, rank(rows), 1)),
        (None, Some(end)) => Axes::from(range(rank(ids), end, 1)),
        (None, None) => {
            let start = rank(ids);
            Axes::from(range(start, rank(rows), 1))
        }
    }
}

/// The shape of one row of all tables, as far as it is known; what does not fit was told before.
fn row_shape<T: Element>(tables: &[Tensor<T>]) -> Shape {
    let row = |table: &Tensor<T>| match table.shape().dims() {
        Some([_, row @ ..]) => Shape::from(row.to_vec()),
        _ => Shape::unknown(),
    };
    let rows = tables.iter().map(row);
    rows.reduce(|a, b| a.merge(&b).unwrap_or(a))
        .unwrap_or_else(Shape::unknown)
}

/// The table and the row in it of each id, where each table has a stretch of the ids.
#[track_caller]
fn by_stretches<T: Element, I: Integer>(
    tables: &[Tensor<T>],
    flat: &Tensor<I>,
) -> (Tensor<I>, Tensor<I>) {
    let count = I::from_i64(tables.len() as i64);
    let total = number_of_rows(tables, flat.graph());
    let length = floordiv(&total, count);
    let extras = total % count;
    let first = floordiv(flat, &length + I::ONE);
    let part = maximum(first, floordiv(flat - &extras, &length));
    let is_longer = less(&part, &extras);
    let row_of_longer = flat % (&length + I::ONE);
    let row = select(is_longer, row_of_longer, (flat - extras) % length);
    (part, row)
}

/// The number of rows of all tables.
#[track_caller]
fn number_of_rows<T: Element, I: Integer>(tables: &[Tensor<T>], graph: &Graph) -> Tensor<I> {
    let rows = |table: &Tensor<T>| -> Dim { table.shape().dim(0) };
    let known: Option<Vec<usize>> = tables.iter().map(rows).collect();
    let total = known.map(|known| {
        known
            .iter()
            .fold(0usize, |sum, rows| sum.saturating_add(*rows))
    });
    if let Some(total) = total.filter(|total| *total > 0) {
        return graph.constant(I::from_i64(i64::try_from(total).unwrap_or(i64::MAX)));
    }
    let mut lengths = Vec::with_capacity(tables.len());
    for table in tables {
        lengths.push(match rows(table) {
            Some(rows) => NumberOrTensor::Number(i32::try_from(rows).unwrap_or(i32::MAX)),
            None => NumberOrTensor::Tensor(shape(table).index(0)),
        });
    }
    reduce_sum(cast_to::<i32, I>(stack(lengths, 0)), ..)
}

/// What [`embedding_lookup`] looks rows up in: a tensor or a variable, or a list of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table of `{T}`, nor a list of tables",
    label = "not a tensor or a variable, nor an array, a slice or a vector of them",
    note = "write `&table` or `[&first, &second]`; an array becomes a tensor with `graph.constant(..)`"
)]
pub trait EmbeddingTables<T: Element> {
    /// The tables.
    fn into_tables(self) -> Vec<Tensor<T>>;
}

/// Implements [`EmbeddingTables`] for handles on tables, alone and in lists.
macro_rules! tables {
    ($($handle:ty, |$table:ident| $tensor:expr;)*) => {$(
        impl<T: Element> EmbeddingTables<T> for $handle {
            fn into_tables(self) -> Vec<Tensor<T>> {
                let $table = self;
                vec![$tensor]
            }
        }

        impl<T: Element> EmbeddingTables<T> for Vec<$handle> {
            fn into_tables(self) -> Vec<Tensor<T>> {
                self.into_iter().map(|$table| $tensor).collect()
            }
        }

        impl<T: Element, const N: usize> EmbeddingTables<T> for [$handle; N] {
            fn into_tables(self) -> Vec<Tensor<T>> {
                Vec::from(self).into_tables()
            }
        }

        impl<T: Element> EmbeddingTables<T> for &[$handle] {
            fn into_tables(self) -> Vec<Tensor<T>> {
                self.iter().map(|$table| $tensor).collect()
            }
        }

        impl<T: Element> EmbeddingTables<T> for &Vec<$handle> {
            fn into_tables(self) -> Vec<Tensor<T>> {
                self.as_slice().into_tables()
            }
        }

        impl<T: Element, const N: usize> EmbeddingTables<T> for &[$handle; N] {
            fn into_tables(self) -> Vec<Tensor<T>> {
                self.as_slice().into_tables()
            }
        }
    )*};
}

tables! {
    Tensor<T>, |table| table.clone();
    &Tensor<T>, |table| Tensor::clone(table);
    Variable<T>, |table| table.value();
    &Variable<T>, |table| table.value();
}
