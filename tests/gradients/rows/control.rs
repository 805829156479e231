//! Ops that only order others.

use tf1 as tf;

use super::{Row, mixed, row};

pub fn rows() -> Vec<Row> {
    vec![row("tuple", &["Identity"], vec![mixed(&[2, 3])], |x| {
        let gated = tf::tuple(&[Some(tf::square(&x[0]).any()), Some(x[0].any())]);
        gated[0]
            .as_ref()
            .and_then(|first| first.typed().ok())
            .expect("the first tensor was given")
    })]
}
