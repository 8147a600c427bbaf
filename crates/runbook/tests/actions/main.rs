//! Actions from the outside: what each kind asks, proposes, refuses and believes, in a world held in memory.

#[cfg(test)]
mod back;
#[cfg(test)]
mod back_expired;
#[cfg(test)]
mod back_to_captured;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod commit_offsets;
#[cfg(test)]
mod exec_and_http;
#[cfg(test)]
mod fence_writes;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod pauses;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod retire;
#[cfg(test)]
mod start_stop;
#[cfg(test)]
mod sync_acls;
#[cfg(test)]
mod topic_config;
#[cfg(test)]
mod world;
