use std::time::Duration;

use kafka::Patience;
use runbook::world::{Command, Receipt, Side};
use services::Until;

use super::LiveWorld;

impl LiveWorld {
    /// Applies a command, blocking until `time` is over at most, but for some seconds of reading back what may have been
    /// done. Once begun it is not broken off: half an effect is worse than a late one.
    pub(super) fn apply(&self, command: &Command, time: Duration) -> Receipt {
        let receipt = match command {
            Command::SetCommits { side, .. }
            | Command::SetAcls { side, .. }
            | Command::SetTopicConfigs { side, .. } => self.apply_to_cluster(*side, command, time),
            Command::SetConnectorConfigs { .. }
            | Command::SetConnectorState { .. }
            | Command::Exec { .. }
            | Command::Http(_) => self.services.apply(command, Until::after(time, &|| false)),
        };
        receipt.unwrap_or_else(|| Receipt::Refused {
            why: format!("{}: this version cannot apply it; nothing was changed", command.title()),
        })
    }

    fn apply_to_cluster(&self, side: Side, command: &Command, time: Duration) -> Option<Receipt> {
        let patience = Patience::new(time);
        match self.sides.asked(side, &patience) {
            Ok(cluster) => kafka::apply::apply(&cluster, command, &patience),
            Err(error) => Some(Receipt::Refused {
                why: format!("nothing was changed: the {side} cluster is not reached: {error}"),
            }),
        }
    }
}
