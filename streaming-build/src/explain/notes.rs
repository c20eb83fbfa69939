//! What a reader of the roles may overlook.

use crate::{
    model::{Contract, Goodbye, Side},
    names,
};

pub(super) fn notes(contract: &Contract) -> Vec<String> {
    let mut notes = Vec::new();
    let marker = names::marker(contract.method.name());
    if marker != contract.method.name() {
        notes.push(format!("the marker type is called `{marker}`"));
    }
    if let Some(ack) = contract.missed_ack {
        let ack = contract.message.name(ack);
        notes.push(format!("commands have no id, and so `{ack}` answers nothing"));
    }
    notes.extend(pings(contract));
    if let Some(goodbye) = &contract.goodbye {
        let Goodbye { index, .. } = goodbye.what;
        let (name, of) = (contract.command.name(index), contract.command.descriptor.full_name());
        notes.push(format!(
            "the hub sends `{name}` by itself before it ends a stream; `.no_goodbye({of:?})` where it means something else"
        ));
    }
    notes.extend(mute(contract));
    notes.extend(unused_acks(contract));
    if contract.command.oneof.is_none() {
        notes.push(
            "commands have no variants, and so no send helpers; `.send(..)` takes a whole one"
                .to_owned(),
        );
    }
    notes
}

fn pings(contract: &Contract) -> Option<String> {
    let note = if contract.ping.is_none() {
        "there is no ping; set `ping.strategy` to `disabled`, else the hub is not built"
    } else if contract.heartbeat.is_none() && contract.pong.is_none() {
        "`ping.timeout = auto` is off: there is no heartbeat, and pings are not answered"
    } else {
        return None;
    };
    Some(note.to_owned())
}

/// Questions whose failure nobody would hear of.
fn mute(contract: &Contract) -> Option<String> {
    let questions = contract.questions.iter().enumerate();
    let mute = questions.filter(|(_, it)| it.as_ref().is_some_and(|it| it.failure.is_none()));
    let mute: Vec<_> =
        mute.map(|(index, _)| format!("`{}`", contract.message.name(index))).collect();
    let command = contract.command.descriptor.full_name();
    (!mute.is_empty()).then(|| {
        format!(
            "a failure of {} cannot be told; give `{command}` or the answer a field `string error`, or the hub an ack",
            mute.join(", ")
        )
    })
}

/// Commands that are called as acks and answer nothing.
fn unused_acks(contract: &Contract) -> Vec<String> {
    let answers = |index| {
        let mut questions = contract.questions.iter().flatten();
        questions.any(|it| it.answer.what.variant() == Some(index))
    };
    let Side { descriptor, variants, .. } = &contract.command;
    let of = descriptor.full_name();
    let unused = variants.iter().enumerate().filter(|(index, variant)| {
        let name = variant.field.name();
        (name == "ack" || name.ends_with("_ack")) && !answers(*index)
    });
    let note = |name: &str| {
        format!(
            "`{name}` answers nothing; `.ack({of:?}, {name:?})` where it acknowledges what clients send"
        )
    };
    unused.map(|(_, variant)| note(variant.field.name())).collect()
}
