//! Options that runtimes take from a variable: Java's properties, Node's preload. Each has its own way with spaces.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::Path;

use super::{Changes, Mode, joined, value};
use crate::cli::exec::trust;

/// Read by every JVM, which says so on stderr: `Picked up JAVA_TOOL_OPTIONS: ...`.
const EVERY_JVM: &str = "JAVA_TOOL_OPTIONS";

/// What is read after it, by the JVM, by its launcher, and by scripts that start one: there the last word is.
const LATER: &[&str] = &["_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "MAVEN_OPTS", "GRADLE_OPTS", "SBT_OPTS", "CATALINA_OPTS"];

/// Properties of ours that a caller may have set already.
const CONTESTED: &[&str] = &["javax.net.ssl.trustStore", "proxyHost", "ProxyHost", "nonProxyHosts", "useSystemProxies"];

/// The properties by which a JVM finds the trust store and the proxy, behind what the caller has there.
///
/// A variable that has the last word gets them only where the caller uses it for the same properties: most programs
/// know nothing of it.
pub(super) fn java(changes: &mut Changes, caller: &[(OsString, OsString)], mode: Mode, trust_store: &Path) {
    let is_contested = |value: &OsStr| {
        let value = value.to_string_lossy();
        CONTESTED.iter().any(|property| value.contains(property))
    };
    let has_proxy =
        caller.iter().any(|(name, value)| (name == EVERY_JVM || LATER.iter().any(|later| name == later)) && is_contested(value));
    let ours = properties(mode, trust_store, has_proxy);
    let theirs = value(caller, EVERY_JVM).unwrap_or_default();
    changes.set(EVERY_JVM, if theirs.is_empty() { ours.clone() } else { joined(theirs, " ", &ours) });
    for name in LATER {
        if let Some(theirs) = value(caller, name).filter(|theirs| is_contested(theirs)) {
            changes.set(*name, joined(theirs, " ", &ours));
        }
    }
}

fn properties(mode: Mode, trust_store: &Path, caller_has_some: bool) -> OsString {
    let mut all = quoted(&joined(OsStr::new("-Djavax.net.ssl.trustStore"), "=", trust_store.as_os_str()));
    all.push(format!(" -Djavax.net.ssl.trustStoreType=JKS -Djavax.net.ssl.trustStorePassword={}", trust::PASSWORD));
    match mode {
        Mode::Proxy(address) => all.push(proxy(address)),
        // An empty host is none; a property cannot be taken back otherwise.
        Mode::Namespace if caller_has_some => {
            all.push(" -Dhttp.proxyHost= -Dhttps.proxyHost= -DsocksProxyHost= -Djava.net.useSystemProxies=false");
        }
        Mode::Namespace => {}
    }
    all
}

fn proxy(address: SocketAddr) -> String {
    let (host, port) = (address.ip(), address.port());
    format!(
        " -Dhttp.proxyHost={host} -Dhttp.proxyPort={port} -Dhttps.proxyHost={host} -Dhttps.proxyPort={port} \
         -Dhttp.nonProxyHosts=localhost|127.*|[::1]"
    )
}

/// The JVM takes quotation marks off, and knows no escapes.
fn quoted(option: &OsStr) -> OsString {
    let text = option.to_string_lossy();
    if !text.contains(|c: char| c.is_whitespace() || c == '"' || c == '\'') {
        return option.to_owned();
    }
    let mark = if text.contains('"') { "'" } else { "\"" };
    [OsStr::new(mark), option, OsStr::new(mark)].into_iter().collect()
}

/// The option by which Node runs a file first. It is quoted only where it must be: some programs read the variable
/// themselves, and know no quotation marks.
pub(super) fn node_require(file: &Path) -> OsString {
    let text = file.to_string_lossy();
    if text.contains(|c: char| c.is_whitespace() || c == '"' || c == '\\') {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        format!("--require \"{escaped}\"").into()
    } else {
        joined(OsStr::new("--require"), " ", file.as_os_str())
    }
}
