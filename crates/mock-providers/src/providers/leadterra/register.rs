//! Objects with an id, in order of arrival.

use std::collections::HashMap;
use std::ops::{Index, IndexMut};

/// Where an object stands in its register. It never moves.
pub(super) type Place = u32;

/// Objects in order of arrival, found by their id at once however many there are.
#[derive(Clone, Debug)]
pub(super) struct Register<T> {
    rows: Vec<T>,
    by_id: HashMap<Box<str>, Place>,
}

impl<T> Default for Register<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), by_id: HashMap::new() }
    }
}

impl<T> Register<T> {
    pub(super) fn push(&mut self, id: &str, row: T) -> Place {
        let place = Place::try_from(self.rows.len()).expect("a world holds fewer than four thousand million objects");
        self.rows.push(row);
        self.by_id.insert(id.into(), place);
        place
    }

    pub(super) fn find(&self, id: &str) -> Option<Place> {
        self.by_id.get(id).copied()
    }

    pub(super) fn rows(&self) -> &[T] {
        &self.rows
    }
}

impl<T> Index<Place> for Register<T> {
    type Output = T;

    fn index(&self, place: Place) -> &T {
        &self.rows[place as usize]
    }
}

impl<T> IndexMut<Place> for Register<T> {
    fn index_mut(&mut self, place: Place) -> &mut T {
        &mut self.rows[place as usize]
    }
}
