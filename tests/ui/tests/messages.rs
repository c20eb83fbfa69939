//! Each message has a case that shows it: those of the attribute's constructors, and those of the traits by which rustc
//! compares types.

use std::{
    fs,
    path::{Path, PathBuf},
};

use syn::{
    Expr, ExprLit, Item, ItemFn, Lit, LitStr, Macro, Meta, Token,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};

/// Constructors that no case can show, because all cases are built in a crate with a build script: unit tests do.
const ELSEWHERE: [&str; 2] = ["no_build_script", "nothing_generated"];

#[test]
fn every_constructor_has_a_case() {
    let source = read("streaming-macros/src/message.rs");
    let functions = source.items.into_iter().filter_map(|item| match item {
        Item::Fn(function) => Some(function),
        _ => None,
    });
    let constructors = functions.filter(|function| !ELSEWHERE.contains(&&*name(function)));
    let texts = constructors.flat_map(|function| {
        let name = name(&function);
        Texts::of(function).into_iter().map(move |text| (name.clone(), text))
    });
    assert_shown(texts.filter(|(_, text)| is_message(text)));
}

#[test]
fn every_trait_with_a_message_has_a_case() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../streaming-runtime/src"), &mut files);
    let traits = files.iter().flat_map(|file| parse(file).items).filter_map(|item| match item {
        Item::Trait(item) => Some(item),
        _ => None,
    });
    let texts = traits.flat_map(|item| {
        let name = item.ident.to_string();
        let texts = item.attrs.into_iter().filter_map(|attribute| match attribute.meta {
            Meta::List(list) => list.parse_args_with(arguments).ok(),
            Meta::Path(_) | Meta::NameValue(_) => None,
        });
        let message = texts.flatten().filter(|argument| argument.path.is_ident("message"));
        message.map(move |argument| (name.clone(), text_of(&argument.value)))
    });
    assert_shown(texts.filter_map(|(name, text)| Some((name, text?))));
}

/// The files of Rust in `folder` and below.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
}

fn arguments(
    input: syn::parse::ParseStream<'_>,
) -> syn::Result<Punctuated<syn::MetaNameValue, Token![,]>> {
    Punctuated::parse_terminated(input)
}

fn assert_shown(texts: impl Iterator<Item = (String, String)>) {
    let shown = shown();
    let missing = |text: &str| !shown.iter().any(|line| is_filled_in(text, line));
    let mut count = 0;
    let texts = texts.inspect(|_| count += 1).filter(|(_, text)| missing(text));
    let missing: Vec<_> = texts.collect();
    assert!(missing.is_empty(), "no case in tests/ui/fail shows {missing:#?}");
    assert!(count > 10, "texts are found");
}

/// The first lines of what rustc says in all cases.
fn shown() -> Vec<String> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let topics = fs::read_dir(tests.join("fail")).expect("cases");
    let topics = topics.map(|topic| topic.expect("a folder").path());
    // This package has the feature `channel`.
    let topics = topics.chain([tests.join("../split/proto/fail")]);
    let files = topics.flat_map(|topic| fs::read_dir(topic).expect("a topic"));
    let files = files.map(|file| file.expect("a file").path());
    let files = files.filter(|file| file.extension().is_some_and(|it| it == "stderr"));
    let texts = files.map(|file| fs::read_to_string(file).expect("text"));
    let lines = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    lines.filter(|line| line.starts_with("error")).collect()
}

/// Whether `line` is `text` with something in place of each `{…}`.
fn is_filled_in(text: &str, line: &str) -> bool {
    let mut rest = line;
    text.split('{').enumerate().all(|(index, piece)| {
        let piece = if index == 0 { piece } else { piece.split_once('}').map_or("", |it| it.1) };
        rest.split_once(piece).map(|(_, behind)| rest = behind).is_some()
    })
}

fn is_message(text: &str) -> bool {
    text.split_whitespace().count() > 4
}

fn name(function: &ItemFn) -> String {
    function.sig.ident.to_string()
}

fn text_of(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

fn read(path: &str) -> syn::File {
    parse(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path))
}

fn parse(path: &Path) -> syn::File {
    let source = fs::read_to_string(path).expect("the source is there");
    syn::parse_file(&source).expect("the source is Rust")
}

/// The texts in a function, those of `format!` among them.
#[derive(Default)]
struct Texts(Vec<String>);

impl Texts {
    fn of(mut function: ItemFn) -> Vec<String> {
        let mut texts = Self::default();
        function.attrs.clear();
        texts.visit_item_fn_mut(&mut function);
        texts.0
    }
}

impl VisitMut for Texts {
    fn visit_lit_str_mut(&mut self, text: &mut LitStr) {
        self.0.push(text.value());
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        let arguments = call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        for mut argument in arguments.into_iter().flatten() {
            self.visit_expr_mut(&mut argument);
        }
        visit_mut::visit_macro_mut(self, call);
    }
}
