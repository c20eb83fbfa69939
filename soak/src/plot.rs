//! The heap over time, as a picture.

use std::path::Path;

use anyhow::Context as _;
use plotters::prelude::*;

/// The server at one moment.
pub(crate) struct Sample {
    pub(crate) second: f64,
    /// Bytes.
    pub(crate) heap: usize,
    pub(crate) sessions: usize,
}

const SIZE: (u32, u32) = (900, 400);
const HEAP: RGBColor = RGBColor(31, 90, 160);
const SESSIONS: RGBColor = RGBColor(200, 120, 40);
const FONT: (&str, u32) = ("sans-serif", 13);

/// Draws the samples, and a line where the heap stood when the server was first empty.
pub(crate) fn draw(path: &Path, samples: &[Sample], empty: usize) -> anyhow::Result<()> {
    let end = samples.last().context("nothing was seen")?.second;
    let most = samples.iter().map(|sample| mebibytes(sample.heap)).fold(0.0, f64::max);
    let sessions = samples.iter().map(|sample| sample.sessions).max().unwrap_or_default();
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(52)
        .right_y_label_area_size(52)
        .build_cartesian_2d(0.0..end, 0.0..most * 1.1)?
        .set_secondary_coord(0.0..end, 0..sessions * 2);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .x_desc("seconds")
        .y_desc("live heap, MiB")
        .label_style(FONT)
        .axis_desc_style(FONT)
        .x_label_formatter(&|second| format!("{second:.0}"))
        .y_label_formatter(&|heap| format!("{heap:.0}"))
        .draw()?;
    chart
        .configure_secondary_axes()
        .y_desc("sessions")
        .label_style(FONT)
        .axis_desc_style(FONT)
        .draw()?;
    let line = samples.iter().map(|sample| (sample.second, sample.sessions));
    chart
        .draw_secondary_series(LineSeries::new(line, &SESSIONS))?
        .label("sessions")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 16, y)], SESSIONS));
    let heap = samples.iter().map(|sample| (sample.second, mebibytes(sample.heap)));
    chart
        .draw_series(LineSeries::new(heap, HEAP.stroke_width(2)))?
        .label("live heap")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 16, y)], HEAP.stroke_width(2)));
    let floor = [(0.0, mebibytes(empty)), (end, mebibytes(empty))];
    chart
        .draw_series(LineSeries::new(floor, HEAP.mix(0.4)))?
        .label("without clients, after the first minute")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 16, y)], HEAP.mix(0.4)));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerMiddle)
        .background_style(WHITE)
        .label_font(FONT)
        .draw()?;
    root.present()?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a picture")]
fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
