//! The cost of every epoch as a curve, and lines over other axes ([`Chart`]), in an SVG that any browser shows.

mod chart;

use std::ops::Range;
use std::path::Path;

use plotters::prelude::*;

use super::atomic_file::write_atomically;
use super::error::Error;

pub use chart::{Chart, Line};

/// Width and height as a browser shows them.
const SIZE: (u32, u32) = (720, 480);
/// Units in each of these pixels: the library draws to whole units only, and a smooth curve needs finer steps.
const FINE: u32 = 4;
const LINE: RGBColor = RGBColor(31, 119, 180);
const GRID: RGBColor = RGBColor(225, 225, 225);

/// Writes the curve of `costs`, the first of which belongs to epoch `first`. Costs that have no place on an
/// axis leave a gap.
pub fn cost_curve(path: &Path, first: usize, costs: &[f64], title: &str) -> Result<(), Error> {
    let mut svg = String::new();
    draw(&mut svg, first as u32, costs, title).map_err(|error| Error::not_written(path, error))?;
    write_atomically(path, shown_at_size(&svg).as_bytes())
}

/// Leaves the drawing's own units (its `viewBox`) alone and says how large they are to be shown.
fn shown_at_size(svg: &str) -> String {
    let size = |(width, height)| format!("width=\"{width}\" height=\"{height}\"");
    svg.replacen(&size((SIZE.0 * FINE, SIZE.1 * FINE)), &size(SIZE), 1)
}

fn draw(
    svg: &mut String,
    first: u32,
    costs: &[f64],
    title: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::with_string(svg, (SIZE.0 * FINE, SIZE.1 * FINE)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, text(22))
        .margin(16 * FINE)
        .x_label_area_size(48 * FINE)
        .y_label_area_size(64 * FINE)
        .build_cartesian_2d(epoch_range(first, costs), cost_range(costs))?;
    chart
        .configure_mesh()
        .x_desc("epoch")
        .y_desc("cost")
        .set_all_tick_mark_size(5 * FINE)
        .axis_style(BLACK.stroke_width(FINE))
        .axis_desc_style(text(18))
        .label_style(text(15))
        .bold_line_style(GRID.stroke_width(FINE))
        .light_line_style(TRANSPARENT)
        .y_label_formatter(&|cost| tick(*cost))
        .draw()?;
    for run in drawable_runs(first, costs) {
        chart.draw_series(LineSeries::new(run, LINE.stroke_width(2 * FINE)))?;
    }
    area.present()?;
    Ok(())
}

/// Whether a cost has a place on an axis: not NaN, not infinite, nor so large that differences would be infinite.
fn drawable(cost: f64) -> bool {
    cost.abs() < 1e100
}

/// Letters of this height in pixels.
fn text(height: u32) -> (&'static str, u32) {
    ("sans-serif", height * FINE)
}

/// From the first epoch to the last, and never empty. Whole numbers, so that the ticks are too.
fn epoch_range(first: u32, costs: &[f64]) -> Range<u32> {
    first..first + costs.len().saturating_sub(1).max(1) as u32
}

/// From 0 (or the lowest cost, should one be negative) to a little above the highest.
fn cost_range(costs: &[f64]) -> Range<f64> {
    let drawn = costs.iter().copied().filter(|&cost| drawable(cost));
    let (low, high) = drawn.fold((0.0_f64, 0.0_f64), |(low, high), cost| {
        (low.min(cost), high.max(cost))
    });
    if high > low {
        low..high + 0.05 * (high - low)
    } else {
        0.0..1.0
    }
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

/// The stretches of the curve that can be drawn, as points (epoch, cost).
fn drawable_runs(first: u32, costs: &[f64]) -> Vec<Vec<(u32, f64)>> {
    let points: Vec<_> = (first..).zip(costs.iter().copied()).collect();
    let runs = points.split(|&(_, cost)| !drawable(cost));
    runs.filter(|run| !run.is_empty())
        .map(<[_]>::to_vec)
        .collect()
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
        let runs = drawable_runs(100, &[3.0, f64::NAN, 2.0, 1.0, f64::INFINITY]);
        assert_eq!(runs, [vec![(100, 3.0)], vec![(102, 2.0), (103, 1.0)]]);
    }

    #[test]
    fn ticks_are_short() {
        let ticks = [0.0, 0.25, 2.0, 1500.0, 0.000_25, 2.5e7].map(tick);
        assert_eq!(ticks, ["0", "0.25", "2", "1500", "2.5e-4", "2.5e7"]);
    }
}
