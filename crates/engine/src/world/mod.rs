//! The one door to the world. Reading goes through [`World::observe`]; the door for effects opens beside it when steps
//! are executed.

mod limits;
mod progress;
mod pulse;
mod stop;
mod world_trait;

pub use limits::Limits;
pub use progress::Progress;
pub use pulse::Pulse;
pub use stop::Stop;
pub use world_trait::World;
