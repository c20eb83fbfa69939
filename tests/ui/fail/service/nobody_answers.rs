use streaming_runtime::Hub;
use ui::shapes::{Note, shapes::{Control, ControlCommands as _}};

fn tell(hub: &Hub<Control>) {
    let _ = hub.client("bot-123").note(Note::default()).reply();
    let _ = hub.client("bot-123").note(Note::default()).ack();
}

fn main() {}
