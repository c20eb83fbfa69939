//! What may import what.

/// A module and what it may import.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    name: &'static str,
    imports: &'static [&'static str],
    everything: bool,
}

impl Module {
    /// A module that imports the named ones and what lies below them.
    #[must_use]
    pub const fn new(name: &'static str, imports: &'static [&'static str]) -> Self {
        Self { name, imports, everything: false }
    }

    /// A module that stands on top: it may import everything.
    #[must_use]
    pub const fn top(name: &'static str) -> Self {
        Self { name, imports: &[], everything: true }
    }
}

/// The modules of a crate; `lib` is the root. A part of a module may have a rule of its own: `publish::json`.
#[derive(Clone, Copy, Debug)]
pub struct Rules(pub &'static [Module]);

impl Rules {
    /// The rule for a path of modules: the one with the longest name that fits.
    pub(crate) fn module(&self, path: &[String]) -> Option<&'static Module> {
        let path = path.join("::");
        let fits = |module: &&Module| {
            path.strip_prefix(module.name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        self.0.iter().filter(fits).max_by_key(|module| module.name.len())
    }

    /// `Err` with a sentence where `from` may not import `target`.
    pub(crate) fn check(&self, from: &Module, target: &[String]) -> Result<(), String> {
        let Some(to) = self.module(target) else {
            let target = target.join("::");
            return Err(format!("no rule names `{target}`, which `{}` imports", from.name));
        };
        if from.everything || from.name == to.name || self.reaches(from, to.name) {
            return Ok(());
        }
        let allowed = match from.imports {
            [] => "it imports nothing".to_owned(),
            names => format!("it imports `{}` and what lies below", names.join("`, `")),
        };
        Err(format!("`{}` imports `{}`; {allowed}", from.name, to.name))
    }

    fn reaches(&self, from: &Module, to: &str) -> bool {
        from.imports.iter().any(|&name| {
            name == to
                || self
                    .0
                    .iter()
                    .find(|module| module.name == name)
                    .is_some_and(|module| self.reaches(module, to))
        })
    }
}
