//! What the program finds in its environment: keys and base URLs of the fakes, where the trusted certificates are, and
//! where proxies are.
//!
//! Values in, values out: nothing here reads the process's own environment. What a variable does to a runtime is tried
//! or documented in the table of the manual; here stands only for whom it is.

mod command_line;
mod runtime;

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;

pub(super) use runtime::node_note;

use super::trust::TrustFiles;
use crate::providers::Provider;

/// How the program's connections are caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// By a network of its own: no proxy is needed, and none can be reached.
    Namespace,
    /// By a proxy at this address of the loopback interface, told to whoever asks the environment.
    Proxy(SocketAddr),
}

/// What is done with keys and base URLs that the caller has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallersKeys {
    /// The fakes' own take their place: a real key never enters the program.
    Replaced,
    /// They stay where they are set.
    Kept,
}

/// How a provider is reached in this run.
pub(super) struct Access {
    pub provider: Provider,
    pub base_url: String,
    pub key: String,
}

/// All that the environment depends on, beside the caller's own.
pub(super) struct Run<'a> {
    pub mode: Mode,
    pub trust: &'a TrustFiles,
    pub providers: &'a [Access],
    pub callers_keys: CallersKeys,
    /// `HOST` or `HOST:PORT`, as the caller allowed them.
    pub allowed_hosts: &'a [String],
    /// Where the control API is, so that a test can look at the journal and the ledger.
    pub control_url: &'a str,
    /// The world of the keys, as the control API knows it.
    pub world: &'a str,
}

/// The difference between the caller's environment and the program's.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub set: Vec<(OsString, OsString)>,
    pub remove: Vec<OsString>,
    /// The caller's variables that held another key or base URL than the run's. Names only.
    pub replaced: Vec<String>,
}

impl Changes {
    #[cfg(not(target_os = "linux"))]
    /// Makes the changes to a command that inherits the caller's environment.
    pub(super) fn apply(&self, command: &mut std::process::Command) {
        for name in &self.remove {
            command.env_remove(name);
        }
        command.envs(self.set.iter().map(|(name, value)| (name, value)));
    }

    fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.set.push((name.into(), value.into()));
    }
}

/// A variable that names a file of trusted certificates.
pub(super) struct CaFile {
    pub name: &'static str,
    beside_built_in: bool,
}

/// Names all that is trusted.
const fn whole(name: &'static str) -> CaFile {
    CaFile { name, beside_built_in: false }
}

/// Names what is trusted beside the runtime's own list.
const fn beside_built_in(name: &'static str) -> CaFile {
    CaFile { name, beside_built_in: true }
}

/// The variables that name a file of trusted certificates, by who reads them.
pub(super) const CA_FILES: &[CaFile] = &[
    // OpenSSL, and so Ruby, PHP's default, Python's ssl, aiohttp and httpx; Go; .NET on Linux; rustls-native-certs; uv.
    whole("SSL_CERT_FILE"),
    // curl's program, and whoever calls it.
    whole("CURL_CA_BUNDLE"),
    // Python: requests, pip, httplib2, websocket-client.
    whole("REQUESTS_CA_BUNDLE"),
    whole("PIP_CERT"),
    whole("HTTPLIB2_CA_CERTS"),
    whole("WEBSOCKET_CLIENT_CA_BUNDLE"),
    // Node, Bun and Deno; npm; Yarn from version 2.
    beside_built_in("NODE_EXTRA_CA_CERTS"),
    beside_built_in("DENO_CERT"),
    whole("npm_config_cafile"),
    whole("YARN_HTTPS_CA_FILE_PATH"),
    // The AWS SDKs, the Google Cloud tools, gRPC's C core.
    whole("AWS_CA_BUNDLE"),
    whole("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE"),
    whole("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"),
    // Package managers: git, cargo, bundler, composer, hex, Nix.
    whole("GIT_SSL_CAINFO"),
    whole("CARGO_HTTP_CAINFO"),
    whole("BUNDLE_SSL_CA_CERT"),
    whole("COMPOSER_CAFILE"),
    whole("HEX_CACERTS_PATH"),
    whole("NIX_SSL_CERT_FILE"),
    // Perl, Julia, Haskell.
    whole("PERL_LWP_SSL_CA_FILE"),
    whole("JULIA_SSL_CA_ROOTS_PATH"),
    whole("SYSTEM_CERTIFICATE_PATH"),
];

/// The folder OpenSSL looks into on most systems; the caller's takes its place.
const SYSTEM_CERTIFICATES: &str = "/etc/ssl/certs";

/// What every program that knows proxy variables must not send to the proxy.
const THIS_MACHINE: &str = "localhost,127.0.0.1,::1";

/// Variables by which programs learn of a proxy, in any spelling of their letters.
const PROXY_VARIABLES: &[&str] = &[
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "ftp_proxy",
    "socks_proxy",
    "ws_proxy",
    "wss_proxy",
    "grpc_proxy",
    "no_grpc_proxy",
    "cgi_http_proxy",
    "pip_proxy",
    "cargo_http_proxy",
    "npm_config_proxy",
    "npm_config_http_proxy",
    "npm_config_https_proxy",
    "npm_config_noproxy",
    "yarn_http_proxy",
    "yarn_https_proxy",
    "global_agent_http_proxy",
    "global_agent_https_proxy",
    "global_agent_no_proxy",
    "node_use_env_proxy",
];

/// The value of a variable.
pub(super) fn value<'a>(caller: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    caller.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_os_str())
}

/// What is to change in the caller's environment for the program.
pub(super) fn changes(caller: &[(OsString, OsString)], run: &Run) -> Changes {
    let mut changes = Changes::default();
    providers(&mut changes, caller, run);
    changes.set("MOCK_PROVIDERS_CONTROL_URL", run.control_url);
    changes.set("MOCK_PROVIDERS_WORLD", run.world);
    certificates(&mut changes, caller, run.trust);
    proxies(&mut changes, caller, run);
    command_line::java(&mut changes, caller, run.mode, &run.trust.trust_store);
    changes
}

/// `<PROVIDER>_API_KEY` and `<PROVIDER>_BASE_URL`, and the caller's keys under other names.
fn providers(changes: &mut Changes, caller: &[(OsString, OsString)], run: &Run) {
    for access in run.providers {
        let name = access.provider.name().to_ascii_uppercase();
        for (variable, ours) in [(format!("{name}_API_KEY"), &access.key), (format!("{name}_BASE_URL"), &access.base_url)] {
            replace(changes, &variable, value(caller, &variable), ours, run.callers_keys);
        }
    }
    for (variable, theirs) in caller {
        let Some(variable) = variable.to_str().filter(|_| !theirs.is_empty()) else { continue };
        if changes.set.iter().any(|(set, _)| set == variable) {
            continue;
        }
        if let Some(access) = run.providers.iter().find(|access| is_key_of(access.provider, variable)) {
            replace(changes, variable, Some(theirs), &access.key, run.callers_keys);
        }
    }
}

fn replace(changes: &mut Changes, variable: &str, theirs: Option<&OsStr>, ours: &str, callers_keys: CallersKeys) {
    let theirs = theirs.filter(|theirs| *theirs != ours && !theirs.is_empty());
    if theirs.is_some() && callers_keys == CallersKeys::Kept {
        return;
    }
    if theirs.is_some() {
        changes.replaced.push(variable.to_owned());
    }
    changes.set(variable, ours);
}

/// Whether a variable's name says that it holds a provider's key, such as `MY_SENDPILOT_TOKEN`.
///
/// Decided: by the name alone, and rather once too often. A name that ends by speaking of something about a key, such
/// as its file or header, is not one.
fn is_key_of(provider: Provider, variable: &str) -> bool {
    const KEYS: &[&str] = &[
        "KEY",
        "KEYS",
        "TOKEN",
        "TOKENS",
        "SECRET",
        "SECRETS",
        "BEARER",
        "AUTH",
        "AUTHORIZATION",
        "CREDENTIAL",
        "CREDENTIALS",
        "PASSWORD",
        "JWT",
    ];
    const ABOUT: &[&str] = &["URL", "URI", "HOST", "FILE", "PATH", "DIR", "HEADER", "NAME", "PREFIX", "TYPE", "ID", "TTL", "ENABLED"];
    let variable = variable.to_ascii_uppercase();
    let Some((before, after)) = variable.split_once(&provider.name().to_ascii_uppercase()) else { return false };
    let mut words = before.split(|c: char| !c.is_ascii_alphanumeric()).chain(after.split(|c: char| !c.is_ascii_alphanumeric()));
    let is_about = ABOUT.iter().any(|about| words.clone().next_back() == Some(about));
    !is_about && words.any(|word| KEYS.iter().any(|key| word.ends_with(key)))
}

/// Where the trusted certificates are.
fn certificates(changes: &mut Changes, caller: &[(OsString, OsString)], trust: &TrustFiles) {
    for CaFile { name, beside_built_in } in CA_FILES {
        // The caller's own addition to the built-in list is in the bundle, and only there.
        let has_own = value(caller, name).is_some_and(|theirs| !theirs.is_empty());
        let file = if *beside_built_in && !has_own { &trust.authority } else { &trust.bundle };
        changes.set(*name, file);
    }
    let theirs = value(caller, "SSL_CERT_DIR").filter(|theirs| !theirs.is_empty()).unwrap_or(OsStr::new(SYSTEM_CERTIFICATES));
    changes.set("SSL_CERT_DIR", joined(trust.certificates.as_os_str(), ":", theirs));
    // An empty entry stands for the folder that PHP was built with.
    let theirs = value(caller, "PHP_INI_SCAN_DIR").unwrap_or_default();
    changes.set("PHP_INI_SCAN_DIR", joined(theirs, ":", trust.php.as_os_str()));
    // Whoever has settings of their own for wget keeps them.
    if value(caller, "SYSTEM_WGETRC").is_none() {
        changes.set("SYSTEM_WGETRC", &trust.wget);
    }
}

/// Where the proxy is; or that there is none, a company's included, which could not be reached.
fn proxies(changes: &mut Changes, caller: &[(OsString, OsString)], run: &Run) {
    let is_proxy_variable = |name: &OsStr| PROXY_VARIABLES.iter().any(|known| name.eq_ignore_ascii_case(known));
    changes.remove.extend(caller.iter().map(|(name, _)| name).filter(|name| is_proxy_variable(name)).cloned());
    let Mode::Proxy(address) = run.mode else { return };
    let url = format!("http://{address}");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        changes.set(name, &url);
        changes.set(name.to_ascii_lowercase(), &url);
    }
    for name in ["NO_PROXY", "no_proxy", "npm_config_noproxy"] {
        changes.set(name, THIS_MACHINE);
    }
    for name in ["npm_config_proxy", "npm_config_https_proxy"] {
        changes.set(name, &url);
    }
    // Node from 24, where it needs no preload.
    changes.set("NODE_USE_ENV_PROXY", "1");
    changes.set("MOCK_PROVIDERS_PROXY", address.to_string());
    changes.set("MOCK_PROVIDERS_ALLOWED_HOSTS", run.allowed_hosts.join(","));
    let preload = command_line::node_require(&run.trust.preload);
    let theirs = value(caller, "NODE_OPTIONS").unwrap_or_default();
    changes.set("NODE_OPTIONS", if theirs.is_empty() { preload } else { joined(theirs, " ", &preload) });
    changes.remove.retain(|name| !changes.set.iter().any(|(set, _)| set == name));
}

fn joined(first: &OsStr, between: &str, second: &OsStr) -> OsString {
    let mut whole = first.to_owned();
    whole.push(between);
    whole.push(second);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exec::trust::PASSWORD;

    const PROXY: Mode = Mode::Proxy(SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4010));

    /// What changes for a caller with this environment, where the run's folder is `/tmp/a b`.
    fn changed(mode: Mode, callers_keys: CallersKeys, caller: &[(&str, &str)]) -> Changes {
        changed_in("/tmp/a b", mode, callers_keys, caller)
    }

    fn changed_in(folder: &str, mode: Mode, callers_keys: CallersKeys, caller: &[(&str, &str)]) -> Changes {
        let path = |name: &str| format!("{folder}/{name}").into();
        let trust = TrustFiles {
            bundle: path("bundle.pem"),
            authority: path("ca.pem"),
            certificates: path("certs"),
            trust_store: path("truststore.jks"),
            php: path("php"),
            wget: path("wgetrc"),
            preload: path("preload.cjs"),
            warnings: Vec::new(),
        };
        let providers = Provider::ALL.map(|provider| Access {
            provider,
            base_url: format!("https://{}", provider.profile().host),
            key: format!("key-of-{provider}"),
        });
        let caller: Vec<(OsString, OsString)> = caller.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let allowed_hosts = ["db.example:5432".to_owned(), "mail.example".to_owned()];
        let run = Run {
            mode,
            trust: &trust,
            providers: &providers,
            callers_keys,
            allowed_hosts: &allowed_hosts,
            control_url: "http://127.0.0.1:4010/__mock",
            world: "w1",
        };
        changes(&caller, &run)
    }

    impl Changes {
        fn value(&self, name: &str) -> &str {
            value(&self.set, name).and_then(OsStr::to_str).unwrap_or("(not set)")
        }

        fn removed(&self) -> Vec<&str> {
            self.remove.iter().filter_map(|name| name.to_str()).collect()
        }
    }

    #[test]
    fn no_variable_is_set_twice_or_set_and_removed() {
        let caller = [("NODE_USE_ENV_PROXY", "0"), ("https_proxy", "http://company"), ("LEADMAGIC_API_KEY", "theirs")];
        for mode in [Mode::Namespace, PROXY] {
            let changes = changed(mode, CallersKeys::Replaced, &caller);
            let mut names: Vec<&OsString> = changes.set.iter().map(|(name, _)| name).chain(&changes.remove).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{changes:?}");
        }
    }

    #[test]
    fn keys_and_base_urls_are_the_fakes_own() {
        for mode in [Mode::Namespace, PROXY] {
            let changes = changed(mode, CallersKeys::Replaced, &[("LEADMAGIC_API_KEY", "theirs"), ("SENDPILOT_BASE_URL", "theirs")]);
            for provider in ["magnetite", "leadmagic", "sendpilot", "leadterra"] {
                assert_eq!(changes.value(&format!("{}_API_KEY", provider.to_uppercase())), format!("key-of-{provider}"));
            }
            assert_eq!(changes.value("SENDPILOT_BASE_URL"), "https://api.sendpilot.ai");
            assert_eq!(changes.replaced, ["LEADMAGIC_API_KEY", "SENDPILOT_BASE_URL"]);
        }
    }

    #[test]
    fn kept_keys_stay_and_the_others_are_set() {
        let caller = [("LEADMAGIC_API_KEY", "theirs"), ("LEADTERRA_TOKEN", "theirs"), ("SENDPILOT_BASE_URL", ""), ("MAGNETITE_SECRET", "")];
        let changes = changed(Mode::Namespace, CallersKeys::Kept, &caller);
        assert_eq!((changes.value("LEADMAGIC_API_KEY"), changes.value("LEADTERRA_TOKEN")), ("(not set)", "(not set)"));
        assert_eq!(changes.value("SENDPILOT_BASE_URL"), "https://api.sendpilot.ai");
        assert_eq!(changes.value("MAGNETITE_SECRET"), "(not set)");
        assert!(changes.replaced.is_empty() && changes.remove.is_empty(), "{changes:?}");
    }

    /// Whose key takes the place of what the caller has under this name.
    #[track_caller]
    fn check_name(name: &str, expected: &str) {
        let changes = changed(PROXY, CallersKeys::Replaced, &[(name, "theirs")]);
        assert_eq!(changes.value(name), expected, "{name}");
        assert_eq!(changes.replaced.iter().any(|replaced| replaced == name), expected != "(not set)", "{name}");
    }

    #[test]
    fn keys_under_near_names_are_replaced() {
        check_name("LEADMAGIC_KEY", "key-of-leadmagic");
        check_name("LEADTERRA_TOKEN", "key-of-leadterra");
        check_name("MAGNETITE_SECRET", "key-of-magnetite");
        check_name("MY_SENDPILOT_API_KEY", "key-of-sendpilot");
        check_name("leadmagicApiKey", "key-of-leadmagic");
        check_name("SENDPILOT_KEY_PROD_2", "key-of-sendpilot");
        check_name("TOKEN_LEADTERRA", "key-of-leadterra");
        check_name("LEADMAGIC_API_KEY_FILE", "(not set)");
        check_name("LEADMAGIC_AUTH_HEADER", "(not set)");
        check_name("LEADMAGIC_TOKEN_URL", "(not set)");
        check_name("LEADMAGIC_KEYWORDS", "(not set)");
        check_name("LEADMAGIC_TIMEOUT", "(not set)");
        check_name("OTHER_API_KEY", "(not set)");
    }

    #[test]
    fn certificates_are_named_for_every_runtime() {
        let changes = changed(Mode::Namespace, CallersKeys::Replaced, &[]);
        assert_eq!(changes.value("SSL_CERT_FILE"), "/tmp/a b/bundle.pem");
        assert_eq!(changes.value("REQUESTS_CA_BUNDLE"), "/tmp/a b/bundle.pem");
        assert_eq!(changes.value("NODE_EXTRA_CA_CERTS"), "/tmp/a b/ca.pem");
        assert_eq!(changes.value("SSL_CERT_DIR"), "/tmp/a b/certs:/etc/ssl/certs");
        assert_eq!(changes.value("PHP_INI_SCAN_DIR"), ":/tmp/a b/php");
        assert_eq!(changes.value("SYSTEM_WGETRC"), "/tmp/a b/wgetrc");
        assert_eq!(
            changes.value("JAVA_TOOL_OPTIONS"),
            "\"-Djavax.net.ssl.trustStore=/tmp/a b/truststore.jks\" -Djavax.net.ssl.trustStoreType=JKS -Djavax.net.ssl.trustStorePassword=changeit"
        );
    }

    #[test]
    fn callers_certificates_are_not_lost() {
        let caller = [("NODE_EXTRA_CA_CERTS", "/company.pem"), ("SSL_CERT_DIR", "/company"), ("PHP_INI_SCAN_DIR", "/php:")];
        let changes = changed(PROXY, CallersKeys::Replaced, &caller);
        assert_eq!(changes.value("NODE_EXTRA_CA_CERTS"), "/tmp/a b/bundle.pem");
        assert_eq!(changes.value("SSL_CERT_DIR"), "/tmp/a b/certs:/company");
        assert_eq!(changes.value("PHP_INI_SCAN_DIR"), "/php::/tmp/a b/php");
    }

    #[test]
    fn proxy_is_named_in_every_spelling_and_nothing_goes_around_it() {
        let caller =
            [("NO_PROXY", "api.leadmagic.io"), ("Https_Proxy", "http://company"), ("PIP_PROXY", "http://company"), ("PATH", "/bin")];
        let changes = changed(PROXY, CallersKeys::Replaced, &caller);
        for name in ["HTTP_PROXY", "https_proxy", "ALL_PROXY", "npm_config_https_proxy"] {
            assert_eq!(changes.value(name), "http://127.0.0.1:4010");
        }
        assert_eq!((changes.value("NO_PROXY"), changes.value("no_proxy")), (THIS_MACHINE, THIS_MACHINE));
        assert_eq!(changes.removed(), ["Https_Proxy", "PIP_PROXY"]);
        assert_eq!(changes.value("NODE_USE_ENV_PROXY"), "1");
        assert_eq!(changes.value("MOCK_PROVIDERS_PROXY"), "127.0.0.1:4010");
        assert_eq!(changes.value("MOCK_PROVIDERS_ALLOWED_HOSTS"), "db.example:5432,mail.example");
        assert!(changes.value("JAVA_TOOL_OPTIONS").ends_with(
            " -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=4010 -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=4010 -Dhttp.nonProxyHosts=localhost|127.*|[::1]"
        ));
    }

    #[test]
    fn namespace_has_no_proxy_and_no_preload() {
        let caller = [
            ("HTTPS_PROXY", "http://company"),
            ("no_proxy", "*"),
            ("npm_config_proxy", "http://company"),
            ("NODE_OPTIONS", "--no-warnings"),
        ];
        let changes = changed(Mode::Namespace, CallersKeys::Replaced, &caller);
        assert_eq!(changes.removed(), ["HTTPS_PROXY", "no_proxy", "npm_config_proxy"]);
        for name in ["HTTPS_PROXY", "NODE_OPTIONS", "MOCK_PROVIDERS_PROXY", "NODE_USE_ENV_PROXY"] {
            assert_eq!(changes.value(name), "(not set)", "{name}");
        }
    }

    #[test]
    fn node_options_follow_the_callers_and_quote_only_what_they_must() {
        let changes = changed(PROXY, CallersKeys::Replaced, &[("NODE_OPTIONS", "--no-warnings")]);
        assert_eq!(changes.value("NODE_OPTIONS"), "--no-warnings --require \"/tmp/a b/preload.cjs\"");
        let changes = changed_in("/tmp/a", PROXY, CallersKeys::Replaced, &[]);
        assert_eq!(changes.value("NODE_OPTIONS"), "--require /tmp/a/preload.cjs");
    }

    #[test]
    fn java_options_follow_the_callers_wherever_they_would_win() {
        let caller = [("JAVA_TOOL_OPTIONS", "-Xmx1g"), ("_JAVA_OPTIONS", "-Dhttps.proxyHost=company"), ("MAVEN_OPTS", "-Xmx2g")];
        let store = format!(
            "-Djavax.net.ssl.trustStore=/tmp/a/truststore.jks -Djavax.net.ssl.trustStoreType=JKS -Djavax.net.ssl.trustStorePassword={PASSWORD}"
        );
        let changes = changed_in("/tmp/a", PROXY, CallersKeys::Replaced, &caller);
        assert!(changes.value("JAVA_TOOL_OPTIONS").starts_with(&format!("-Xmx1g {store} -Dhttp.proxyHost=127.0.0.1")));
        assert!(changes.value("_JAVA_OPTIONS").starts_with(&format!("-Dhttps.proxyHost=company {store} -Dhttp.proxyHost=127.0.0.1")));
        assert_eq!(changes.value("MAVEN_OPTS"), "(not set)");
        let changes = changed_in("/tmp/a", Mode::Namespace, CallersKeys::Replaced, &caller);
        assert!(changes.value("_JAVA_OPTIONS").contains(" -Dhttps.proxyHost= "), "a company's proxy cannot be reached");
    }
}
