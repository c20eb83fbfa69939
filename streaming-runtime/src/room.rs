//! The room of those who have gone: a map keeps it, unless it is told to give it back.

use std::{collections::HashMap, hash::Hash};

/// To be called after each removal; seldom does anything.
pub(crate) fn give_back<K: Eq + Hash, V>(map: &mut HashMap<K, V>) {
    if map.is_empty() || map.len() < map.capacity() / 8 {
        map.shrink_to_fit();
    }
}
