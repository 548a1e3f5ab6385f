//! The fakes in a test without a runtime.

use std::ops::Deref;
use std::sync::OnceLock;

use tokio::runtime::Runtime;

use crate::embed::{Builder, StartError};

/// A server with the four fakes, stopped when it is dropped; all its methods are those of [`crate::MockProviders`].
///
/// ```
/// use mock_providers::{KeyRole, blocking::MockProviders};
///
/// let fakes = MockProviders::start();
/// let leadmagic = fakes.world().leadmagic();
/// assert!(leadmagic.base_url().ends_with("/leadmagic"));
/// assert_eq!(leadmagic.key(KeyRole::Valid).len(), 32);
/// ```
#[derive(Debug)]
pub struct MockProviders(crate::MockProviders);

impl MockProviders {
    /// Starts on a free port of 127.0.0.1, bound before this returns.
    ///
    /// # Panics
    /// When no port can be had, or inside an async function: use [`crate::MockProviders`] there.
    pub fn start() -> Self {
        Self::start_with(crate::MockProviders::builder()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts as the builder says. Fails when the address cannot be had.
    pub fn start_with(builder: Builder) -> Result<Self, StartError> {
        runtime().block_on(builder.start()).map(Self)
    }
}

impl Deref for MockProviders {
    type Target = crate::MockProviders;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// One thread for all blocking servers of the process.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("mock-providers")
            .enable_all()
            .build()
            .expect("the system gives one more thread")
    })
}
