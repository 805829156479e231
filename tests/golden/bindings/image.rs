//! `tf.image` and `tf.contrib.image`.

use tf1::image::{
    self, CombinedNonMaxSuppression, ConvertImageDtype, CropAndResize, ExtractGlimpse,
    NonMaxSuppression, RandomAdjustment, Resize, ResizeArea, ResizeBilinear, ResizeImages,
    ResizeMethod, SampleDistortedBoundingBox, Transform,
};
use tf1::{DType, ElementType};

use super::unary;
use crate::call::{Binding, Call, bind, with};
use crate::dispatch::{any_of, float, integer, numeric, real};
use crate::trouble::Outcome;
use crate::value::Value;

/// A row for one of the ops that resize.
macro_rules! resizer {
    ($function:literal, $call:path) => {
        bind(
            $function,
            "images, size, align_corners, half_pixel_centers",
            |c| {
                numeric!(c, c.dtype_of(&["images"])?, T => {
                    let options = match (c.bool("align_corners", false)?, c.bool("half_pixel_centers", false)?) {
                        (false, false) => ResizeBilinear::new(),
                        (true, false) => ResizeBilinear::new().align_corners(),
                        (false, true) => ResizeBilinear::new().half_pixel_centers(),
                        (true, true) => ResizeBilinear::new().align_corners().half_pixel_centers(),
                    };
                    c.returns($call(c.operand::<T>("images")?, c.integers("size")?, options))
                })
            },
        )
    };
}

/// A row for a function of an image and a number.
macro_rules! adjusted {
    ($function:literal($image:literal, $amount:literal), $call:path) => {
        bind($function, concat!($image, ", ", $amount), |c| {
            numeric!(c, c.dtype_of(&[$image])?, T => {
                c.returns($call(c.operand::<T>($image)?, c.operand::<f32>($amount)?))
            })
        })
    };
}

/// A row for a function of an image, a bound and a seed.
macro_rules! random {
    ($function:literal($($bound:literal),*), $call:path) => {
        bind($function, concat!("image", $(", ", $bound,)* ", seed"), |c| {
            numeric!(c, c.dtype_of(&["image"])?, T => {
                let image = c.operand::<T>("image")?;
                c.returns($call(image, $(c.float($bound, 0.0)? as f32,)* seeded(c)?))
            })
        })
    };
}

/// A row for a function that puts a batch of images in place of an image at random.
macro_rules! random_flip {
    ($function:literal, $call:path) => {
        bind($function, "image, seed", |c| {
            // TensorFlow's nodes of one image hold a `cond`.
            if !matches!(c.peek("image"), Some(Value::Tensor(image)) if image.shape().rank() == Some(4)) {
                return Err(c.lacks("of one image"));
            }
            numeric!(c, c.dtype_of(&["image"])?, T => {
                c.returns($call(c.operand::<T>("image")?, seeded(c)?))
            })
        })
    };
}

pub const BINDINGS: &[Binding] = &[
    resizer!("tf.image.resize_bilinear", image::resize_bilinear_with),
    resizer!(
        "tf.image.resize_nearest_neighbor",
        image::resize_nearest_neighbor_with
    ),
    resizer!("tf.image.resize_bicubic", image::resize_bicubic_with),
    bind("tf.image.resize_area", "images, size, align_corners", |c| {
        numeric!(c, c.dtype_of(&["images"])?, T => {
            let options = match c.bool("align_corners", false)? {
                true => ResizeArea::new().align_corners(),
                false => ResizeArea::new(),
            };
            c.returns(image::resize_area_with(c.operand::<T>("images")?, c.integers("size")?, options))
        })
    }),
    bind(
        "tf.image.resize_images",
        "images, size, method, align_corners, preserve_aspect_ratio",
        |c| {
            numeric!(c, c.dtype_of(&["images"])?, T => {
                let options = resize_images(c)?;
                c.returns(image::resize_images_with(c.operand::<T>("images")?, c.integers("size")?, options))
            })
        },
    ),
    bind(
        "tf.compat.v2.image.resize",
        "images, size, method, preserve_aspect_ratio, antialias",
        |c| {
            numeric!(c, c.dtype_of(&["images"])?, T => {
                let mut options = Resize::new().method(method(c)?);
                if c.bool("preserve_aspect_ratio", false)? {
                    options = options.preserve_aspect_ratio();
                }
                if c.bool("antialias", false)? {
                    options = options.antialias();
                }
                c.returns(image::resize_with(c.operand::<T>("images")?, c.integers("size")?, options))
            })
        },
    ),
    bind(
        "tf.image.resize_image_with_pad",
        "image, target_height, target_width, method, align_corners",
        |c| {
            numeric!(c, c.dtype_of(&["image"])?, T => {
                let options = resize_images(c)?;
                let (height, width) = (c.integers("target_height")?, c.integers("target_width")?);
                c.returns(image::resize_image_with_pad_with(c.operand::<T>("image")?, height, width, options))
            })
        },
    ),
    bind(
        "tf.image.resize_image_with_crop_or_pad",
        "image, target_height, target_width",
        |c| {
            any_of!(c, c.dtype_of(&["image"])?, T => {
                let (height, width) = (c.integers("target_height")?, c.integers("target_width")?);
                c.returns(image::resize_image_with_crop_or_pad(c.operand::<T>("image")?, height, width))
            })
        },
    ),
    bind(
        "tf.image.crop_to_bounding_box",
        "image, offset_height, offset_width, target_height, target_width",
        |c| {
            any_of!(c, c.dtype_of(&["image"])?, T => {
                c.returns(image::crop_to_bounding_box(
                    c.operand::<T>("image")?,
                    c.integers("offset_height")?,
                    c.integers("offset_width")?,
                    c.integers("target_height")?,
                    c.integers("target_width")?,
                ))
            })
        },
    ),
    bind(
        "tf.image.pad_to_bounding_box",
        "image, offset_height, offset_width, target_height, target_width",
        |c| {
            any_of!(c, c.dtype_of(&["image"])?, T => {
                c.returns(image::pad_to_bounding_box(
                    c.operand::<T>("image")?,
                    c.integers("offset_height")?,
                    c.integers("offset_width")?,
                    c.integers("target_height")?,
                    c.integers("target_width")?,
                ))
            })
        },
    ),
    bind("tf.image.central_crop", "image, central_fraction", |c| {
        any_of!(c, c.dtype_of(&["image"])?, T => {
            c.returns(image::central_crop(c.operand::<T>("image")?, c.float("central_fraction", 1.0)?))
        })
    }),
    unary!("tf.image.flip_left_right"(image): numeric, image::flip_left_right),
    unary!("tf.image.flip_up_down"(image): numeric, image::flip_up_down),
    unary!("tf.image.transpose"(image): numeric, image::transpose),
    unary!("tf.image.transpose_image"(image): numeric, image::transpose),
    random_flip!(
        "tf.image.random_flip_left_right",
        image::random_flip_left_right_with
    ),
    random_flip!(
        "tf.image.random_flip_up_down",
        image::random_flip_up_down_with
    ),
    // Colours.
    unary!("tf.image.rgb_to_grayscale"(images): numeric, image::rgb_to_grayscale),
    unary!("tf.image.grayscale_to_rgb"(images): numeric, image::grayscale_to_rgb),
    unary!("tf.image.rgb_to_hsv"(images): float, image::rgb_to_hsv),
    unary!("tf.image.hsv_to_rgb"(images): float, image::hsv_to_rgb),
    unary!("tf.image.rgb_to_yiq"(images): float, image::rgb_to_yiq),
    unary!("tf.image.yiq_to_rgb"(images): float, image::yiq_to_rgb),
    unary!("tf.image.rgb_to_yuv"(images): float, image::rgb_to_yuv),
    unary!("tf.image.yuv_to_rgb"(images): float, image::yuv_to_rgb),
    adjusted!(
        "tf.image.adjust_brightness"("image", "delta"),
        image::adjust_brightness
    ),
    adjusted!(
        "tf.image.adjust_contrast"("images", "contrast_factor"),
        image::adjust_contrast
    ),
    adjusted!("tf.image.adjust_hue"("image", "delta"), image::adjust_hue),
    adjusted!(
        "tf.image.adjust_saturation"("image", "saturation_factor"),
        image::adjust_saturation
    ),
    bind("tf.image.adjust_gamma", "image, gamma, gain", |c| {
        numeric!(c, c.dtype_of(&["image"])?, T => {
            let (gamma, gain) = (c.float("gamma", 1.0)? as f32, c.float("gain", 1.0)? as f32);
            c.returns(image::adjust_gamma_with(c.operand::<T>("image")?, gamma, gain))
        })
    }),
    random!(
        "tf.image.random_brightness"("max_delta"),
        image::random_brightness_with
    ),
    random!(
        "tf.image.random_contrast"("lower", "upper"),
        image::random_contrast_with
    ),
    random!("tf.image.random_hue"("max_delta"), image::random_hue_with),
    random!(
        "tf.image.random_saturation"("lower", "upper"),
        image::random_saturation_with
    ),
    bind(
        "tf.image.convert_image_dtype",
        "image, dtype, saturate",
        |c| {
            real!(c, c.dtype_of(&["image"])?, T => real!(c, c.dtype("dtype", DType::Float32)?, R => {
                let options = match c.bool("saturate", false)? {
                    true => ConvertImageDtype::new().saturate(),
                    false => ConvertImageDtype::new(),
                };
                let dtype = ElementType::<R>::new();
                c.returns(image::convert_image_dtype_with(c.operand::<T>("image")?, dtype, options))
            }))
        },
    ),
    // Measures.
    unary!("tf.image.per_image_standardization"(image): numeric, image::per_image_standardization),
    unary!("tf.image.total_variation"(images): numeric, image::total_variation),
    unary!("tf.image.image_gradients"(image): numeric, image::image_gradients),
    bind("tf.image.psnr", "a, b, max_val", |c| {
        numeric!(c, c.dtype_of(&["a"])?, T => {
            let max_val = c.operand::<T>("max_val")?;
            c.returns(image::psnr(c.operand::<T>("a")?, c.operand::<T>("b")?, max_val))
        })
    }),
    unary!("tf.image.sobel_edges"(image): float, image::sobel_edges),
    // Boxes.
    bind(
        "tf.image.crop_and_resize",
        "image, boxes, box_ind|box_indices, crop_size, method, extrapolation_value",
        |c| {
            numeric!(c, c.dtype_of(&["image"])?, T => {
                let options = CropAndResize::new()
                    .method(&c.text("method", "bilinear")?)
                    .extrapolation_value(c.float("extrapolation_value", 0.0)? as f32);
                c.returns(image::crop_and_resize_with(
                    c.operand::<T>("image")?,
                    c.operand("boxes")?,
                    c.integers("box_ind")?,
                    c.integers("crop_size")?,
                    options,
                ))
            })
        },
    ),
    bind(
        "tf.image.extract_glimpse",
        "input, size, offsets, centered, normalized, uniform_noise",
        |c| {
            let mut options = ExtractGlimpse::new()
                .centered(c.bool("centered", true)?)
                .normalized(c.bool("normalized", true)?);
            if !c.bool("uniform_noise", true)? {
                options = options.noise("uniform");
            }
            c.returns(image::extract_glimpse_with(
                c.operand("input")?,
                c.integers("size")?,
                c.operand("offsets")?,
                options,
            ))
        },
    ),
    bind(
        "tf.image.non_max_suppression",
        "boxes, scores, max_output_size, iou_threshold, score_threshold",
        |c| {
            c.returns(image::non_max_suppression_with::<f32>(
                c.operand("boxes")?,
                c.operand("scores")?,
                c.integers("max_output_size")?,
                suppression(c, "iou_threshold")?,
            ))
        },
    ),
    bind(
        "tf.image.non_max_suppression_padded",
        "boxes, scores, max_output_size, iou_threshold, score_threshold, pad_to_max_output_size",
        |c| {
            let pads = c.bool("pad_to_max_output_size", false)?;
            c.returns(image::non_max_suppression_padded::<f32>(
                c.operand("boxes")?,
                c.operand("scores")?,
                c.integers("max_output_size")?,
                suppression(c, "iou_threshold")?,
                pads,
            ))
        },
    ),
    bind(
        "tf.image.non_max_suppression_with_scores",
        "boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma",
        |c| {
            let sigma = c.float("soft_nms_sigma", 0.0)? as f32;
            c.returns(image::non_max_suppression_with_scores(
                c.operand("boxes")?,
                c.operand("scores")?,
                c.integers("max_output_size")?,
                suppression(c, "iou_threshold")?.soft_nms_sigma(sigma),
            ))
        },
    ),
    bind(
        "tf.image.non_max_suppression_overlaps",
        "overlaps, scores, max_output_size, overlap_threshold, score_threshold",
        |c| {
            c.returns(image::non_max_suppression_overlaps_with(
                c.operand("overlaps")?,
                c.operand("scores")?,
                c.integers("max_output_size")?,
                suppression(c, "overlap_threshold")?,
            ))
        },
    ),
    bind(
        "tf.image.combined_non_max_suppression",
        "boxes, scores, max_output_size_per_class, max_total_size, iou_threshold, score_threshold, \
         pad_per_class, clip_boxes",
        |c| {
            let mut options = CombinedNonMaxSuppression::new()
                .iou_threshold(c.float("iou_threshold", 0.5)? as f32)
                .score_threshold(c.float("score_threshold", f64::NEG_INFINITY)? as f32)
                .clip_boxes(c.bool("clip_boxes", true)?);
            if c.bool("pad_per_class", false)? {
                options = options.pad_per_class();
            }
            let selected = image::combined_non_max_suppression_with(
                c.operand("boxes")?,
                c.operand("scores")?,
                c.integers("max_output_size_per_class")?,
                c.integers("max_total_size")?,
                options,
            );
            let floats = [
                selected.nmsed_boxes.any(),
                selected.nmsed_scores.any(),
                selected.nmsed_classes.any(),
                selected.valid_detections.any(),
            ];
            c.returns(floats.to_vec())
        },
    ),
    bind(
        "tf.image.draw_bounding_boxes",
        "images, boxes, colors",
        |c| {
            float!(c, c.dtype_of(&["images"])?, T => {
                let (images, boxes) = (c.operand::<T>("images")?, c.operand("boxes")?);
                c.returns(match c.optional_operand("colors")? {
                    Some(colors) => image::draw_bounding_boxes_with(images, boxes, colors),
                    None => image::draw_bounding_boxes(images, boxes),
                })
            })
        },
    ),
    bind(
        "tf.image.sample_distorted_bounding_box",
        "image_size, bounding_boxes, seed, seed2, min_object_covered, aspect_ratio_range, \
         area_range, max_attempts, use_image_if_no_bounding_boxes",
        |c| {
            let options = SampleDistortedBoundingBox::new()
                .seed(c.int("seed", 0)?)
                .seed2(c.int("seed2", 0)?)
                .min_object_covered(c.float("min_object_covered", 0.1)? as f32)
                .max_attempts(c.int("max_attempts", 100)?);
            integer!(c, c.dtype_of(&["image_size"])?, T => {
                let sampled = image::sample_distorted_bounding_box_with(
                    c.operand::<T>("image_size")?,
                    c.operand("bounding_boxes")?,
                    options,
                );
                c.returns((sampled.begin, sampled.size, sampled.bboxes))
            })
        },
    ),
    // Transforms.
    bind(
        "tf.contrib.image.rotate",
        "images, angles, interpolation",
        |c| {
            numeric!(c, c.dtype_of(&["images"])?, T => {
                let options = interpolated(c)?;
                c.returns(image::rotate_with(c.operand::<T>("images")?, c.operand("angles")?, options))
            })
        },
    ),
    bind(
        "tf.contrib.image.translate",
        "images, translations, interpolation",
        |c| {
            numeric!(c, c.dtype_of(&["images"])?, T => {
                let options = interpolated(c)?;
                c.returns(image::translate_with(c.operand::<T>("images")?, c.operand("translations")?, options))
            })
        },
    ),
    bind(
        "tf.contrib.image.transform",
        "images, transforms, interpolation, output_shape",
        |c| {
            numeric!(c, c.dtype_of(&["images"])?, T => {
                let mut options = interpolated(c)?;
                if c.peek("output_shape").is_some() {
                    options = options.output_shape(c.integers("output_shape")?);
                }
                c.returns(image::transform_with(c.operand::<T>("images")?, c.operand("transforms")?, options))
            })
        },
    ),
];

fn interpolated(c: &Call<'_>) -> Outcome<Transform> {
    Ok(Transform::new().interpolation(&c.text("interpolation", "NEAREST")?))
}

fn seeded(c: &Call<'_>) -> Outcome<RandomAdjustment> {
    Ok(with(
        RandomAdjustment::new(),
        c.optional_int("seed")?,
        |options, seed| options.seed(seed),
    ))
}

fn suppression(c: &Call<'_>, threshold: &str) -> Outcome<NonMaxSuppression> {
    Ok(NonMaxSuppression::new()
        .iou_threshold(c.float(threshold, 0.5)? as f32)
        .score_threshold(c.float("score_threshold", f64::NEG_INFINITY)? as f32))
}

fn method(c: &Call<'_>) -> Outcome<ResizeMethod> {
    if let Some(Value::Int(_)) = c.peek("method") {
        return Err(c.refused("by a number"));
    }
    Ok(match c.text("method", "bilinear")?.as_str() {
        "bilinear" => ResizeMethod::Bilinear,
        "nearest" => ResizeMethod::NearestNeighbor,
        "bicubic" => ResizeMethod::Bicubic,
        "area" => ResizeMethod::Area,
        "lanczos3" => ResizeMethod::Lanczos3,
        "lanczos5" => ResizeMethod::Lanczos5,
        "gaussian" => ResizeMethod::Gaussian,
        "mitchellcubic" => ResizeMethod::MitchellCubic,
        _ => return Err(c.refused("by a method that there is not")),
    })
}

fn resize_images(c: &Call<'_>) -> Outcome<ResizeImages> {
    let mut options = ResizeImages::new().method(method(c)?);
    if c.bool("align_corners", false)? {
        options = options.align_corners();
    }
    if c.bool("preserve_aspect_ratio", false)? {
        options = options.preserve_aspect_ratio();
    }
    Ok(options)
}
