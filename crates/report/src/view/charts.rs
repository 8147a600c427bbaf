use jiff::Timestamp;
use runbook::world::Side;
use serde::Serialize;

use crate::{LagLook, LagSeries, ReportInput};

/// A line over time, drawn in a field of [`WIDTH`] by [`HEIGHT`]. It is drawn from looks: what happened between two of
/// them is not known.
#[derive(Clone, Debug, Serialize)]
pub struct ChartView {
    pub group: String,
    pub side: Side,
    /// `lag` in records, or `throughput` in records a second.
    pub of: &'static str,
    pub from: Timestamp,
    pub to: Timestamp,
    pub looks: usize,
    pub largest: u64,
    pub last: u64,
    /// `x,y x,y …`
    pub points: String,
}

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 80.0;

impl ChartView {
    /// Lag and throughput of every group that was looked at often enough; one look makes no line.
    pub(super) fn all(input: &ReportInput) -> Vec<ChartView> {
        input.lags.iter().flat_map(|series| [lag(series), throughput(series)]).flatten().collect()
    }

    fn of(series: &LagSeries, of: &'static str, values: &[(Timestamp, u64)]) -> Option<ChartView> {
        let ((from, _), (to, last)) = (values.first()?, values.last()?);
        if values.len() < 2 {
            return None;
        }
        let largest = values.iter().map(|(_, value)| *value).max()?;
        let long = (to.as_millisecond() - from.as_millisecond()).max(1) as f64;
        let points: Vec<String> = values
            .iter()
            .map(|(at, value)| {
                let x = (at.as_millisecond() - from.as_millisecond()) as f64 / long * WIDTH;
                let y = HEIGHT - *value as f64 / largest.max(1) as f64 * HEIGHT;
                format!("{x:.1},{y:.1}")
            })
            .collect();
        Some(ChartView {
            group: series.group.clone(),
            side: series.side,
            of,
            from: *from,
            to: *to,
            looks: series.looks.len(),
            largest,
            last: *last,
            points: points.join(" "),
        })
    }
}

fn lag(series: &LagSeries) -> Option<ChartView> {
    let values: Vec<(Timestamp, u64)> = series.looks.iter().map(|look| (look.at, look.records)).collect();
    ChartView::of(series, "lag", &values)
}

/// What was committed between two looks. A commit that was set back is no throughput, and one that was not there is none.
fn throughput(series: &LagSeries) -> Option<ChartView> {
    let rate = |pair: &[LagLook]| {
        let [before, after] = pair else { return None };
        let ms = u64::try_from(after.at.as_millisecond() - before.at.as_millisecond())
            .ok()
            .filter(|ms| *ms > 0)?;
        let done = u64::try_from(after.committed?.checked_sub(before.committed?)?).ok()?;
        Some((after.at, done.saturating_mul(1_000) / ms))
    };
    let values: Option<Vec<(Timestamp, u64)>> = series.looks.windows(2).map(rate).collect();
    ChartView::of(series, "throughput", &values?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(looks: &[(i64, u64, Option<i64>)]) -> LagSeries {
        let look = |&(second, records, committed): &(i64, u64, Option<i64>)| LagLook {
            at: Timestamp::from_second(1_796_000_000 + second).unwrap(),
            records,
            committed,
        };
        LagSeries { group: "g".to_owned(), side: Side::Source, looks: looks.iter().map(look).collect() }
    }

    #[test]
    fn it_is_drawn_from_looks() {
        let falling = series(&[(0, 100, Some(0)), (10, 50, Some(50)), (20, 0, Some(150))]);
        let lag = lag(&falling).unwrap();
        assert_eq!((lag.points.as_str(), lag.largest, lag.last), ("0.0,0.0 300.0,40.0 600.0,80.0", 100, 0));
        let rate = throughput(&falling).unwrap();
        assert_eq!((rate.points.as_str(), rate.largest, rate.last), ("0.0,40.0 600.0,0.0", 10, 10));
    }

    #[test]
    fn nothing_is_made_up() {
        assert!(lag(&series(&[(0, 1, Some(1))])).is_none(), "one look is no line");
        let back = series(&[(0, 1, Some(9)), (5, 1, Some(3)), (9, 1, Some(4))]);
        assert!(throughput(&back).is_none(), "commits were set back");
        assert!(throughput(&series(&[(0, 1, None), (5, 1, Some(3)), (9, 1, Some(4))])).is_none());
        let flat = lag(&series(&[(0, 0, None), (5, 0, None)])).unwrap();
        assert_eq!(flat.points, "0.0,80.0 600.0,80.0");
    }
}
