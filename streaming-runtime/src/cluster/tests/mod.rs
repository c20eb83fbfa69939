//! The rules of a cluster, over a network in memory.
