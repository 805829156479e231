//! Convolutions.

use tf1 as tf;
use tf1::nn::{self, Conv2D, Convolution, Padding};

use super::{Row, mixed, others, ranked, row, squared_pair};

const CONV2D: &[&str] = &["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"];
const CONV3D: &[&str] = &["Conv3D", "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2"];
const DEPTHWISE: &[&str] = &[
    "DepthwiseConv2dNative",
    "DepthwiseConv2dNativeBackpropInput",
    "DepthwiseConv2dNativeBackpropFilter",
];

pub fn rows() -> Vec<Row> {
    let mut rows = pictures();
    rows.extend(volumes());
    rows.extend(channels());
    rows.extend(functions());
    rows
}

/// A picture of these lengths, and its shape with the channels where they are to be.
fn laid_out(lengths: [usize; 4], channels_first: bool) -> [usize; 4] {
    let [batch, height, width, channels] = lengths;
    match channels_first {
        true => [batch, channels, height, width],
        false => lengths,
    }
}

fn paddings(channels_first: bool) -> [Padding; 3] {
    let [height, width] = [[1, 0], [2, 1]];
    let explicit = match channels_first {
        true => [[0, 0], [0, 0], height, width],
        false => [[0, 0], height, width, [0, 0]],
    };
    [Padding::Same, Padding::Valid, explicit.into()]
}

fn options(channels_first: bool, dilations: [i64; 2]) -> Conv2D {
    let options = Conv2D::new().dilations(dilations);
    match channels_first {
        true => options.channels_first(),
        false => options,
    }
}

/// Strides and dilations, in each layout with each padding.
const MOVES: [([i64; 2], [i64; 2]); 4] = [
    ([1, 1], [1, 1]),
    ([2, 1], [1, 1]),
    ([1, 1], [2, 1]),
    ([2, 3], [1, 2]),
];

fn pictures() -> Vec<Row> {
    let mut rows = Vec::new();
    for channels_first in [false, true] {
        for padding in paddings(channels_first) {
            for (strides, dilations) in MOVES {
                let shape = laid_out([2, 4, 5, 2], channels_first);
                let (padding, options) = (padding.clone(), options(channels_first, dilations));
                let name = format!("conv2d {strides:?} {padding:?} {options:?}");
                rows.push(squared_pair(
                    name,
                    CONV2D,
                    [&shape, &[2, 2, 2, 2]],
                    move |x, filter| {
                        let (x, filter) = (ranked(x, &shape), ranked(filter, &[2, 2, 2, 2]));
                        nn::conv2d_with(x, filter, strides, padding.clone(), options.clone())
                    },
                ));
            }
        }
    }
    for strides in [1, 2] {
        rows.push(squared_pair(
            format!("conv2d_backprop_input {strides}"),
            CONV2D,
            [&[2, 2, 1, 3], &[1, 3, 4, 3]],
            move |filter, d| {
                let lengths = if strides == 1 {
                    [1, 3, 4, 1]
                } else {
                    [1, 6, 7, 1]
                };
                nn::conv2d_backprop_input(lengths, filter, d, strides, "SAME")
            },
        ));
        rows.push(squared_pair(
            format!("conv2d_backprop_filter {strides}"),
            CONV2D,
            [&[1, 5, 5, 2], &[1, if strides == 1 { 4 } else { 2 }, 2, 2]],
            move |x, d| {
                nn::conv2d_backprop_filter(x, [2, 2, 2, 2], d, [strides, 2], Padding::Valid)
            },
        ));
    }
    rows
}

fn volumes() -> Vec<Row> {
    let mut rows = Vec::new();
    for padding in [Padding::Same, Padding::Valid] {
        for (strides, dilations) in [
            ([1, 1, 1], [1, 1, 1]),
            ([2, 1, 2], [1, 1, 1]),
            ([1, 1, 1], [1, 2, 1]),
        ] {
            for channels_first in [false, true] {
                let shape = match channels_first {
                    true => [1, 2, 3, 3, 4],
                    false => [1, 3, 3, 4, 2],
                };
                let options = Conv2D::new().dilations(dilations);
                let options = match channels_first {
                    true => options.channels_first(),
                    false => options,
                };
                let padding = padding.clone();
                let name = format!("conv3d {strides:?} {padding:?} {options:?}");
                rows.push(squared_pair(
                    name,
                    CONV3D,
                    [&shape, &[2, 2, 1, 2, 2]],
                    move |x, filter| {
                        nn::conv3d_with(x, filter, strides, padding.clone(), options.clone())
                    },
                ));
            }
        }
    }
    rows.push(squared_pair(
        "conv3d_transpose",
        CONV3D,
        [&[1, 2, 2, 1, 2], &[2, 2, 2, 1, 2]],
        |x, filter| nn::conv3d_transpose(x, filter, [1, 3, 4, 2, 1], 2, "SAME"),
    ));
    rows
}

fn channels() -> Vec<Row> {
    let mut rows = Vec::new();
    for channels_first in [false, true] {
        for padding in [Padding::Same, Padding::Valid] {
            for (strides, dilations) in [([1, 1], [1, 1]), ([2, 2], [1, 1]), ([1, 1], [2, 1])] {
                // The skipped pixels go into the batch.
                for multiplier in [1, 2] {
                    let shape = laid_out([1, 4, 5, 2], channels_first);
                    let (padding, options) = (padding.clone(), options(channels_first, dilations));
                    let name =
                        format!("depthwise {strides:?} {padding:?} {multiplier} {options:?}");
                    let filter_shape = [2, 3, 2, multiplier];
                    rows.push(squared_pair(
                        name,
                        DEPTHWISE,
                        [&shape, &filter_shape],
                        move |x, filter| {
                            let (x, filter) = (ranked(x, &shape), ranked(filter, &filter_shape));
                            nn::depthwise_conv2d_with(
                                x,
                                filter,
                                strides,
                                padding.clone(),
                                options.clone(),
                            )
                        },
                    ));
                }
            }
        }
    }
    for dilations in [1, 2] {
        rows.push(squared_pair(
            format!("depthwise_conv2d_backprop_input {dilations}"),
            DEPTHWISE,
            [&[2, 2, 2, 2], &[1, 3, 4, 4]],
            move |filter, d| {
                let options = Conv2D::new().dilations(dilations);
                let sizes = [1, 3, 4, 2];
                nn::depthwise_conv2d_backprop_input_with(sizes, filter, d, 1, "SAME", options)
            },
        ));
        rows.push(squared_pair(
            format!("depthwise_conv2d_backprop_filter {dilations}"),
            DEPTHWISE,
            [&[1, 3, 4, 2], &[1, 3, 4, 4]],
            move |x, d| {
                let options = Conv2D::new().dilations(dilations);
                let sizes = [2, 2, 2, 2];
                nn::depthwise_conv2d_backprop_filter_with(x, sizes, d, 1, "SAME", options)
            },
        ));
    }
    rows
}

fn functions() -> Vec<Row> {
    let mut rows = vec![
        squared_pair("conv1d", CONV2D, [&[2, 5, 2], &[3, 2, 2]], |x, filter| {
            nn::conv1d(x, filter, 2, "SAME")
        }),
        squared_pair(
            "conv1d_transpose",
            CONV2D,
            [&[1, 3, 2], &[3, 2, 2]],
            |x, filter| nn::conv1d_transpose(x, filter, [1, 6, 2], 2, "SAME"),
        ),
        squared_pair(
            "atrous_conv2d",
            CONV2D,
            [&[1, 5, 4, 2], &[2, 2, 2, 1]],
            |x, filter| {
                let (x, filter) = (ranked(x, &[1, 5, 4, 2]), ranked(filter, &[2, 2, 2, 1]));
                nn::atrous_conv2d(x, filter, 2, "SAME")
            },
        ),
        squared_pair(
            "atrous_conv2d_transpose",
            CONV2D,
            [&[1, 3, 2, 2], &[2, 2, 1, 2]],
            |x, filter| {
                let (x, filter) = (ranked(x, &[1, 3, 2, 2]), ranked(filter, &[2, 2, 1, 2]));
                nn::atrous_conv2d_transpose(x, filter, [1, 5, 4, 1], 2, "VALID")
            },
        ),
        row(
            "separable_conv2d",
            DEPTHWISE,
            vec![
                mixed(&[1, 3, 4, 2]),
                others(&[2, 2, 2, 2]),
                mixed(&[1, 1, 4, 3]),
            ],
            |x| tf::square(nn::separable_conv2d(&x[0], &x[1], &x[2], 1, "SAME")),
        ),
    ];
    for channels_first in [false, true] {
        rows.push(squared_pair(
            format!("convolution, dilated, channels first: {channels_first}"),
            CONV2D,
            [&laid_out([1, 5, 4, 2], channels_first), &[2, 2, 2, 1]],
            move |x, filter| {
                let x = ranked(x, &laid_out([1, 5, 4, 2], channels_first));
                let filter = ranked(filter, &[2, 2, 2, 1]);
                let options = Convolution::new().dilation_rate([2, 1]);
                let options = match channels_first {
                    true => options.channels_first(),
                    false => options,
                };
                nn::convolution_with(x, filter, "SAME", options)
            },
        ));
    }
    rows
}
