//! Products and convolutions of many shapes, one line of JSON each: the fastest call in
//! microseconds.

use std::time::Instant;

use ndarray::Array4;
use tf1 as tf;
use tf1::nn::Padding::Same;
use tf1::{Feed, Graph, Tensor};

use crate::data;
use crate::report::Reporter;
use crate::workloads::session;

/// The lengths of products: each of these for rows, inner length and columns.
const LENGTHS: [usize; 6] = [8, 32, 100, 256, 1000, 2048];

/// Convolutions: the filter's height and width, channels, output channels, and the picture's.
const LAYERS: [[usize; 4]; 10] = [
    [3, 16, 16, 112],
    [3, 32, 64, 56],
    [3, 64, 64, 56],
    [3, 128, 128, 28],
    [3, 256, 256, 14],
    [3, 512, 512, 7],
    [1, 16, 64, 112],
    [1, 64, 256, 56],
    [1, 256, 128, 28],
    [1, 512, 512, 7],
];

/// How long each is repeated, in seconds, and how often at least and at most.
const TIME: f64 = 0.03;
const CALLS: [usize; 2] = [5, 400];

/// Matrices of all lengths.
pub fn products(reporter: &Reporter) -> tf::Result<()> {
    for rows in LENGTHS {
        for columns in LENGTHS {
            for inner in LENGTHS {
                let graph = Graph::new();
                let a = graph.placeholder::<f32>("a", [rows, inner]);
                let b = graph.placeholder::<f32>("b", [inner, columns]);
                let c = tf::matmul(&a, &b);
                let (av, bv) = (
                    data::matrix(1, rows, inner),
                    data::matrix(2, inner, columns),
                );
                let fastest = time(
                    reporter,
                    &graph,
                    &c,
                    &[(&a, &av.into_dyn()), (&b, &bv.into_dyn())],
                )?;
                println!("{{\"m\":{rows},\"n\":{columns},\"k\":{inner},\"us\":{fastest:.3}}}");
            }
        }
    }
    Ok(())
}

/// Layers of convolutional networks, of one picture and of 32.
pub fn convolutions(reporter: &Reporter) -> tf::Result<()> {
    for [size, channels, outputs, pixels] in LAYERS {
        for batch in [1, 32] {
            let graph = Graph::new();
            let shape = [batch, pixels, pixels, channels];
            let x = graph.placeholder::<f32>("x", shape);
            let numbers = data::unit(2, size * size * channels * outputs);
            let filter = (size, size, channels, outputs);
            let filter = Array4::from_shape_vec(filter, numbers).expect("as many as it holds");
            let y = tf::nn::conv2d(&x, graph.constant(filter), 1, Same);
            let pictures = Array4::from_shape_vec(
                (batch, pixels, pixels, channels),
                data::unit(1, shape.iter().product()),
            );
            let pictures = pictures.expect("as many as the shape holds").into_dyn();
            let fastest = time(reporter, &graph, &y, &[(&x, &pictures)])?;
            println!(
                "{{\"size\":{size},\"in\":{channels},\"out\":{outputs},\"pixels\":{pixels},\
                 \"batch\":{batch},\"us\":{fastest:.3}}}"
            );
        }
    }
    Ok(())
}

/// The fastest run, in microseconds.
fn time(
    reporter: &Reporter,
    graph: &Graph,
    result: &Tensor,
    given: &[(&Tensor, &ndarray::ArrayD<f32>)],
) -> tf::Result<f64> {
    let session = session(graph, reporter)?;
    let tensors: Vec<&Tensor> = given.iter().map(|(tensor, _)| *tensor).collect();
    let step = session.prepare(result, &tensors[..])?;
    let feeds = || -> Vec<Feed<'_>> {
        let given = given.iter();
        given.map(|(tensor, array)| tensor.feed(*array)).collect()
    };
    let mut computed = step.run(feeds())?;
    let (mut fastest, mut calls) = (f64::INFINITY, 0);
    let began = Instant::now();
    while calls < CALLS[0] || (calls < CALLS[1] && began.elapsed().as_secs_f64() < TIME) {
        let start = Instant::now();
        step.run_into(feeds(), &mut computed)?;
        fastest = fastest.min(start.elapsed().as_secs_f64() * 1e6);
        calls += 1;
    }
    Ok(fastest)
}
