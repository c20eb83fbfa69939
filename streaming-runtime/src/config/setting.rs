//! How each type of setting is written in a file or a variable.

use std::time::Duration;

use super::{Duplicates, HalfClose, Overflow, PingStrategy, PingTimeout, Template, node::Node};

/// A type of setting.
pub(crate) trait Setting: Sized {
    /// What a value must be, in the words of a message.
    const EXPECTED: &'static str;

    fn read(node: &Node) -> Option<Self>;

    fn write(&self) -> Node;
}

impl Setting for Duration {
    const EXPECTED: &'static str = "a duration such as `30s`, `500ms` or `5m`";

    fn read(node: &Node) -> Option<Self> {
        match node {
            Node::Text(text) => humantime::parse_duration(text).ok(),
            _ => None,
        }
    }

    fn write(&self) -> Node {
        Node::Text(humantime::format_duration(*self).to_string())
    }
}

impl Setting for bool {
    const EXPECTED: &'static str = "`true` or `false`";

    fn read(node: &Node) -> Option<Self> {
        match node {
            Node::Bool(bool) => Some(*bool),
            Node::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn write(&self) -> Node {
        Node::Bool(*self)
    }
}

impl Setting for String {
    const EXPECTED: &'static str = "a text";

    fn read(node: &Node) -> Option<Self> {
        match node {
            Node::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn write(&self) -> Node {
        Node::Text(self.clone())
    }
}

macro_rules! whole_numbers {
    ($($int:ty)*) => {$(
        impl Setting for $int {
            const EXPECTED: &'static str = "a whole number";

            fn read(node: &Node) -> Option<Self> {
                match node {
                    Node::Number(number) => Self::try_from(*number).ok(),
                    // Variables are texts.
                    Node::Text(text) => text.parse().ok(),
                    _ => None,
                }
            }

            fn write(&self) -> Node {
                i64::try_from(*self).map_or(Node::Null, Node::Number)
            }
        }
    )*};
}

whole_numbers!(u32 usize);

/// A setting that may be left out; `none` says so where something has to stand there.
impl<T: Setting> Setting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(node: &Node) -> Option<Self> {
        match node {
            Node::Null => Some(None),
            Node::Text(text) if text == "none" => Some(None),
            node => T::read(node).map(Some),
        }
    }

    fn write(&self) -> Node {
        self.as_ref().map_or(Node::Null, T::write)
    }
}

macro_rules! choices {
    ($($ty:ident: $expected:literal { $($variant:ident = $name:literal),* })*) => {$(
        impl Setting for $ty {
            const EXPECTED: &'static str = $expected;

            fn read(node: &Node) -> Option<Self> {
                match node {
                    $(Node::Text(text) if text == $name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            fn write(&self) -> Node {
                Node::Text(match self { $(Self::$variant => $name),* }.to_owned())
            }
        }
    )*};
}

choices! {
    PingStrategy: "`interval`, `on_idle` or `disabled`" {
        Interval = "interval", OnIdle = "on_idle", Disabled = "disabled"
    }
    Overflow: "`wait`, `reject`, `drop_oldest` or `disconnect`" {
        Wait = "wait", Reject = "reject", DropOldest = "drop_oldest", Disconnect = "disconnect"
    }
    Duplicates: "`take_over` or `reject`" { TakeOver = "take_over", Reject = "reject" }
    HalfClose: "`end` or `listen`" { End = "end", Listen = "listen" }
}

impl Setting for PingTimeout {
    const EXPECTED: &'static str = "`auto`, `off` or a duration such as `30s`";

    fn read(node: &Node) -> Option<Self> {
        match node {
            Node::Text(text) if text == "auto" => Some(Self::Auto),
            Node::Text(text) if text == "off" => Some(Self::Off),
            node => Duration::read(node).map(Self::After),
        }
    }

    fn write(&self) -> Node {
        match self {
            Self::Auto => Node::Text("auto".to_owned()),
            Self::Off => Node::Text("off".to_owned()),
            Self::After(timeout) => timeout.write(),
        }
    }
}

impl Setting for Template {
    const EXPECTED: &'static str = "a channel with `{client_id}` and `{field}` in it, such as `bots:{client_id}:{direction}:{field}`; the placeholders are `{client_id}`, `{direction}` and `{field}`";

    fn read(node: &Node) -> Option<Self> {
        match node {
            Node::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn write(&self) -> Node {
        Node::Text(self.to_string())
    }
}
