//! The simulated CTERA Portal against its contract.

mod control;
mod faults;
mod journal;
mod keys;
mod lists;
mod passwords;
mod rights;
mod seed;
mod sessions;
mod support;
mod tasks;
mod tenants;
mod transport;
mod users;
mod whole_objects;
