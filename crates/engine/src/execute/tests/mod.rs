mod back;
mod back_past;
mod crashes;
mod fixture;
mod forward;
mod gates;
mod lease;
mod random;
