//! What a process does over and over until it is told to stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use tokio::{
    runtime::Runtime,
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};

use crate::run::PATIENCE;

/// The name of the client of this number.
pub(crate) fn client(number: usize) -> String {
    format!("bot-{number}")
}

/// Whether it is to go on.
#[derive(Clone)]
pub(crate) struct GoesOn {
    goes_on: Arc<AtomicBool>,
    pause: Duration,
}

impl GoesOn {
    /// Rests for up to a pause. Says whether to do it once more.
    pub(crate) async fn rest(&self) -> bool {
        sleep(self.pause.mul_f64(fastrand::f64())).await;
        self.goes_on.load(Ordering::Relaxed)
    }
}

/// Everything that goes on.
pub(crate) struct Traffic {
    pub(crate) goes_on: GoesOn,
    tasks: JoinSet<()>,
}

impl Traffic {
    /// With this between one and the next at most.
    pub(crate) fn new(pause: Duration) -> Self {
        let goes_on = GoesOn { goes_on: Arc::new(AtomicBool::new(true)), pause };
        Self { goes_on, tasks: JoinSet::new() }
    }

    pub(crate) fn begin(
        &mut self,
        runtime: &Runtime,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.tasks.spawn_on(task, runtime.handle());
    }

    /// Returns once what is under way has ended by itself; fails where it does not.
    pub(crate) async fn end(&mut self) -> anyhow::Result<()> {
        self.goes_on.goes_on.store(false, Ordering::Relaxed);
        let all = async {
            while let Some(ended) = self.tasks.join_next().await {
                ended?;
            }
            Ok::<_, JoinError>(())
        };
        timeout(PATIENCE, all).await.context("some that were begun never ended")??;
        Ok(())
    }
}
