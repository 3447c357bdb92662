//! DynECT
