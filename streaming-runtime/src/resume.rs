//! How a session outlives its stream: the key that names it, and the place where the next stream arrives.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tonic::metadata::{AsciiMetadataValue, MetadataMap};

use crate::{gate::Place, input::Input, room::give_back};

/// The header with a session's key: of the response, and of the request of a client that comes back.
pub(crate) const SESSION: &str = "streaming-session";
/// The response's header that says whether the session goes on.
pub(crate) const RESUMED: &str = "streaming-resumed";

/// What a client shows to go on with its session: 128 bits that nobody guesses. Never logged.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(u128);

impl Key {
    pub(crate) fn new() -> Self {
        // Six bits of a UUID are not random: each of two has those of the other.
        let [one, other] = [(); 2].map(|()| uuid::Uuid::new_v4().as_u128());
        Self(one ^ other.rotate_left(64))
    }

    /// What the client shows, if it is a key.
    pub(crate) fn shown(metadata: &MetadataMap) -> Option<Self> {
        let shown = metadata.get(SESSION)?.to_str().ok().filter(|shown| shown.len() == 32)?;
        u128::from_str_radix(shown, 16).ok().map(Self)
    }

    /// Tells the client its key, and whether its session goes on.
    pub(crate) fn tell(self, resumed: bool, metadata: &mut MetadataMap) {
        let key = format!("{:032x}", self.0);
        let mut key: AsciiMetadataValue = key.parse().expect("hex is ASCII");
        key.set_sensitive(true);
        metadata.insert(SESSION, key);
        let resumed = if resumed { "true" } else { "false" };
        metadata.insert(RESUMED, AsciiMetadataValue::from_static(resumed));
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// A stream that goes on with a session.
pub(crate) struct Arrival<M> {
    pub(crate) input: Input<M>,
    /// The message that told who it is, if one did.
    pub(crate) first: Option<M>,
    /// Its number in the session's outbox.
    pub(crate) stream: u32,
    /// How long its identity is valid; `None`: for ever.
    pub(crate) valid_for: Option<Duration>,
    /// Its place among the hub's streams.
    pub(crate) place: Option<Place>,
}

/// Where the next stream of a session arrives.
pub(crate) struct Seat<M>(Mutex<State<M>>);

struct State<M> {
    key: Key,
    /// Streams that were told that they resume it, and have not said yet who they are.
    reserved: usize,
    arrival: Option<Box<Arrival<M>>>,
    closed: bool,
    /// The stream's place among those of the hub.
    place: Option<Place>,
}

impl<M> Seat<M> {
    pub(crate) fn new(key: Key) -> Self {
        Self(Mutex::new(State { key, reserved: 0, arrival: None, closed: false, place: None }))
    }

    fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn key(&self) -> Key {
        self.lock().key
    }

    /// The session's first stream holds this place.
    pub(crate) fn sit(&self, place: Option<Place>) {
        self.lock().place = place;
    }

    /// It has no stream any more: whoever comes, or has come just now, has a place of its own.
    pub(crate) fn leave(&self) {
        let mut state = self.lock();
        if state.arrival.is_none() {
            state.place = None;
        }
    }

    /// The session waits for a stream with this key as long as it is reserved. Says whether it does.
    pub(crate) fn reserve(&self, key: Key) -> bool {
        let mut state = self.lock();
        let reserved = state.key == key && !state.closed;
        state.reserved += usize::from(reserved);
        reserved
    }

    /// One that has reserved it does not come, or has come.
    pub(crate) fn release(&self) {
        self.lock().reserved -= 1;
    }

    /// The stream with this key comes, and gets a key of its own. `stream` makes its arrival; not called where it is too
    /// late, or another was faster.
    pub(crate) fn arrive(&self, key: Key, next: Key, stream: impl FnOnce() -> Arrival<M>) {
        let mut state = self.lock();
        if state.key == key && !state.closed {
            state.key = next;
            let mut arrival = stream();
            state.place = arrival.place.take();
            state.arrival = Some(Box::new(arrival));
        }
    }

    /// The stream that has arrived.
    pub(crate) fn take(&self) -> Option<Box<Arrival<M>>> {
        self.lock().arrival.take()
    }

    /// Waits for nobody any more, unless somebody comes: then says `false`.
    pub(crate) fn expire(&self) -> bool {
        let mut state = self.lock();
        state.closed |= state.reserved == 0 && state.arrival.is_none();
        state.closed
    }

    /// The session has ended.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let arrived = state.arrival.take();
        drop(state);
        drop(arrived);
    }
}

/// Finds sessions by their keys.
pub(crate) struct Keys<S>(Mutex<HashMap<Key, Weak<S>>>);

impl<S> Default for Keys<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S> Keys<S> {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Weak<S>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn find(&self, key: Key) -> Option<Arc<S>> {
        self.lock().get(&key)?.upgrade()
    }

    pub(crate) fn insert(&self, key: Key, session: &Arc<S>) {
        self.lock().insert(key, Arc::downgrade(session));
    }

    pub(crate) fn remove(&self, key: Key) {
        let mut keys = self.lock();
        keys.remove(&key);
        give_back(&mut keys);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// For how many keys there is room.
    #[cfg(test)]
    fn room(&self) -> usize {
        self.lock().capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_and_shown_again_and_logged_by_nobody() {
        let (key, mut headers) = (Key::new(), MetadataMap::new());
        key.tell(true, &mut headers);
        assert_eq!(Key::shown(&headers), Some(key));
        assert_eq!(headers.get(RESUMED).expect("told"), "true");
        let hex = headers.get(SESSION).expect("told").to_str().expect("ASCII").to_owned();
        assert!(!format!("{headers:?} {key:?}").contains(&hex));
        assert_ne!(key, Key::new());
        for wrong in ["", "1", &hex[1..], &format!("0{hex}"), &hex.replace(&hex[..1], "x")] {
            headers.insert(SESSION, wrong.parse().expect("a header"));
            assert_eq!(Key::shown(&headers), None, "{wrong:?}");
        }
    }

    #[test]
    fn keys_of_sessions_that_are_gone_take_no_room() {
        let (keys, session) = (Keys::default(), Arc::new(()));
        let many: Vec<_> = (0..10_000).map(|_| Key::new()).collect();
        for key in &many {
            keys.insert(*key, &session);
        }
        for key in &many[1000..] {
            keys.remove(*key);
        }
        assert!(keys.room() < 5000, "room for {} is kept for 1000", keys.room());
        assert!(many[..1000].iter().all(|key| keys.find(*key).is_some()));
        for key in &many[..1000] {
            keys.remove(*key);
        }
        assert_eq!(keys.room(), 0);
    }

    #[test]
    fn every_bit_of_a_key_is_random() {
        let keys: Vec<_> = (0..200).map(|_| Key::new().0).collect();
        let (all, any) = keys.iter().fold((u128::MAX, 0), |(all, any), key| (all & key, any | key));
        assert_eq!((all, any), (0, u128::MAX));
    }
}
