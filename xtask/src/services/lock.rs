//! One maker at a time, among all processes.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

use anyhow::{Context as _, Result};

/// Runs `make` alone, or not at all where `find` has a result by the time the lock is held.
pub(super) fn once<T>(
    folder: &Path,
    find: impl Fn() -> Option<T>,
    make: impl FnOnce() -> Result<T>,
) -> Result<T> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let _held = hold(folder).with_context(|| format!("cannot lock {}", folder.display()))?;
    find().map_or_else(make, Ok)
}

/// Held until it is dropped, or until the process ends in whatever way.
fn hold(folder: &Path) -> Result<File> {
    fs::create_dir_all(folder)?;
    let file = File::create(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            eprintln!("waiting for another process that fills {}", folder.display());
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::{fs, thread};

    use super::once;

    #[test]
    fn makes_a_thing_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let thing = folder.path().join("thing");
        let find = || thing.exists().then_some(());
        let make = || {
            let mut file = fs::File::create_new(&thing)?;
            std::io::Write::write_all(&mut file, b"made")?;
            Ok(())
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| once(folder.path(), find, make).expect("no second maker"));
            }
        });
        assert_eq!(fs::read(&thing).expect("it is there"), b"made");
    }

    #[test]
    fn takes_what_is_there() {
        let nowhere = std::path::Path::new("/dev/null/nowhere");
        let found = once(nowhere, || Some(1), || panic!("made again"));
        assert_eq!(found.expect("no lock is needed"), 1);
    }
}
