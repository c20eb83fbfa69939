//! Every name that generated code chooses.

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Stands for the module that holds all packages, until paths are made relative.
pub(crate) const ROOT: &str = "__root";
/// The attribute by which prost's types tell their proto names; taken off again.
pub(crate) const MARK: &str = "streaming_build_name";
/// Marks a module whose items belong into a macro of the runtime; never written out.
pub(crate) const GATE: &str = "streaming_build_gate";
/// The module of a package with the functions that write JSON.
pub(crate) const JSON_MODULE: &str = "streaming_json";
/// The module of a service with the parts of its `Service`.
pub(crate) const SERVICE_MODULE: &str = "service";
/// The file that holds all packages as a module tree.
pub(crate) const TREE_FILE: &str = "streaming.rs";

/// Names that a typed send must not have: methods that a target has, or gets from a trait that is often in scope.
///
/// Frozen per major version: a name that is added here renames somebody's helper.
pub(crate) const RESERVED: [&str; 40] = [
    // of targets
    "id",
    "session",
    "send",
    "close",
    "join",
    "leave",
    "members",
    "except",
    "only",
    // of the traits in the preludes, and of those that every type has
    "clone",
    "clone_from",
    "into",
    "try_into",
    "to_owned",
    "to_string",
    "as_ref",
    "as_mut",
    "borrow",
    "borrow_mut",
    "type_id",
    "eq",
    "ne",
    "partial_cmp",
    "cmp",
    "lt",
    "le",
    "gt",
    "ge",
    "max",
    "min",
    "clamp",
    "hash",
    "fmt",
    "drop",
    "into_iter",
    "into_future",
    // of `tracing`
    "instrument",
    "in_current_span",
    "with_subscriber",
    "with_current_subscriber",
];

/// Further ones of a client's typed sends: methods that a link has. Frozen as well.
const RESERVED_BY_LINKS: [&str; 3] = ["run", "state", "watch"];

/// Keywords that cannot be raw identifiers.
const NEVER_RAW: [&str; 5] = ["self", "Self", "super", "crate", "_"];

/// Keywords of edition 2024, reserved ones too.
const KEYWORDS: [&str; 48] = [
    "as", "break", "const", "continue", "else", "enum", "extern", "false", "fn", "for", "if",
    "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "static",
    "struct", "trait", "true", "type", "unsafe", "use", "where", "while", "async", "await", "dyn",
    "abstract", "become", "box", "do", "final", "gen", "macro", "override", "priv", "try",
    "typeof", "unsized", "virtual", "yield",
];

/// `name` as an identifier: a keyword is raw, or has a trailing underscore where it cannot be.
pub(crate) fn ident(name: &str) -> String {
    if NEVER_RAW.contains(&name) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name.to_owned()
    }
}

/// The modules of a package: `trading.v1` is `trading::v1`.
pub(crate) fn package_modules(package: &str) -> Vec<String> {
    let segments = package.split('.').filter(|segment| !segment.is_empty());
    segments.map(|segment| ident(&segment.to_snake_case())).collect()
}

/// The file of a package: `trading.v1.rs`, and `_.rs` where there is none.
pub(crate) fn package_file(package: &str) -> String {
    format!("{}.rs", package_stem(package))
}

/// The file of a package's descriptors.
pub(crate) fn descriptor_file(package: &str) -> String {
    format!("{}.bin", package_stem(package))
}

fn package_stem(package: &str) -> &str {
    if package.is_empty() { "_" } else { package }
}

/// The module of a service: `TradingBots` is `trading_bots`.
pub(crate) fn service_module(service: &str) -> String {
    ident(&service.to_snake_case())
}

/// The Rust name of a service, as prost and tonic have it.
pub(crate) fn service_type(service: &str) -> String {
    ident(&service.to_upper_camel_case())
}

/// The method of an rpc, as prost and tonic have it.
pub(crate) fn rpc_method(rpc: &str) -> String {
    ident(&rpc.to_snake_case())
}

/// The marker type of an rpc. What else lies in its module keeps its name.
pub(crate) fn marker(rpc: &str) -> String {
    let name = rpc.to_upper_camel_case();
    let letters = name.trim_end_matches(|last: char| last.is_ascii_digit());
    // A single letter is a type parameter.
    let taken = ["Service", "Rpcs", "Self"].contains(&name.as_str()) || letters.len() == 1;
    let beside = ["Commands", "Messages", "Expects", "Link"];
    if taken || beside.iter().any(|last| name.ends_with(last)) {
        format!("{name}_")
    } else {
        ident(&name)
    }
}

/// The marker type of an rpc as its client sees it.
pub(crate) fn link_marker(rpc: &str) -> String {
    format!("{}Link", marker(rpc))
}

/// The trait with the typed sends of an rpc's client.
pub(crate) fn messages_trait(rpc: &str) -> String {
    format!("{}Messages", marker(rpc))
}

/// The trait with the typed sends of an rpc.
pub(crate) fn commands_trait(rpc: &str) -> String {
    format!("{}Commands", marker(rpc))
}

/// The trait with the commands of an rpc that a test expects.
pub(crate) fn expects_trait(rpc: &str) -> String {
    format!("{}Expects", marker(rpc))
}

/// The methods that expect variants, one for each.
pub(crate) fn expects(variants: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for variant in variants {
        let mut name = format!("expect_{}", variant.to_snake_case());
        // Two that differ in case alone.
        while names.contains(&name) {
            name.push('_');
        }
        names.push(name);
    }
    names
}

/// The last part of a variant's channel.
pub(crate) fn channel(variant: &str, command: bool) -> String {
    if command { format!("command_{variant}") } else { variant.to_owned() }
}

/// What a variant's event is called.
pub(crate) fn event_type(variant: &str, command: bool) -> String {
    let side = if command { "command" } else { "message" };
    format!("grpc_{side}_{variant}")
}

/// The method that sends a variant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Helper {
    pub(crate) name: String,
    /// Whether it is called so because other methods have the variant's own name.
    pub(crate) gives_way: bool,
}

/// The typed sends of variants, one for each; `link` where a client sends them.
pub(crate) fn send_helpers(variants: &[&str], link: bool) -> Vec<Helper> {
    let mut helpers: Vec<Helper> = Vec::new();
    for variant in variants {
        let mut helper = send_helper(&rpc_method(variant), link);
        // Two that differ in case alone.
        while helpers.iter().any(|other| other.name == helper.name) {
            helper.name.push('_');
        }
        helpers.push(helper);
    }
    helpers
}

/// The typed send of a variant whose field is called `field` in Rust.
fn send_helper(field: &str, link: bool) -> Helper {
    let plain = field.strip_prefix("r#").unwrap_or(field);
    let word = plain.trim_end_matches('_');
    let reserved = RESERVED.contains(&plain) || link && RESERVED_BY_LINKS.contains(&plain);
    if reserved || NEVER_RAW.contains(&word) {
        Helper { name: format!("send_{word}"), gives_way: true }
    } else {
        Helper { name: field.to_owned(), gives_way: false }
    }
}

/// The method of a service's builder that fills the slot of an rpc.
pub(crate) fn slot(rpc: &str) -> String {
    let name = rpc.to_snake_case();
    if ["build", "rpcs", "clone", "into"].contains(&name.as_str())
        || name.starts_with("unimplemented_")
    {
        format!("{name}_")
    } else {
        ident(&name)
    }
}

/// The method of a service's builder that leaves a slot out.
pub(crate) fn leave_out(slot: &str) -> String {
    format!("unimplemented_{}", slot.strip_prefix("r#").unwrap_or(slot))
}

/// The macro that holds the table of an rpc; exported by the user's crate, so no two may share a name.
pub(crate) fn table_macro(package: &str, service: &str, rpc: &str) -> String {
    let package = package.replace('_', "__").replace('.', "_");
    format!("__streaming_{package}__{service}__{rpc}")
}

/// The function that writes a message as JSON: `trading.v1.Trade` is `trading_v1_trade`.
pub(crate) fn json_function(message: &str) -> String {
    let parts: Vec<_> = message.split('.').map(ToSnakeCase::to_snake_case).collect();
    ident(&parts.join("_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_give_way_to_methods_and_keywords() {
        let helpers = send_helpers(&["start", "clone", "type", "self", "Start"], false);
        let helpers: Vec<_> = helpers.iter().map(|it| (&*it.name, it.gives_way)).collect();
        assert_eq!(
            helpers,
            [
                ("start", false),
                ("send_clone", true),
                ("r#type", false),
                ("send_self", true),
                ("start_", false)
            ]
        );
    }

    #[test]
    fn helpers_of_clients_give_way_to_the_methods_of_links() {
        let name = |link| send_helpers(&["state"], link).remove(0).name;
        assert_eq!((&*name(false), &*name(true)), ("state", "send_state"));
    }

    #[test]
    fn expected_variants_differ_and_need_no_raw_names() {
        let names = ["type", "self", "Start", "start"];
        let expected = ["expect_type", "expect_self", "expect_start", "expect_start_"];
        assert_eq!(expects(&names), expected);
    }

    #[test]
    fn markers_give_way_to_what_lies_beside_them() {
        assert_eq!(marker("connect"), "Connect");
        assert_eq!(marker("Service"), "Service_");
        assert_eq!(marker("H1"), "H1_");
        assert_eq!(marker("SendCommands"), "SendCommands_");
        assert_eq!(commands_trait("Connect"), "ConnectCommands");
        assert_eq!(marker("ListenExpects"), "ListenExpects_");
        assert_eq!(expects_trait("Connect"), "ConnectExpects");
        assert_eq!(marker("DeepLink"), "DeepLink_");
        assert_eq!(link_marker("Connect"), "ConnectLink");
        assert_eq!(marker("Messages"), "Messages_");
        assert_eq!(messages_trait("Connect"), "ConnectMessages");
    }

    #[test]
    fn table_macros_of_two_packages_differ() {
        let name = |package| table_macro(package, "Bots", "Connect");
        assert_eq!(name("trading.v1"), "__streaming_trading_v1__Bots__Connect");
        assert_ne!(name("trading_v1"), name("trading.v1"));
    }

    #[test]
    fn modules_of_packages_are_identifiers() {
        assert_eq!(package_modules("Foo.type.v1"), ["foo", "r#type", "v1"]);
        assert!(package_modules("").is_empty());
        assert_eq!(package_file(""), "_.rs");
    }

    #[test]
    fn no_name_is_reserved_twice() {
        let mut names = RESERVED.to_vec();
        names.extend(RESERVED_BY_LINKS);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RESERVED.len() + RESERVED_BY_LINKS.len());
    }
}
