//! An explanation as JSON, for other programs.

use serde_json::{Value, json};

use super::{Change, Explained, Part, Role, Variant};
use crate::model::Why;

/// All of it, as one object.
pub(crate) fn json(explained: &[Explained]) -> String {
    let rpcs: Vec<Value> = explained.iter().map(rpc).collect();
    format!("{:#}\n", json!({ "rpcs": rpcs }))
}

fn rpc(explained: &Explained) -> Value {
    let mut value = json!({ "rpc": explained.rpc, "at": explained.at.line_only() });
    match &explained.contract {
        Ok(roles) => {
            value["roles"] = roles.list.iter().map(role).collect();
            value["messages"] = roles.messages.rows.iter().map(variant).collect();
            value["commands"] = roles.commands.rows.iter().map(variant).collect();
            value["notes"] = json!(roles.notes);
            let named = |(what, it): &(_, Change)| json!({ "what": what, "change": [change(it)] });
            value["changes"] = roles.changes.iter().map(named).collect();
        }
        Err(reason) => value["no_contract"] = json!(reason),
    }
    value
}

fn role(role: &Role) -> Value {
    json!({
        "role": role.name,
        "found": role.found,
        "why": role.why.as_ref().map(why),
        "change": role.change.iter().map(change).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    json!({ "call": change.call, "option": change.option })
}

fn variant(variant: &Variant) -> Value {
    let channel = match &variant.channel {
        Ok(channel) => json!({ "channel": channel }),
        Err(reason) => json!({ "not_published": why(reason) }),
    };
    let mut value = channel;
    value["name"] = json!(variant.name);
    value["is"] = variant.is.iter().map(part).collect();
    if let Some(helper) = &variant.helper {
        value["helper"] = json!(helper);
    }
    value
}

fn part(part: &Part) -> Value {
    json!({ "what": part.what, "why": part.why.as_ref().map(why) })
}

fn why(why: &Why) -> Value {
    match why {
        Why::Call(text, at) => json!({ "by": "call", "text": text, "at": at.line_only() }),
        Why::Option(text, at) => json!({ "by": "option", "text": text, "at": at.line_only() }),
        Why::Convention => json!({ "by": "convention" }),
    }
}
