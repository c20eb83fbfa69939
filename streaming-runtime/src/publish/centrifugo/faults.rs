//! The one place that checks settings.

use std::{ops::RangeInclusive, time::Duration};

use reqwest::{Url, header::HeaderValue};

use super::config::{Breaker, CentrifugoConfig, Delivery};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
/// The longest pause between two attempts.
pub(super) const LONGEST_DELAY: Duration = Duration::from_secs(5);
/// So long Centrifugo remembers an idempotency key.
const KEY_LIFETIME: Duration = Duration::from_mins(5);

/// Each fault in a sentence that says how to mend it.
pub(super) fn of(config: &CentrifugoConfig) -> Vec<String> {
    let mut faults: Vec<String> =
        [endpoint(&config.url).err(), key(&config.api_key).err()].into_iter().flatten().collect();
    numbers(config, &mut faults);
    durations(config, &mut faults);
    let longest = longest_delivery(config);
    if config.delivery == Delivery::Retry && longest > KEY_LIFETIME {
        faults.push(format!(
            "`delivery` is `retry` and a batch may be tried for {longest:?}, but the server forgets its keys after {KEY_LIFETIME:?}; lower `timeout` or `retry.times`"
        ));
    }
    faults
}

fn numbers(config: &CentrifugoConfig, faults: &mut Vec<String>) {
    let as_size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let mut bounds: Vec<(&str, usize, RangeInclusive<usize>)> = vec![
        ("queue.messages", config.queue.messages, 1..=10_000_000),
        ("queue.bytes", config.queue.bytes, KIB..=(16 * KIB).saturating_mul(MIB)),
        ("batch.messages", config.batch.messages, 1..=10_000),
        ("batch.bytes", config.batch.bytes, KIB..=64 * MIB),
        ("shards", config.shards, 1..=64),
        ("retry.times", as_size(config.retry.times), 0..=100),
    ];
    if let Breaker::On(breaker) = config.breaker {
        bounds.push(("breaker.threshold", as_size(breaker.threshold), 1..=1_000_000));
        bounds.push(("breaker.successes", as_size(breaker.successes), 1..=1_000));
    }
    faults.extend(bounds.into_iter().filter(|(_, value, range)| !range.contains(value)).map(
        |(name, value, range)| {
            let (least, most) = range.into_inner();
            format!("`{name}` is {value}; it must lie between {least} and {most}")
        },
    ));
}

fn durations(config: &CentrifugoConfig, faults: &mut Vec<String>) {
    const MS: Duration = Duration::from_millis(1);
    let mut bounds = vec![
        ("batch.linger", config.batch.linger, Duration::ZERO..=Duration::from_secs(10)),
        ("timeout", config.timeout, MS * 10..=Duration::from_mins(1)),
        ("connect_timeout", config.connect_timeout, MS..=Duration::from_mins(1)),
        ("idle_timeout", config.idle_timeout, Duration::from_secs(1)..=Duration::from_hours(1)),
        ("retry.delay", config.retry.delay, MS..=LONGEST_DELAY),
    ];
    if let Breaker::On(breaker) = config.breaker {
        bounds.push(("breaker.open_for", breaker.open_for, MS..=Duration::from_hours(24)));
    }
    faults.extend(bounds.into_iter().filter(|(_, value, range)| !range.contains(value)).map(
        |(name, value, range)| {
            let (least, most) = range.into_inner();
            format!("`{name}` is {value:?}; it must lie between {least:?} and {most:?}")
        },
    ));
}

/// From the first attempt's start to the last one's end.
fn longest_delivery(config: &CentrifugoConfig) -> Duration {
    let attempts = config.retry.times.saturating_add(1);
    let pauses = (0..config.retry.times.min(100)).map(|n| delay(config.retry.delay, n));
    config.timeout.saturating_mul(attempts).saturating_add(pauses.sum())
}

/// The pause before repetition `n`, counted from 0.
pub(super) fn delay(first: Duration, n: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(n)).min(LONGEST_DELAY)
}

/// Where batches go.
pub(super) fn endpoint(url: &str) -> Result<Url, String> {
    if url.is_empty() {
        return Err("`url` is missing; it is the server's address, `http://centrifugo:8000`".into());
    }
    // What the user wrote is not repeated: it may hold a password.
    let wrong = |why: &str| format!("`url` {why}; it must look like `http://centrifugo:8000`");
    let mut url = Url::parse(url).map_err(|error| wrong(&format!("is no address ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("begins with neither `http://` nor `https://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "holds a user or a password, for which a client of your own is the place",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a `?` or a `#`"));
    }
    let path = url.path().trim_end_matches('/');
    let path = if path.ends_with("/api") { path.to_owned() } else { format!("{path}/api") };
    url.set_path(&format!("{path}/batch"));
    Ok(url)
}

/// The header that carries the key.
pub(super) fn key(api_key: &str) -> Result<HeaderValue, String> {
    if api_key.is_empty() {
        return Err("`api_key` is missing; it is the `api_key` of the server's config".into());
    }
    let mut value = HeaderValue::from_str(api_key)
        .map_err(|_| "`api_key` has control characters; it must be visible text".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{delay, endpoint};
    use crate::publish::centrifugo::{Breaker, CentrifugoConfig, Delivery};

    fn good() -> CentrifugoConfig {
        CentrifugoConfig::new("http://localhost:8000", "key")
    }

    #[test]
    fn defaults_are_valid_once_there_is_a_server() {
        assert_eq!(good().validate(), Ok(()));
        assert_eq!(good().with(|config| config.delivery = Delivery::Retry).validate(), Ok(()));
        let error = CentrifugoConfig::default().validate().expect_err("no server");
        assert_eq!(error.faults().len(), 2, "{error}");
    }

    #[test]
    fn every_fault_is_listed() {
        let config = good().with(|config| {
            config.url = "localhost:8000".into();
            config.api_key = "a\nb".into();
            config.queue.messages = 0;
            config.queue.bytes = 5;
            config.batch.messages = 0;
            config.batch.bytes = 1 << 40;
            config.batch.linger = Duration::from_secs(11);
            config.shards = 65;
            config.timeout = Duration::ZERO;
            config.connect_timeout = Duration::ZERO;
            config.idle_timeout = Duration::ZERO;
            config.retry.times = 101;
            config.retry.delay = Duration::ZERO;
            if let Breaker::On(breaker) = &mut config.breaker {
                breaker.threshold = 0;
                breaker.open_for = Duration::ZERO;
                breaker.successes = 0;
            }
        });
        let error = config.validate().expect_err("nothing is right");
        assert_eq!(error.faults().len(), 16, "{:#?}", error.faults());
        assert!(!error.to_string().contains("a\nb"), "{error}");
    }

    #[test]
    fn retries_end_before_the_server_forgets() {
        let config = good().with(|config| {
            config.delivery = Delivery::Retry;
            config.retry.times = 100;
        });
        let error = config.validate().expect_err("too long");
        assert!(error.faults()[0].contains("`retry.times`"), "{error}");
    }

    #[test]
    fn the_api_is_found_under_its_path() {
        for (url, expected) in [
            ("http://a:8000", "http://a:8000/api/batch"),
            ("http://a:8000/", "http://a:8000/api/batch"),
            ("http://a:8000/api", "http://a:8000/api/batch"),
            ("https://a/centrifugo/", "https://a/centrifugo/api/batch"),
            ("http://[::1]:8000/push/api/", "http://[::1]:8000/push/api/batch"),
        ] {
            assert_eq!(endpoint(url).expect(url).as_str(), expected);
        }
        for url in
            ["", "a", "ftp://a", "http://", "http://a?b", "http://a#b", "a:8000", "http://u:p@a"]
        {
            endpoint(url).expect_err(url);
        }
    }

    #[test]
    fn pauses_double_up_to_a_bound() {
        let first = Duration::from_millis(200);
        let pauses = [0, 1, 2, 60].map(|n| delay(first, n).as_millis());
        assert_eq!(pauses, [200, 400, 800, 5000]);
    }
}
