//! Vectors as strips of colour, and plots.

use super::Run;
use maud::{Markup, PreEscaped, html};
use plotters::prelude::*;
use w2v::explain::OnMap;

/// The most numbers of a vector that a strip shows.
pub(super) const LONGEST: usize = 256;

/// The most points of a plot, not counting the last point, which is always shown.
const MOST_POINTS: usize = 200;

/// A plot's width and height, in pixels.
const PLOT: (u32, u32) = (380, 380);

/// A vector as a strip with a field for each number: blue below zero, red above. The colour is full
/// at ±`scale`. `scale` may be 0 only if all numbers are 0.
pub(super) fn strip(vector: impl IntoIterator<Item = f64>, scale: f64) -> Markup {
    let numbers: Vec<f64> = vector.into_iter().take(LONGEST).collect();
    html! {
        svg.strip viewBox=(format!("0 0 {} 1", numbers.len())) preserveAspectRatio="none" {
            @for (place, &number) in numbers.iter().enumerate() {
                @if number != 0.0 { rect x=(place) width="1" height="1" fill=(colour(number / scale)) {} }
            }
        }
    }
}

/// The colour of a number; full at −1 and 1 and beyond, white at 0.
fn colour(number: f64) -> String {
    let paler = |full: f64| (255.0 - (255.0 - full) * number.abs().min(1.0)) as u8;
    let [red, green, blue] = if number < 0.0 { [33.0, 102.0, 172.0] } else { [178.0, 24.0, 43.0] }.map(paler);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The largest absolute value of `numbers`; 0 if there are none.
pub(super) fn scale(numbers: impl IntoIterator<Item = f64>) -> f64 {
    numbers.into_iter().map(f64::abs).fold(0.0, f64::max)
}

/// A plot of the mean loss of each epoch. Epochs without pairs are left out. If there are more than
/// [`MOST_POINTS`] epochs, only every n-th is plotted. Empty if there are fewer than two points.
pub(super) fn losses(run: &Run<'_>) -> Markup {
    let losses = run.explanation.losses.iter().zip(1..);
    let points: Vec<(u32, f64)> = losses.filter_map(|(loss, epoch)| Some((epoch, (*loss)?))).collect();
    let (apart, last) = (points.len().div_ceil(MOST_POINTS).max(1), points.len().saturating_sub(1));
    let places = (0..points.len()).filter(|place| place % apart == 0 || *place == last);
    let points: Vec<_> = places.map(|place| points[place]).collect();
    let (Some(&(first, _)), Some(&(last, _)), true) = (points.first(), points.last(), points.len() > 1) else {
        return html! {};
    };
    let (low, high) = bounds(points.iter().map(|point| point.1));
    picture(|area| {
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .x_label_area_size(35)
            .y_label_area_size(50)
            .build_cartesian_2d(first..last, low..high)
            .ok()?;
        chart.configure_mesh().x_desc("epoch").y_desc("mean loss, nats").light_line_style(WHITE).draw().ok()?;
        chart.draw_series(LineSeries::new(points.iter().copied(), RED).point_size(3)).ok()?;
        Some(())
    })
}

/// The map of words at stage number `stage`. All stages have the same bounds, and both axes have
/// the same scale.
pub(super) fn map(run: &Run<'_>, stage: usize) -> Markup {
    let map = &run.explanation.map;
    let all = |axis: usize| bounds(map.places.iter().flatten().map(move |place| place[axis]));
    let half = [0, 1].map(|axis| (all(axis).1 - all(axis).0) / 2.0).into_iter().fold(0.0, f64::max);
    let around = |axis: usize| {
        let middle = (all(axis).0 + all(axis).1) / 2.0;
        middle - half..middle + half
    };
    picture(|area| {
        let mut chart = ChartBuilder::on(area).margin(10).build_cartesian_2d(around(0), around(1)).ok()?;
        let mark = |(word, place): (&OnMap, &[f64; 2])| {
            let colour = HSLColor(word.group as f64 / run.explanation.draws.len() as f64, 0.8, 0.35);
            EmptyElement::at((place[0], place[1]))
                + Circle::new((0, 0), 3, colour.filled())
                + Text::new(run.text(word.word), (5, -6), ("sans-serif", 12).into_font().color(&colour))
        };
        chart.draw_series(map.words.iter().zip(&map.places[stage]).map(mark)).ok()?;
        Some(())
    })
}

/// The smallest and the largest of `numbers`, each moved outwards by a tenth of their difference; 0
/// and 1 if there are no numbers.
fn bounds(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return (0.0, 1.0);
    }
    let around = (0.1 * (high - low)).max(1e-6);
    (low - around, high + around)
}

/// The picture that `draw` draws, as SVG; empty if drawing fails.
fn picture(draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, plotters::coord::Shift>) -> Option<()>) -> Markup {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, PLOT).into_drawing_area();
        if draw(&area).and_then(|()| area.present().ok()).is_none() {
            return html! {};
        }
    }
    PreEscaped(svg)
}
