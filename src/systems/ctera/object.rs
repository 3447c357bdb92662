//! The object notation of the portal.
