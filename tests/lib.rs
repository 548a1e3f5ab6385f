//! Tests of the whole system, in `it/`. Nothing is here: a package needs a target, and `it` is a test.
