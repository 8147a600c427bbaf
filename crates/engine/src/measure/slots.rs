use runbook::{Probe, Side};

/// Room for measurements: so many per cluster, and as many for what touches none.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    source: usize,
    target: usize,
    elsewhere: usize,
}

/// What a measurement takes up while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    source: bool,
    target: bool,
    elsewhere: bool,
}

impl Needs {
    pub fn of(probe: &Probe) -> Needs {
        let sides = probe.sides();
        Needs {
            source: sides.contains(&Side::Source),
            target: sides.contains(&Side::Target),
            elsewhere: sides.is_empty(),
        }
    }
}

impl Slots {
    pub fn new(each: usize) -> Slots {
        let each = each.max(1);
        Slots { source: each, target: each, elsewhere: each }
    }

    /// Takes room for `needs`, all of it or none.
    pub fn take(&mut self, needs: Needs) -> bool {
        let free = |needed: bool, free: usize| !needed || free > 0;
        let room = free(needs.source, self.source)
            && free(needs.target, self.target)
            && free(needs.elsewhere, self.elsewhere);
        if room {
            self.reserve(needs);
        }
        room
    }

    /// Keeps room for something that waits, so that what comes after it does not overtake it for ever.
    pub fn reserve(&mut self, needs: Needs) {
        self.source = self.source.saturating_sub(usize::from(needs.source));
        self.target = self.target.saturating_sub(usize::from(needs.target));
        self.elsewhere = self.elsewhere.saturating_sub(usize::from(needs.elsewhere));
    }

    pub fn give_back(&mut self, needs: Needs) {
        self.source += usize::from(needs.source);
        self.target += usize::from(needs.target);
        self.elsewhere += usize::from(needs.elsewhere);
    }
}

#[cfg(test)]
mod tests {
    use runbook::world::Isolation;

    use super::*;

    #[test]
    fn a_measurement_takes_room_at_each_cluster_it_is_put_to() {
        let (group, topics, isolation) = ("g".to_owned(), vec!["t".to_owned()], Isolation::ReadCommitted);
        let (source, target) = (Side::Source, Side::Target);
        let (ignore_headers, within_ms, over_ms) = (Vec::new(), 0, 0);
        let drained = Probe::Drained {
            topics: topics.clone(),
            isolation,
            ignore_headers,
            without: Vec::new(),
            within_ms,
            over_ms,
        };
        for (probe, needs) in [
            (Probe::Topics { side: source, topics: topics.clone() }, (true, false, false)),
            (Probe::Ends { side: target, topics: topics.clone() }, (false, true, false)),
            (
                Probe::Positions {
                    group,
                    topics: topics.clone(),
                    isolation,
                    without: Vec::new(),
                    begins: None,
                },
                (true, true, false),
            ),
            (drained, (true, true, false)),
            (Probe::Plan, (false, false, true)),
        ] {
            let (source, target, elsewhere) = needs;
            assert_eq!(Needs::of(&probe), Needs { source, target, elsewhere }, "{}", probe.title());
        }
    }
}
