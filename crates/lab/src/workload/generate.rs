use super::Record;

/// Many records that differ from one another and are the same every time: record `n` has its number in its value.
#[derive(Debug, Clone)]
pub struct Generate {
    /// How many.
    pub count: u64,
    /// Number of the first.
    pub first: u64,
    /// Size of each value in bytes; a value is never shorter than its JSON with the number, about 20 bytes.
    pub size: usize,
    /// How many different keys, dealt in turn; 0: no key.
    pub keys: u64,
    /// Dealt in turn to this many partitions; none: the key chooses.
    pub partitions: Option<i32>,
    /// Headers on each record.
    pub headers: usize,
    /// Timestamp of the first, in milliseconds since 1970; none: now.
    pub timestamp: Option<i64>,
    /// Milliseconds between the timestamps of two records.
    pub step_ms: i64,
}

impl Default for Generate {
    fn default() -> Self {
        Generate {
            count: 1000,
            first: 0,
            size: 100,
            keys: 100,
            partitions: None,
            headers: 0,
            timestamp: None,
            step_ms: 1,
        }
    }
}

impl Generate {
    /// This many records of 100 bytes with 100 keys.
    pub fn records(count: u64) -> Self {
        Generate { count, ..Generate::default() }
    }

    /// Record `n`.
    pub fn record(&self, n: u64) -> Record {
        let number = n - self.first;
        let mut value = format!("{{\"n\":{n},\"pad\":\"");
        while value.len() + 2 < self.size {
            // The filling depends on the number, so that compression does not make all records alike.
            value.push(char::from(
                b'a' + (n.wrapping_mul(31).wrapping_add(value.len() as u64 * 7) % 26) as u8,
            ));
        }
        value.push_str("\"}");
        let steps = i64::try_from(number).unwrap_or(i64::MAX);
        Record {
            partition: self.partitions.map(|count| i32::try_from(n % count.max(1) as u64).unwrap_or(0)),
            key: (self.keys > 0).then(|| format!("key-{}", n % self.keys.max(1)).into_bytes()),
            value: Some(value.into_bytes()),
            headers: (0..self.headers)
                .map(|h| (format!("header-{h}"), Some(format!("{n}-{h}").into_bytes())))
                .collect(),
            timestamp: self.timestamp.map(|first| first + steps * self.step_ms),
        }
    }
}

impl IntoIterator for Generate {
    type Item = Record;
    type IntoIter = Box<dyn Iterator<Item = Record>>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new((self.first..self.first + self.count).map(move |n| self.record(n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_the_size_asked_for_and_differ() {
        let all: Vec<Record> =
            Generate { size: 50, first: 7, ..Generate::records(100) }.into_iter().collect();
        assert_eq!(all.len(), 100);
        assert!(all.iter().all(|record| record.value.as_ref().unwrap().len() == 50));
        assert!(all.windows(2).all(|pair| pair[0].value != pair[1].value));
        assert!(String::from_utf8_lossy(all[0].value.as_ref().unwrap()).starts_with("{\"n\":7,"));
    }
}
