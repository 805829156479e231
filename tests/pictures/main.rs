//! Files of pictures: JPEG as TensorFlow 1.15 reads and makes it (`make.py`), and damaged files of
//! all formats.

use std::time::{Duration, Instant};

use ndarray::{Array3, ArrayD, arr0};
use serde_json::Value as Json;
use tf1::image::{self, DecodeJpeg, EncodeJpeg};
use tf1::{Bytes, Error, Graph, Session, Tensor};

fn bytes(hex: &Json) -> Vec<u8> {
    let digits = hex.as_str().expect("a text").as_bytes();
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn made() -> Json {
    serde_json::from_str(include_str!("files.json")).unwrap()
}

fn fnv(bytes: impl IntoIterator<Item = u8>) -> String {
    let hash = bytes
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

#[test]
fn jpeg_files_are_tensorflows() {
    for case in made()["cases"].as_array().unwrap() {
        let shape: Vec<usize> = case["shape"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_u64().unwrap() as usize)
            .collect();
        let picture =
            Array3::from_shape_vec((shape[0], shape[1], shape[2]), bytes(&case["picture"]))
                .unwrap();
        let told = &case["options"];
        let mut options = EncodeJpeg::new();
        if let Some(quality) = told["quality"].as_i64() {
            options = options.quality(quality);
        }
        options = options
            .progressive(told["progressive"] == true)
            .optimize_size(told["optimize_size"] == true)
            .chroma_downsampling(told["chroma_downsampling"] != false);
        let graph = Graph::new();
        let file = image::encode_jpeg_with(graph.constant(picture), options);
        let pixels = image::decode_jpeg(&file);
        let session = Session::new(&graph).unwrap();
        let (file, pixels) = session.run((file.scalar(), &pixels), []).unwrap();
        let theirs = bytes(&case["file"]);
        if told["progressive"] == true {
            assert!(file.len() < theirs.len(), "{told}");
        } else {
            assert!(*file == *theirs, "{told} of {shape:?}");
        }
        assert_eq!(
            fnv(pixels),
            case["read"][0].as_str().unwrap(),
            "{told} of {shape:?}"
        );
    }
}

#[test]
fn pixels_of_jpeg_files_are_tensorflows() {
    let mut seen = 0;
    let made = made();
    for case in made["cases"].as_array().unwrap() {
        let graph = Graph::new();
        let file = graph.constant(arr0(Bytes::from(bytes(&case["file"]))).into_dyn());
        let session = Session::new(&graph).unwrap();
        let readings = made["readings"].as_array().unwrap();
        for (read, expected) in readings.iter().zip(case["read"].as_array().unwrap()) {
            let options = DecodeJpeg::new()
                .channels(read["channels"].as_i64().unwrap())
                .ratio(read["ratio"].as_i64().unwrap())
                .fancy_upscaling(read["fancy_upscaling"] == true)
                .dct_method(read["dct_method"].as_str().unwrap());
            let pixels = session
                .run(image::decode_jpeg_with(&file, options), [])
                .unwrap();
            assert_eq!(
                fnv(pixels),
                expected.as_str().unwrap(),
                "{read} of {}",
                case["options"]
            );
            seen += 1;
        }
    }
    assert!(seen > 1000);
}

/// A decoder of one of the formats, and a file for it.
struct Decoder {
    name: &'static str,
    file: Vec<u8>,
    session: Session,
    contents: Tensor<Bytes>,
    picture: Tensor<u8>,
}

impl Decoder {
    fn new(
        name: &'static str,
        file: Vec<u8>,
        decode: impl Fn(Tensor<Bytes>) -> Tensor<u8>,
    ) -> Decoder {
        let graph = Graph::new();
        let contents = graph.placeholder::<Bytes>("contents", []);
        let picture = decode(contents.clone());
        let session = Session::new(&graph).unwrap();
        Decoder {
            name,
            file,
            session,
            contents,
            picture,
        }
    }

    fn decode(&self, file: &[u8]) -> tf1::Result<ArrayD<u8>> {
        let file = arr0(Bytes::from(file)).into_dyn();
        let begun = Instant::now();
        let decoded = self.session.run(&self.picture, [self.contents.feed(&file)]);
        let taken = begun.elapsed();
        assert!(taken < Duration::from_secs(5), "{}: {taken:?}", self.name);
        if let Err(error) = &decoded {
            let is_told = matches!(
                error,
                Error::InvalidArgument(_) | Error::ResourceExhausted(_)
            );
            assert!(is_told, "{}: {error}", self.name);
        }
        decoded
    }
}

fn decoders() -> Vec<Decoder> {
    let graph = Graph::new();
    let picture = Array3::from_shape_fn((9, 7, 3), |(y, x, c)| (30 * y + 7 * x + 90 * c) as u8);
    let picture = graph.constant(picture);
    let jpeg = |options: EncodeJpeg| image::encode_jpeg_with(&picture, options);
    let files = [
        image::encode_png(&picture),
        jpeg(EncodeJpeg::new()),
        jpeg(EncodeJpeg::new().progressive(true)),
    ];
    let made = Session::new(&graph)
        .unwrap()
        .run(files.each_ref().map(Tensor::scalar), [])
        .unwrap();
    let [png, jpeg, progressive] = made.map(|file| file.to_vec());
    let bmp = [
        b"BM\x4e\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x03\0\0\0\x02\0\0\0\x01\0\x18\0".to_vec(),
        vec![0; 24],
        (0..24).collect(),
    ];
    let gif = b"GIF89a\x03\0\x02\0\x91\0\0\0\0\0\xff\0\0\0\xff\0\0\0\xff,\0\0\0\0\x03\0\x02\0\0\x02\x04\x84\x18\x31\x2b\0\
        ,\0\0\0\0\x03\0\x02\0\0\x02\x04\x1c\x28\x30\x2a\0;";
    vec![
        Decoder::new("PNG", png, image::decode_png),
        Decoder::new("JPEG", jpeg, image::decode_jpeg),
        Decoder::new("progressive JPEG", progressive, image::decode_jpeg),
        Decoder::new("BMP", bmp.concat(), image::decode_bmp),
        Decoder::new("GIF", gif.to_vec(), image::decode_gif),
    ]
}

/// A file that is cut off is an error, wherever; but for the last bytes of some, which say nothing.
#[test]
fn files_that_are_cut_off_are_errors() {
    for decoder in decoders() {
        let whole = decoder.decode(&decoder.file).unwrap();
        let mut ends = 0;
        for length in 0..decoder.file.len() {
            if let Ok(picture) = decoder.decode(&decoder.file[..length]) {
                assert_eq!(picture, whole, "{} cut to {length}", decoder.name);
                ends += 1;
            }
        }
        assert!(ends <= 24, "{}: {ends}", decoder.name);
    }
}

/// A file with a byte altered is an error or a picture, soon, and never a panic.
#[test]
fn files_that_are_altered_are_errors_or_pictures() {
    for decoder in decoders() {
        let mut refused = 0;
        for at in 0..decoder.file.len() {
            for flip in [0x01, 0x80, 0xff, 0x10] {
                let mut file = decoder.file.clone();
                file[at] ^= flip;
                refused += usize::from(decoder.decode(&file).is_err());
            }
        }
        assert!(refused > 20, "{}: {refused}", decoder.name);
    }
}

/// A short file that says that its picture is vast is an error before any memory is taken for it.
#[test]
fn files_that_announce_vast_pictures_are_errors() {
    for decoder in decoders() {
        let sizes: &[(usize, &[u8])] = match decoder.name {
            "PNG" => &[
                (16, &[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]),
                (16, &[0, 0, 0x40, 0, 0, 0, 0x40, 0]),
            ],
            "BMP" => &[
                (18, &[0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f]),
                (18, &[0, 0x40, 0, 0, 0, 0x40, 0, 0]),
            ],
            "GIF" => &[(30, &[0xff, 0xff, 0xff, 0xff])],
            _ => {
                let frame = decoder
                    .file
                    .windows(2)
                    .position(|it| matches!(it, [0xff, 0xc0 | 0xc2]))
                    .unwrap();
                assert!(refuses_size(&decoder, frame + 5, &[0xff; 4]));
                assert!(refuses_size(&decoder, frame + 5, &[0x40, 0, 0x40, 0]));
                continue;
            }
        };
        for (at, size) in sizes {
            assert!(refuses_size(&decoder, *at, size), "{}", decoder.name);
        }
    }
}

fn refuses_size(decoder: &Decoder, at: usize, size: &[u8]) -> bool {
    let mut file = decoder.file.clone();
    file[at..at + size.len()].copy_from_slice(size);
    if decoder.name == "PNG" {
        // The header has a checksum.
        let sum = crc32(&file[12..29]).to_be_bytes();
        file[29..33].copy_from_slice(&sum);
    }
    decoder.decode(&file).is_err()
}

/// The checksum of PNG's chunks (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

#[test]
fn what_cannot_be_encoded_is_an_error() {
    let graph = Graph::new();
    let x = graph.placeholder::<u8>("x", ..);
    let (png, jpeg) = (image::encode_png(&x), image::encode_jpeg(&x));
    let session = Session::new(&graph).unwrap();
    for shape in [
        &[][..],
        &[3, 3],
        &[0, 3, 3],
        &[3, 0, 3],
        &[3, 3, 0],
        &[2, 2, 5],
        &[1, 1, 1, 1],
    ] {
        let array = ArrayD::<u8>::zeros(shape);
        for file in [&png, &jpeg] {
            let refused = session.run(file, [x.feed(&array)]);
            assert!(
                matches!(refused, Err(Error::InvalidArgument(_))),
                "{shape:?}"
            );
        }
    }
    for options in [
        EncodeJpeg::new().quality(101),
        EncodeJpeg::new().quality(-1),
        EncodeJpeg::new().format("cmyk"),
        EncodeJpeg::new().x_density(70000),
    ] {
        let file = image::encode_jpeg_with(&x, options);
        assert!(
            session
                .run(&file, [x.feed(ArrayD::zeros(&[1, 1, 3][..]))])
                .is_err()
        );
    }
    for options in [
        DecodeJpeg::new().ratio(3),
        DecodeJpeg::new().dct_method("FLOAT"),
        DecodeJpeg::new().channels(2),
    ] {
        let picture = image::decode_jpeg_with(&jpeg, options);
        assert!(
            session
                .run(&picture, [x.feed(ArrayD::zeros(&[1, 1, 3][..]))])
                .is_err()
        );
    }
    let window = graph.placeholder::<i32>("window", ..);
    let part = image::decode_and_crop_jpeg(&jpeg, &window);
    let picture = ArrayD::<u8>::zeros(&[8, 8, 3][..]);
    for wrong in [
        vec![0, 0, 9, 1],
        vec![0, 0, 0, 1],
        vec![-1, 0, 1, 1],
        vec![8, 0, 1, 1],
        vec![0, 1, 1, i32::MAX],
        vec![0, 0, 1],
    ] {
        let refused = session.run(&part, [x.feed(&picture), window.feed(&wrong)]);
        assert!(
            matches!(refused, Err(Error::InvalidArgument(_))),
            "{wrong:?}"
        );
    }
    let right = session
        .run(&part, [x.feed(&picture), window.feed([2, 3, 4, 5])])
        .unwrap();
    assert_eq!(right.shape(), [4, 5, 3]);
}
