//! The load: tonic's own client. Tells on standard output when the measured part begins, and what was done in it.

mod counted;
mod storm;
mod stream;

use std::{cell::RefCell, rc::Rc, time::Duration};

use tokio::{io::AsyncReadExt as _, task::LocalSet, time::sleep};

pub(crate) use self::counted::drive;
use self::stream::{Stream, connect};
use crate::{
    seen::Tally,
    settings::{Does, LoadSettings},
};

/// What all streams of this process have done.
type Done = Rc<RefCell<Tally>>;

/// Goes on after what is measured until standard input ends.
pub(crate) async fn run(settings: LoadSettings) -> anyhow::Result<()> {
    let done = Rc::new(RefCell::new(Tally::new()));
    let local = LocalSet::new();
    local.run_until(measured(settings, done)).await
}

async fn measured(settings: LoadSettings, done: Done) -> anyhow::Result<()> {
    let mut kept = Vec::new();
    for _ in 0..settings.stalled {
        kept.push(stream::stalled(settings.addr).await?);
    }
    start(&settings, &done).await?;
    sleep(Duration::from_millis(settings.warm_up_ms)).await;
    println!("begin");
    done.borrow_mut().reset();
    sleep(Duration::from_millis(settings.measured_ms)).await;
    if settings.does != Does::Hold {
        something(|| done.borrow().count() > 0).await;
    }
    let seen = done.borrow().seen();
    println!("{}", serde_json::to_string(&seen)?);
    // The server is looked at meanwhile.
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    drop(kept);
    Ok(())
}

/// On a machine that has other things to do a short time may show nothing yet.
pub(crate) async fn something(is_there: impl Fn() -> bool) {
    for _ in 0..1000 {
        if is_there() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
}

async fn start(settings: &LoadSettings, done: &Done) -> anyhow::Result<()> {
    let LoadSettings { does, addr, connections, streams, in_flight, .. } = *settings;
    if does == Does::Reconnect {
        storm::reconnect(addr, connections * in_flight, done);
        return Ok(());
    }
    if does == Does::Storm {
        for number in 0..connections {
            storm::on(&connect(addr).await?, number, in_flight, done);
        }
        return Ok(());
    }
    if does == Does::Churn {
        storm::on(&connect(addr).await?, 0, in_flight, done);
    }
    for connection in 0..connections {
        let channel = connect(addr).await?;
        for number in 0..streams {
            let id = format!("bot-{}", connection * streams + number);
            let stream = Stream::open(channel.clone(), id, in_flight).await?;
            let done = done.clone();
            match does {
                Does::Echo => tokio::task::spawn_local(stream.echo(in_flight, done)),
                Does::Sink => tokio::task::spawn_local(stream.sink(done)),
                Does::SinkInTurns => {
                    tokio::task::spawn_local(stream.sink_in_turns(in_flight, done))
                }
                Does::Churn | Does::Hold => tokio::task::spawn_local(stream.listen(None)),
                _ => tokio::task::spawn_local(stream.listen(Some(done))),
            };
        }
    }
    Ok(())
}
