use std::time::Duration;

/// Reading back what was sent may go on so long after the time is over: a few requests to a cluster that answers slowly.
/// Without it every timeout would leave open what it did.
pub const READ_BACK: Duration = Duration::from_secs(5);

/// How long a change that was taken may take until brokers show it. The controller tells them within a second; more
/// means that a broker lags behind, which is for an observation to find out.
pub const SHOWN: Duration = Duration::from_secs(5);

/// The pause between two looks whether it shows.
pub const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Items named one by one in a sentence; the others are counted.
pub const NAMED: usize = 10;
