//! Lines over a pair of axes ([`Chart`]), such as the cost of every epoch ([`cost_curve`]), in an
//! SVG that any browser shows.

use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

use super::atomic_file::write_atomically;
use super::error::Error;

/// Width and height as a browser shows them.
const SIZE: (u32, u32) = (720, 480);
/// Units in each of these pixels: the library draws to whole units only, and a smooth curve needs
/// finer steps.
const FINE: u32 = 4;
const GRID: RGBColor = RGBColor(225, 225, 225);
/// Colours that people who confuse some tell apart too (after M. Okabe and K. Ito, "Color Universal
/// Design", 2008).
const COLOURS: [RGBColor; 4] = [
    RGBColor(31, 119, 180),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
];

type Area<'s> = DrawingArea<SVGBackend<'s>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Writes the curve of `costs`, the first of which belongs to epoch `first`. Costs that have no
/// place on an axis leave a gap.
pub fn cost_curve(path: &Path, first: usize, costs: &[f64], title: &str) -> Result<(), Error> {
    Chart::new(title, "epoch", "cost").write(path, &[Line::of_epochs("cost", first, costs)])
}

/// A line with its name. Points that have no place on an axis leave a gap.
pub struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

impl Line {
    pub fn new(name: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Line {
            name: name.to_string(),
            points: points.into_iter().collect(),
        }
    }

    /// A number for every epoch from `first` on.
    pub fn of_epochs(name: &str, first: usize, numbers: &[f64]) -> Self {
        let epochs = (first..).map(|epoch| epoch as f64);
        Line::new(name, epochs.zip(numbers.iter().copied()))
    }

    /// The stretches that can be drawn.
    fn runs(&self) -> impl Iterator<Item = &[(f64, f64)]> {
        let runs = self.points.split(|&(x, y)| !(drawable(x) && drawable(y)));
        runs.filter(|run| !run.is_empty())
    }
}

/// Whether a number has a place on an axis: not NaN, not infinite, nor so large that differences
/// would be infinite.
fn drawable(number: f64) -> bool {
    number.abs() < 1e100
}

/// The axes and their names. The x axis counts something, unless it is [logarithmic](Chart::log_x).
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

    /// Each step along the x axis multiplies, and each point has a mark.
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
            let x = XAxis {
                range: (x.start / 1.2..x.end * 1.2).log_scale(),
                place: |x| x,
                label: |x| tick(*x),
            };
            self.draw_on(&area, x, y, lines)?;
        } else {
            // Whole numbers, so that the ticks are too.
            let x = XAxis {
                range: x.start as u32..x.end as u32,
                place: |x| x as u32,
                label: u32::to_string,
            };
            self.draw_on(&area, x, y, lines)?;
        }
        area.present()?;
        Ok(())
    }

    fn draw_on<X, N: Clone + 'static>(
        &self,
        area: &Area<'_>,
        x: XAxis<impl AsRangedCoord<CoordDescType = X, Value = N>, N>,
        y: Range<f64>,
        lines: &[Line],
    ) -> Drawn
    where
        X: Ranged<ValueType = N> + ValueFormatter<N>,
    {
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, text(22))
            .margin(16 * FINE)
            .x_label_area_size(48 * FINE)
            .y_label_area_size(64 * FINE)
            .build_cartesian_2d(x.range, y)?;
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
            .x_label_formatter(&x.label)
            .y_label_formatter(&|y| tick(*y))
            .draw()?;
        for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
            for run in line.runs() {
                let points = run.iter().map(|point| ((x.place)(point.0), point.1));
                chart.draw_series(LineSeries::new(
                    points.clone(),
                    colour.stroke_width(2 * FINE),
                ))?;
                if self.log_x {
                    let mark = |point| Circle::new(point, 4 * FINE, colour.filled());
                    chart.draw_series(points.map(mark))?;
                }
            }
            chart
                .draw_series(LineSeries::new([], colour))?
                .label(&line.name)
                .legend(move |(x, y)| {
                    let (left, right) = ((x, y), (x + 20 * FINE as i32, y));
                    PathElement::new(vec![left, right], colour.stroke_width(2 * FINE))
                });
        }
        if lines.len() < 2 {
            // The y axis is named after it.
            return Ok(());
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

/// An x axis of numbers of type `N`: from where to where, how it takes a number, and what is
/// written at a tick.
struct XAxis<R, N> {
    range: R,
    place: fn(f64) -> N,
    label: fn(&N) -> String,
}

/// From the least to the greatest number that can be drawn, and never empty.
fn range(numbers: impl Iterator<Item = f64>) -> Range<f64> {
    let (least, greatest) = numbers.filter(|&number| drawable(number)).fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, greatest), number| (least.min(number), greatest.max(number)),
    );
    match least < greatest {
        true => least..greatest,
        false if least.is_finite() => least..least + 1.0,
        false => 0.0..1.0,
    }
}

/// Leaves the drawing's own units (its `viewBox`) alone and says how large they are to be shown.
fn shown_at_size(svg: &str) -> String {
    let size = |(width, height)| format!("width=\"{width}\" height=\"{height}\"");
    svg.replacen(&size((SIZE.0 * FINE, SIZE.1 * FINE)), &size(SIZE), 1)
}

/// Letters of this height in pixels.
fn text(height: u32) -> (&'static str, u32) {
    ("sans-serif", height * FINE)
}

/// A number at an axis: as short as its size allows.
fn tick(cost: f64) -> String {
    match cost.abs() {
        size if size != 0.0 && !(1e-3..1e6).contains(&size) => format!("{cost:.1e}"),
        _ => format!("{cost:.4}")
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_files::TestFolder;
    use super::*;

    fn svg_of(costs: &[f64], title: &str) -> String {
        let folder = TestFolder::new();
        let path = folder.file("cost.svg");
        cost_curve(&path, 0, costs, title).unwrap();
        std::fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn the_curve_has_title_axes_and_a_line() {
        let svg = svg_of(&[1.8, 1.2, 0.9], "Learning rate = 0.0001");
        for text in ["Learning rate = 0.0001", "epoch", "cost", "<polyline"] {
            assert!(svg.contains(text), "{text} is missing");
        }
        assert!(svg.contains(r#"<svg width="720" height="480" viewBox="0 0 2880 1920""#));
        assert!(svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn a_title_cannot_break_the_file() {
        let svg = svg_of(&[1.0, 0.5], "a < b & \"c\"");
        assert!(svg.contains("a &lt; b &amp;"), "{svg}");
    }

    #[test]
    fn odd_costs_are_drawn_as_far_as_they_go() {
        let odd: [&[f64]; 5] = [
            &[],
            &[0.7],
            &[0.0, 0.0],
            &[f64::NAN, 1.0],
            &[f64::MAX, f64::MIN],
        ];
        for costs in odd {
            assert!(svg_of(costs, "odd").contains("</svg>"), "{costs:?}");
        }
    }

    #[test]
    fn a_gap_splits_the_curve() {
        let costs = [3.0, f64::NAN, 2.0, 1.0, f64::INFINITY];
        let line = Line::of_epochs("cost", 100, &costs);
        let runs: Vec<_> = line.runs().collect();
        assert_eq!(runs, [&[(100.0, 3.0)][..], &[(102.0, 2.0), (103.0, 1.0)]]);
    }

    #[test]
    fn ticks_are_short() {
        let ticks = [0.0, 0.25, 2.0, 1500.0, 0.000_25, 2.5e7].map(tick);
        assert_eq!(ticks, ["0", "0.25", "2", "1500", "2.5e-4", "2.5e7"]);
    }

    fn chart_of(chart: &Chart<'_>, lines: &[Line]) -> String {
        let folder = TestFolder::new();
        let path = folder.file("chart.svg");
        chart.write(&path, lines).unwrap();
        std::fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn axes_and_lines_are_named() {
        let line = |name| Line::new(name, [(0.001, 2.0), (0.1, 1.0), (1.0, f64::NAN)]);
        let svg = chart_of(
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
            assert!(chart_of(&Chart::new("t", "x", "y").log_x(), &lines).contains("</svg>"));
        }
    }
}
