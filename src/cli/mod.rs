//! What a person types.

pub mod input;
