//! The one door to the world: reading goes through [`World::observe`], every effect through [`World::apply`].

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
