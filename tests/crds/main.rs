//! The custom resource definitions: current, structural, documented, frozen, and enforced.

mod files;
mod rules;
mod structure;
