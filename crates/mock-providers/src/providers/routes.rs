//! Which operation takes a request: paths without variables by name, the others by number of segments.

use std::collections::HashMap;
use std::sync::OnceLock;

use http::Method;

use super::{NotEmulated, Operations, Provider};
use crate::core::operation::{Operation, Params, match_template};

/// Where an operation stands: its table, and its row there.
type Place = (usize, usize);

#[derive(Debug, Default)]
struct Index {
    literal: HashMap<&'static str, Vec<Place>>,
    templates: HashMap<usize, Vec<(&'static str, Place)>>,
}

impl Index {
    fn of<S>(operations: Operations<S>) -> Self {
        let mut index = Self::default();
        for (group, table) in operations.iter().enumerate() {
            for (row, operation) in table.iter().enumerate() {
                for path in operation.spec.paths {
                    if path.contains('{') {
                        index.templates.entry(segments(path)).or_default().push((path, (group, row)));
                    } else {
                        index.literal.entry(path).or_default().push((group, row));
                    }
                }
            }
        }
        index
    }
}

fn segments(path: &str) -> usize {
    memchr::memchr_iter(b'/', path.as_bytes()).count()
}

/// What a request's method and path lead to.
pub(super) enum Found<'p, S: 'static> {
    Operation(&'static Operation<S>, Params<'p>),
    /// The path is known, with these methods.
    OtherMethods(Vec<&'static Method>),
    Nothing,
}

pub(super) fn find<'p, S>(provider: Provider, operations: Operations<S>, method: &Method, path: &'p str) -> Found<'p, S> {
    static INDEXES: [OnceLock<Index>; 4] = [const { OnceLock::new() }; 4];
    let index = INDEXES[provider as usize].get_or_init(|| Index::of(operations));
    let at = |(group, row): Place| &operations[group][row];
    let mut methods = Vec::new();
    for place in index.literal.get(path).into_iter().flatten() {
        let operation = at(*place);
        if operation.spec.method == *method {
            return Found::Operation(operation, Params::default());
        }
        methods.push(&operation.spec.method);
    }
    for (template, place) in index.templates.get(&segments(path)).into_iter().flatten() {
        let operation = at(*place);
        let Some(params) = match_template(template, path) else { continue };
        if operation.spec.method == *method {
            return Found::Operation(operation, params);
        }
        methods.push(&operation.spec.method);
    }
    if methods.is_empty() { Found::Nothing } else { Found::OtherMethods(methods) }
}

/// The documented call that is not emulated, if the request is one.
pub(super) fn not_emulated(provider: Provider, method: &Method, path: &str) -> Option<&'static NotEmulated> {
    let rows = provider.profile().not_emulated;
    rows.iter().find(|row| row.method == method.as_str() && match_template(row.path, path).is_some())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn no_two_operations_take_the_same_method_and_path() {
        for provider in Provider::ALL {
            let mut taken = HashMap::new();
            for spec in provider.operations() {
                for path in spec.paths {
                    // Variables differ in name only.
                    let shape: Vec<&str> = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment }).collect();
                    let before = taken.insert((spec.method.clone(), shape.join("/")), spec.id);
                    assert!(before.is_none(), "{} {path} belongs to {} and to {}", spec.method, before.unwrap_or_default(), spec.id);
                }
            }
            for row in provider.profile().not_emulated {
                let method: Method = row.method.parse().expect("a method");
                assert!(!taken.contains_key(&(method, row.path.to_owned())), "{} {} is emulated", row.method, row.path);
            }
        }
    }
}
