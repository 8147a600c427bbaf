use crate::inert;

/// A plain table: columns as wide as their widest cell, numbers to the right, readable without colour.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<bool>,
}

impl Table {
    /// Columns by title; one that begins with `>` is aligned to the right.
    pub fn new(columns: &[&str]) -> Table {
        let right = columns.iter().map(|column| column.starts_with('>')).collect();
        Table {
            rows: vec![columns.iter().map(|column| column.trim_start_matches('>').to_owned()).collect()],
            right,
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| inert::terminal(&cell)).collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.right.len()).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, width), right) in row.iter().zip(&widths).zip(&self.right) {
                let pad = " ".repeat(width - cell.chars().count());
                let parts: [&str; 2] = if *right { [&pad, cell] } else { [cell, &pad] };
                line.extend(parts);
                line.push_str("  ");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
