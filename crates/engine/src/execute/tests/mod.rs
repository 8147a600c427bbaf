mod back;
mod crashes;
mod fixture;
mod forward;
mod gates;
mod lease;
mod random;
mod sign_offs;
