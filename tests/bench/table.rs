use std::fmt::Write;

use crate::series::Series;

/// What one goal came to.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: &'static str,
    pub what: String,
    pub figure: String,
    pub must: String,
    /// `None`: not measured.
    pub holds: Option<bool>,
    pub note: String,
}

/// Rows and the series they rest on, as Markdown.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    series: Vec<Series>,
}

impl Table {
    pub fn row(&mut self, row: Row) {
        println!("  => {} {}: {}", row.id, word(row.holds), row.figure);
        self.rows.push(row);
    }

    pub fn series(&mut self, series: &Series) {
        if !series.is_empty() {
            println!("     {}", line(series));
            self.series.push(series.clone());
        }
    }

    pub fn markdown(&self, heading: &str) -> String {
        let mut text = format!(
            "{heading}\n\n| # | what | measured | must | holds | remark |\n|---|---|---|---|---|---|\n"
        );
        for Row { id, what, figure, must, holds, note } in &self.rows {
            let _ = writeln!(text, "| {id} | {what} | {figure} | {must} | {} | {note} |", word(*holds));
        }
        text.push_str("\n| run | turns | median s | min | max | records/s | CPU ns/record | peak MiB | requests |\n|---|---|---|---|---|---|---|---|---|\n");
        for series in &self.series {
            let _ = writeln!(text, "| {} |", line(series));
        }
        text
    }
}

fn line(series: &Series) -> String {
    let requests = series.requests.map_or_else(|| "–".to_owned(), |requests| requests.to_string());
    format!(
        "{} | {} | {:.2} | {:.2} | {:.2} | {} | {:.0} | {:.0} | {requests}",
        series.what,
        series.runs.len(),
        series.wall().as_secs_f64(),
        series.least().as_secs_f64(),
        series.most().as_secs_f64(),
        thousands(series.rate() as u64),
        series.cpu_per_record(),
        series.peak() as f64 / f64::from(1 << 20),
    )
}

/// 1234567 as 1,234,567.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn word(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => "yes",
        Some(false) => "**no**",
        None => "not measured",
    }
}
