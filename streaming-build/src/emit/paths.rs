//! Makes paths relative, once it is known where each item lies.

use quote::format_ident;
use syn::{
    Item, ItemMod, Path, PathSegment,
    visit_mut::{self, VisitMut},
};

use super::gate;
use crate::names;

/// Makes all paths in `items`, which lie in the module `scope`, relative. Tells whether one of them leads out of the
/// modules of `package`, and so to another package.
pub(super) fn relative(items: &mut [Item], scope: &[String], package: usize) -> bool {
    let mut visit = Relative { scope: scope.to_vec(), package, outside: false };
    for item in items {
        visit.visit_item_mut(item);
    }
    visit.outside
}

struct Relative {
    scope: Vec<String>,
    /// How many modules deep the package is.
    package: usize,
    outside: bool,
}

impl VisitMut for Relative {
    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        let deeper = gate::name(module).is_none();
        if deeper {
            self.scope.push(module.ident.to_string());
        }
        visit_mut::visit_item_mod_mut(self, module);
        if deeper {
            self.scope.pop();
        }
    }

    fn visit_attribute_mut(&mut self, attr: &mut syn::Attribute) {
        // An enum of another package is named in the text of an attribute alone.
        if attr.path().is_ident("prost") {
            use quote::ToTokens as _;
            let text = attr.to_token_stream().to_string();
            let most = text.split(['"', '(']).map(|part| part.matches("super::").count());
            self.leads_out(most.max().unwrap_or(0));
        }
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let from_root = path.segments.first().is_some_and(|first| first.ident == names::ROOT);
        if from_root {
            let target: Vec<PathSegment> = path.segments.iter().skip(1).cloned().collect();
            let shared = self
                .scope
                .iter()
                .zip(&target)
                // The last segment is the item itself.
                .take(target.len().saturating_sub(1))
                .take_while(|(module, segment)| segment.ident == **module)
                .count();
            let up = self.scope.len() - shared;
            self.leads_out(up);
            let supers = std::iter::repeat_n(PathSegment::from(format_ident!("super")), up);
            path.segments = supers.chain(target.into_iter().skip(shared)).collect();
        } else {
            let up = path.segments.iter().take_while(|segment| segment.ident == "super").count();
            self.leads_out(up);
        }
    }
}

impl Relative {
    fn leads_out(&mut self, up: usize) {
        if up > self.scope.len().saturating_sub(self.package) {
            self.outside = true;
        }
    }
}
