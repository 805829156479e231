//! [`Canvas`]: lines, dots and texts in an SVG, measured in pixels.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::types::{Error, Result};

/// Units in a pixel: the library draws to whole units only, and smooth lines need finer steps.
const FINE: f64 = 8.0;
/// What the library divides the height of letters by.
const LIBRARY_TEXT: f64 = 1.24;
/// How wide a letter is on average, as a part of its height. A little more than most fonts have,
/// for those that are wide.
const LETTER: f64 = 0.58;

/// Where the drawing went well, or what the library says.
pub(super) type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;

/// A point in pixels, from the left and from the top.
pub(super) type Point = (f64, f64);

/// On which side of its point a text stands.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
    /// In the middle, and read from below.
    Upward,
}

pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The SVG that `draw` makes, of this size.
pub(super) fn svg(
    (width, height): (f64, f64),
    draw: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<String> {
    let mut svg = String::new();
    let units = |pixels: f64| (pixels * FINE) as u32;
    let size = (units(width), units(height));
    let drawn = (|| {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE)?;
        let canvas = Canvas {
            area,
            width,
            height,
        };
        draw(&canvas)?;
        canvas.area.present()?;
        Ok(())
    })();
    drawn.map_err(|error: Box<dyn std::error::Error>| Error::unknown(error.to_string()))?;
    // The drawing's own units (its `viewBox`) stay; it is shown at the size in pixels.
    let units = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    let pixels = format!("width=\"{width}\" height=\"{height}\"");
    Ok(svg.replacen(&units, &pixels, 1))
}

/// About how wide a text is.
pub(super) fn text_width(text: &str, height: f64) -> f64 {
    text.chars().count() as f64 * height * LETTER
}

impl Canvas<'_> {
    pub(super) fn line(&self, points: &[Point], colour: RGBAColor, width: f64) -> Drawn {
        let points: Vec<_> = points.iter().map(|point| units(*point)).collect();
        let style = colour.stroke_width((width * FINE) as u32);
        Ok(self.area.draw(&PathElement::new(points, style))?)
    }

    pub(super) fn dot(&self, centre: Point, radius: f64, colour: RGBAColor) -> Drawn {
        let radius = (radius * FINE) as u32;
        Ok(self
            .area
            .draw(&Circle::new(units(centre), radius, colour.filled()))?)
    }

    pub(super) fn cross(&self, (x, y): Point, radius: f64, colour: RGBAColor) -> Drawn {
        let r = radius;
        self.line(&[(x - r, y - r), (x + r, y + r)], colour, 1.25)?;
        self.line(&[(x - r, y + r), (x + r, y - r)], colour, 1.25)
    }

    pub(super) fn block(&self, from: Point, to: Point, colour: RGBAColor) -> Drawn {
        let corners = [units(from), units(to)];
        Ok(self.area.draw(&Rectangle::new(corners, colour.filled()))?)
    }

    /// A text whose middle is at the height of the point.
    pub(super) fn text(
        &self,
        text: &str,
        at: Point,
        height: f64,
        align: Align,
        colour: RGBAColor,
    ) -> Drawn {
        let (side, turn) = match align {
            Align::Left => (HPos::Left, FontTransform::None),
            Align::Middle => (HPos::Center, FontTransform::None),
            Align::Right => (HPos::Right, FontTransform::None),
            Align::Upward => (HPos::Center, FontTransform::Rotate270),
        };
        let style = TextStyle::from(("sans-serif", height * FINE * LIBRARY_TEXT).into_font())
            .transform(turn)
            .color(&colour)
            .pos(Pos::new(side, VPos::Center));
        // XML has no control characters.
        let text = text.replace(char::is_control, " ");
        Ok(self.area.draw(&Text::new(text, units(at), style))?)
    }
}

fn units((x, y): Point) -> (i32, i32) {
    ((x * FINE).round() as i32, (y * FINE).round() as i32)
}
