//! The Rust side of messages, read off prost's output: names, types and boxes need not be worked out again.

use std::collections::{HashMap, HashSet};

use prost_reflect::{FieldDescriptor, MethodDescriptor};
use quote::format_ident;
use syn::{
    Attribute, Expr, ExprLit, Fields, Ident, Item, Lit, Path, Type,
    visit_mut::{self, VisitMut},
};

use super::prost::Generated;
use crate::{model::Contract, names, source::rpc_name};

/// All types that prost generated.
pub(super) struct Types {
    /// By their proto names.
    messages: HashMap<String, Struct>,
    /// By their paths.
    oneofs: HashMap<String, Oneof>,
    /// The types of rpcs, by `package.Service/Rpc`.
    rpcs: HashMap<String, (Type, Type)>,
}

/// The struct of a message.
pub(super) struct Struct {
    /// From the root.
    pub(super) path: Path,
    pub(super) fields: Vec<Field>,
}

/// A field of a struct.
pub(super) struct Field {
    pub(super) ident: Ident,
    /// With paths from the root.
    pub(super) ty: Type,
    /// The enum, for a field that holds one.
    pub(super) enumeration: Option<Path>,
    /// The field's number, or all of a oneof.
    tags: Vec<u32>,
    /// The oneof's path, for a field that is one.
    oneof: Option<String>,
}

/// The enum of a oneof.
pub(super) struct Oneof {
    /// From the root.
    pub(super) path: Path,
    members: Vec<Member>,
}

/// A variant of a oneof's enum.
pub(super) struct Member {
    pub(super) ident: Ident,
    /// What it carries, unboxed.
    pub(super) ty: Type,
    pub(super) boxed: bool,
    pub(super) enumeration: Option<Path>,
    tag: u32,
}

/// Where a field of the proto is in Rust.
pub(super) enum Place<'a> {
    /// A field.
    Field(&'a Field),
    /// A variant of the enum that `slot` holds.
    Member { slot: &'a Field, oneof: &'a Oneof, member: &'a Member },
}

impl Types {
    pub(super) fn new(generated: &Generated) -> Self {
        let mut paths = HashSet::new();
        for (package, items) in &generated.packages {
            collect(items, &names::package_modules(package), &mut paths);
        }
        let mut types =
            Self { messages: HashMap::new(), oneofs: HashMap::new(), rpcs: HashMap::new() };
        for (package, items) in &generated.packages {
            types.read(items, &names::package_modules(package), &paths);
        }
        for service in &generated.services {
            let scope = names::package_modules(&service.package);
            let dot = if service.package.is_empty() { "" } else { "." };
            for method in &service.methods {
                let name =
                    format!("{}{dot}{}/{}", service.package, service.proto_name, method.proto_name);
                let types_of = [&method.input_type, &method.output_type].map(|text| {
                    let mut ty = syn::parse_str(text).expect("prost writes types");
                    absolute(&mut ty, &scope, &paths);
                    ty
                });
                let [input, output] = types_of;
                types.rpcs.insert(name, (input, output));
            }
        }
        types
    }

    /// What goes in and out of an rpc, with paths from the root.
    pub(super) fn rpc(&self, method: &MethodDescriptor) -> &(Type, Type) {
        &self.rpcs[&rpc_name(method)]
    }

    /// The types of a contract's messages and of its commands.
    pub(super) fn contract(&self, contract: &Contract) -> (&Type, &Type) {
        let (input, output) = self.rpc(&contract.method);
        if contract.turned { (output, input) } else { (input, output) }
    }

    /// The struct of the message with this full name; `None` for one that is mapped to a type of another crate.
    pub(super) fn message(&self, full_name: &str) -> Option<&Struct> {
        self.messages.get(full_name)
    }

    /// The Rust place of `field`, whose message is known.
    pub(super) fn place(&self, field: &FieldDescriptor) -> Place<'_> {
        let message = field.parent_message();
        let of = self
            .message(message.full_name())
            .expect("messages of contracts are checked to be generated");
        let slot = of
            .fields
            .iter()
            .find(|slot| slot.tags.contains(&field.number()))
            .expect("prost generates all fields");
        match &slot.oneof {
            None => Place::Field(slot),
            Some(path) => {
                let oneof = &self.oneofs[path];
                let mut members = oneof.members.iter();
                let member = members.find(|member| member.tag == field.number());
                Place::Member { slot, oneof, member: member.expect("prost generates all variants") }
            }
        }
    }

    fn read(&mut self, items: &[Item], scope: &[String], paths: &HashSet<String>) {
        for item in items {
            match item {
                Item::Mod(module) => {
                    let inner = inner_scope(scope, &module.ident);
                    self.read(content(module), &inner, paths);
                }
                Item::Struct(item) => {
                    let Some(name) = mark(&item.attrs) else {
                        continue;
                    };
                    let fields =
                        item.fields.iter().filter_map(|field| read_field(field, scope, paths));
                    let fields = fields.collect();
                    let path = root_path(scope, &item.ident);
                    self.messages.insert(name, Struct { path, fields });
                }
                Item::Enum(item) => {
                    let members = item
                        .variants
                        .iter()
                        .filter_map(|variant| read_member(variant, scope, paths));
                    let oneof =
                        Oneof { path: root_path(scope, &item.ident), members: members.collect() };
                    self.oneofs.insert(joined(scope, &item.ident), oneof);
                }
                _ => {}
            }
        }
    }
}

fn read_field(field: &syn::Field, scope: &[String], paths: &HashSet<String>) -> Option<Field> {
    let prost = Prost::read(&field.attrs)?;
    let mut ty = field.ty.clone();
    absolute(&mut ty, scope, paths);
    let oneof = prost.oneof.map(|path| {
        let Type::Path(path) = absolute_str(&path, scope, paths) else {
            unreachable!("a oneof is named by a path");
        };
        let segments = path.path.segments.iter().skip(1);
        let segments: Vec<_> = segments.map(|it| it.ident.to_string()).collect();
        segments.join("::")
    });
    Some(Field {
        ident: field.ident.clone()?,
        ty,
        enumeration: prost.enumeration.map(|path| enumeration(&path, scope, paths)),
        tags: prost.tags,
        oneof,
    })
}

fn read_member(
    variant: &syn::Variant,
    scope: &[String],
    paths: &HashSet<String>,
) -> Option<Member> {
    let prost = Prost::read(&variant.attrs)?;
    let Fields::Unnamed(fields) = &variant.fields else {
        return None;
    };
    let mut ty = fields.unnamed.first()?.ty.clone();
    let inside = generic(&ty, "Box").cloned();
    let boxed = inside.is_some();
    if let Some(inside) = inside {
        ty = inside;
    }
    absolute(&mut ty, scope, paths);
    Some(Member {
        ident: variant.ident.clone(),
        ty,
        boxed,
        enumeration: prost.enumeration.map(|path| enumeration(&path, scope, paths)),
        tag: *prost.tags.first()?,
    })
}

/// The argument of `ty` if that is `name<…>`.
pub(super) fn generic<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        syn::GenericArgument::Type(inside) => Some(inside),
        _ => None,
    }
}

/// What `#[prost(..)]` says.
#[derive(Default)]
struct Prost {
    tags: Vec<u32>,
    enumeration: Option<String>,
    oneof: Option<String>,
}

impl Prost {
    fn read(attrs: &[Attribute]) -> Option<Self> {
        let attr = attrs.iter().find(|attr| attr.path().is_ident("prost"))?;
        let mut prost = Self::default();
        attr.parse_nested_meta(|meta| {
            let text = match meta.value() {
                Ok(value) => match value.parse::<Expr>()? {
                    Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
                    _ => String::new(),
                },
                Err(_) => return Ok(()),
            };
            let key = meta.path.get_ident().map(ToString::to_string);
            match key.as_deref().unwrap_or_default() {
                "tag" | "tags" => {
                    let tags = text.split(',').filter_map(|tag| tag.trim().parse::<u32>().ok());
                    prost.tags.extend(tags);
                }
                "enumeration" => prost.enumeration = Some(text),
                "oneof" => prost.oneof = Some(text),
                // `map = "string, enumeration(super::Side)"`
                "map" | "btree_map" => {
                    prost.enumeration = text
                        .split_once("enumeration(")
                        .and_then(|(_, rest)| rest.strip_suffix(')'))
                        .map(str::to_owned);
                }
                _ => {}
            }
            Ok(())
        })
        .expect("prost writes its attributes so that they can be parsed");
        Some(prost)
    }
}

/// The proto name that a type was marked with.
fn mark(attrs: &[Attribute]) -> Option<String> {
    // The mark of an outer message is on its nested ones too; the longest name is their own.
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident(names::MARK))
        .filter_map(|attr| attr.parse_args::<syn::LitStr>().ok())
        .map(|name| name.value())
        .max_by_key(String::len)
}

fn collect(items: &[Item], scope: &[String], paths: &mut HashSet<String>) {
    for item in items {
        match item {
            Item::Mod(module) => {
                collect(content(module), &inner_scope(scope, &module.ident), paths);
            }
            Item::Struct(item) => {
                paths.insert(joined(scope, &item.ident));
            }
            Item::Enum(item) => {
                paths.insert(joined(scope, &item.ident));
            }
            _ => {}
        }
    }
}

fn content(module: &syn::ItemMod) -> &[Item] {
    module.content.as_ref().map_or(&[], |(_, items)| items)
}

fn inner_scope(scope: &[String], module: &Ident) -> Vec<String> {
    let mut inner = scope.to_vec();
    inner.push(module.to_string());
    inner
}

fn joined(scope: &[String], ident: &Ident) -> String {
    inner_scope(scope, ident).join("::")
}

fn root_path(scope: &[String], ident: &Ident) -> Path {
    let path = format!("{}::{}", names::ROOT, joined(scope, ident));
    syn::parse_str(&path).expect("identifiers make a path")
}

fn enumeration(path: &str, scope: &[String], paths: &HashSet<String>) -> Path {
    match absolute_str(path, scope, paths) {
        Type::Path(path) => path.path,
        _ => unreachable!("an enum is named by a path"),
    }
}

fn absolute_str(path: &str, scope: &[String], paths: &HashSet<String>) -> Type {
    let mut ty = syn::parse_str(path).expect("prost writes paths");
    absolute(&mut ty, scope, paths);
    ty
}

/// Makes the paths in `ty`, which stands in the module `scope`, begin at the root.
fn absolute(ty: &mut Type, scope: &[String], paths: &HashSet<String>) {
    Absolute { scope, paths }.visit_type_mut(ty);
}

struct Absolute<'a> {
    scope: &'a [String],
    paths: &'a HashSet<String>,
}

impl VisitMut for Absolute<'_> {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        if path.leading_colon.is_some() {
            return;
        }
        let mut scope = self.scope.to_vec();
        for segment in &path.segments {
            if segment.ident == "super" {
                scope.pop();
            } else {
                scope.push(segment.ident.to_string());
            }
        }
        if self.paths.contains(&scope.join("::")) {
            let root = format_ident!("{}", names::ROOT);
            let segments = scope
                .iter()
                .map(|segment| syn::parse_str::<syn::PathSegment>(segment).expect("an identifier"));
            path.segments = std::iter::once(root.into()).chain(segments).collect();
        }
    }
}
