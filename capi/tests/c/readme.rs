//! The readme.
