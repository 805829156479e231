//! Lines over one pair of axes, told apart by colour and marks.

use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

use super::super::atomic_file::write_atomically;
use super::super::error::Error;
use super::{FINE, GRID, SIZE, shown_at_size, text, tick};

/// Colours that people who confuse some tell apart too (M. Okabe and K. Ito, "Color Universal Design", 2008).
const COLOURS: [RGBColor; 4] = [
    RGBColor(213, 94, 0),
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
];

type Area<'s> = DrawingArea<SVGBackend<'s>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// A line with its name. Points that have no place on an axis are left out.
pub struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

impl Line {
    pub fn new(name: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let drawable = |(x, y): &(f64, f64)| x.abs() < 1e100 && y.abs() < 1e100;
        Line {
            name: name.to_string(),
            points: points.into_iter().filter(drawable).collect(),
        }
    }
}

/// The axes and their names.
pub struct Chart<'t> {
    title: &'t str,
    x: &'t str,
    y: &'t str,
    log_x: bool,
}

impl<'t> Chart<'t> {
    pub fn new(title: &'t str, x: &'t str, y: &'t str) -> Self {
        Chart {
            title,
            x,
            y,
            log_x: false,
        }
    }

    /// Each step along the x axis multiplies.
    pub fn log_x(mut self) -> Self {
        self.log_x = true;
        self
    }

    /// Writes the chart as an SVG.
    pub fn write(&self, path: &Path, lines: &[Line]) -> Result<(), Error> {
        let mut svg = String::new();
        self.draw(&mut svg, lines)
            .map_err(|error| Error::not_written(path, error))?;
        write_atomically(path, shown_at_size(&svg).as_bytes())
    }

    fn draw(&self, svg: &mut String, lines: &[Line]) -> Drawn {
        let area = SVGBackend::with_string(svg, (SIZE.0 * FINE, SIZE.1 * FINE)).into_drawing_area();
        area.fill(&WHITE)?;
        let points = || lines.iter().flat_map(|line| &line.points);
        let x = range(points().map(|point| point.0));
        let y = range(points().map(|point| point.1).chain([0.0]));
        let y = y.start..y.end + 0.05 * (y.end - y.start);
        if self.log_x && x.start > 0.0 {
            // A little room on both sides.
            let x = x.start / 1.2..x.end * 1.2;
            self.draw_on(&area, x.log_scale(), y, lines)?;
        } else {
            self.draw_on(
                &area,
                plotters::coord::types::RangedCoordf64::from(x),
                y,
                lines,
            )?;
        }
        area.present()?;
        Ok(())
    }

    fn draw_on<X>(
        &self,
        area: &Area<'_>,
        x: impl AsRangedCoord<CoordDescType = X, Value = f64>,
        y: Range<f64>,
        lines: &[Line],
    ) -> Drawn
    where
        X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, text(22))
            .margin(16 * FINE)
            .x_label_area_size(48 * FINE)
            .y_label_area_size(64 * FINE)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .x_desc(self.x)
            .y_desc(self.y)
            .set_all_tick_mark_size(5 * FINE)
            .axis_style(BLACK.stroke_width(FINE))
            .axis_desc_style(text(18))
            .label_style(text(15))
            .bold_line_style(GRID.stroke_width(FINE))
            .light_line_style(TRANSPARENT)
            .x_label_formatter(&|x| tick(*x))
            .y_label_formatter(&|y| tick(*y))
            .draw()?;
        for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
            let colour = *colour;
            let points = line.points.iter().copied();
            chart
                .draw_series(LineSeries::new(
                    points.clone(),
                    colour.stroke_width(2 * FINE),
                ))?
                .label(&line.name)
                .legend(move |(x, y)| {
                    let (left, right) = ((x, y), (x + 20 * FINE as i32, y));
                    PathElement::new(vec![left, right], colour.stroke_width(2 * FINE))
                });
            if line.points.len() <= 20 {
                let dot = |point| Circle::new(point, 4 * FINE, colour.filled());
                chart.draw_series(points.map(dot))?;
            }
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperMiddle)
            .legend_area_size(28 * FINE)
            .margin(8 * FINE)
            .label_font(text(15))
            .background_style(WHITE.mix(0.85))
            .border_style(GRID.stroke_width(FINE))
            .draw()?;
        Ok(())
    }
}

/// From the least to the greatest number, and never empty.
fn range(numbers: impl Iterator<Item = f64>) -> Range<f64> {
    let (least, greatest) = numbers.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, greatest), number| (least.min(number), greatest.max(number)),
    );
    match least < greatest {
        true => least..greatest,
        false if least.is_finite() => least..least + 1.0,
        false => 0.0..1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::test_files::TestFolder;
    use super::*;

    fn svg_of(chart: &Chart<'_>, lines: &[Line]) -> String {
        let folder = TestFolder::new();
        let path = folder.file("chart.svg");
        chart.write(&path, lines).unwrap();
        std::fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn axes_and_lines_are_named() {
        let line = |name| Line::new(name, [(0.001, 2.0), (0.1, 1.0), (1.0, f64::NAN)]);
        let svg = svg_of(
            &Chart::new("title", "rate", "cost").log_x(),
            &[line("first"), line("second")],
        );
        for words in ["title", "rate", "cost", "first", "second", "0.01"] {
            assert!(svg.contains(words), "{words} is missing in {svg}");
        }
    }

    #[test]
    fn nothing_to_draw_is_an_empty_chart() {
        for lines in [
            vec![],
            vec![Line::new("none", [])],
            vec![Line::new("one", [(0.0, 0.0)])],
        ] {
            assert!(svg_of(&Chart::new("t", "x", "y").log_x(), &lines).contains("</svg>"));
        }
    }
}
