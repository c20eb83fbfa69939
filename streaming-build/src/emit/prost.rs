//! Has prost-build write its types.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use prost_build::{Config, Module, Service, ServiceGenerator};
use prost_reflect::{EnumDescriptor, MessageDescriptor};
use quote::ToTokens as _;

use crate::{finding::Finding, messages, names, source::Source};

/// What prost made of the protos.
pub(super) struct Generated {
    /// The items of each package, by the package's proto name.
    pub(super) packages: BTreeMap<String, Vec<syn::Item>>,
    /// The services, with types as they are written in the package's module.
    pub(super) services: Vec<Service>,
}

/// Keeps the services, so that paths of their types are prost's own.
struct Recorder(Rc<RefCell<Vec<Service>>>);

impl ServiceGenerator for Recorder {
    fn generate(&mut self, service: Service, _: &mut String) {
        self.0.borrow_mut().push(service);
    }
}

/// Generates the types of all packages.
pub(super) fn generate(
    source: &Source,
    mut config: Config,
    runtime: &syn::Path,
) -> Result<Generated, Finding> {
    let runtime = runtime.to_token_stream().to_string().replace(' ', "");
    let services = Rc::default();
    config
        .prost_path(format!("{runtime}::codegen::prost"))
        .prost_types_path(format!("{runtime}::codegen::prost_types"))
        .service_generator(Box::new(Recorder(Rc::clone(&services))));
    mark(source, &mut config);
    let mut packages = BTreeMap::new();
    let mut requests = Vec::new();
    for file in source.pool.files() {
        let package = file.package_name();
        let module = Module::from_protobuf_package_name(package);
        packages.insert(module.clone(), package.to_owned());
        requests.push((module, file.file_descriptor_proto().clone()));
    }
    let wrong = |error: &dyn std::fmt::Display| Finding::new(None, messages::prost_failed(error));
    let texts = config.generate(requests).map_err(|error| wrong(&error))?;
    let mut generated = BTreeMap::new();
    for (module, text) in texts {
        let file = syn::parse_file(&text).map_err(|error| wrong(&error))?;
        let package = packages.remove(&module).unwrap_or_default();
        generated.insert(package, file.items);
    }
    Ok(Generated { packages: generated, services: services.take() })
}

/// Has each type carry its proto name: prost's rules for names need not be known then.
fn mark(source: &Source, config: &mut Config) {
    let mut names: Vec<String> = source
        .pool
        .all_messages()
        .map(|message: MessageDescriptor| message.full_name().to_owned())
        .collect();
    names.extend(source.pool.all_enums().map(|it: EnumDescriptor| it.full_name().to_owned()));
    for name in names {
        let attribute = format!("#[{}({name:?})]", names::MARK);
        config.type_attribute(format!(".{name}"), attribute);
    }
}
