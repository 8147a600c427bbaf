//! A world in memory that answers, fails, hangs and breaks as it is told: how the engine is tested, and how runbooks are
//! tried without clusters.

mod turn;
mod world;

pub use turn::Turn;
pub use world::MemoryWorld;
