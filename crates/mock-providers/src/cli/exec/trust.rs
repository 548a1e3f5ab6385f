//! What makes the program's runtime trust the run's authority: files of public certificates, in the forms that the
//! runtimes read.
//!
//! What the machine and the caller trusted stays trusted, so that an allowed host can still be reached. Nothing private
//! is written: of a caller's file only the certificates are taken, whatever else it holds.

mod java;
mod subject_hash;

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

pub(super) use java::PASSWORD;

use super::environment::{self, CA_FILES};

/// Where systems keep the certificates of all authorities in one file. The first that exists is read.
const SYSTEM_BUNDLES: &[&str] = &[
    // Debian, Ubuntu, Alpine, Arch, Gentoo, NixOS.
    "/etc/ssl/certs/ca-certificates.crt",
    // Fedora, RHEL; NixOS has it as well.
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    // openSUSE.
    "/etc/ssl/ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    // macOS, Alpine, the BSDs.
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/cert.pem",
    // FreeBSD, Homebrew.
    "/usr/local/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/usr/local/etc/openssl@3/cert.pem",
    "/opt/homebrew/etc/openssl@3/cert.pem",
    "/opt/homebrew/etc/ca-certificates/cert.pem",
];

/// What Node runs before the program where connections are led by a proxy.
const PRELOAD: &str = include_str!("preload.cjs");

/// The run's authority, without its key.
#[derive(Clone, Copy)]
pub(super) struct Authority<'a> {
    pub pem: &'a str,
    pub der: &'a [u8],
}

/// What was written into the run's folder.
#[derive(Debug)]
pub(super) struct TrustFiles {
    /// Everything that was trusted, and the run's authority. PEM.
    pub bundle: PathBuf,
    /// The run's authority alone. PEM.
    pub authority: PathBuf,
    /// The run's authority in a folder, under the name by which OpenSSL looks for it.
    pub certificates: PathBuf,
    /// The same certificates as in the bundle, for Java. Its password is [`PASSWORD`].
    pub trust_store: PathBuf,
    /// A folder of settings for PHP.
    pub php: PathBuf,
    /// The system's settings for wget, and where the bundle is: its TLS asks no variable.
    pub wget: PathBuf,
    /// What Node is to run first.
    pub preload: PathBuf,
    /// What the caller should know: each a line without a prefix.
    pub warnings: Vec<String>,
}

/// The system's bundles on this machine, each once. Where a file can be laid over another, `bundle` goes over each.
pub(super) fn system_bundles() -> Vec<PathBuf> {
    let mut bundles = Vec::new();
    for path in SYSTEM_BUNDLES {
        // Several of the names are often links to one file.
        if let Ok(path) = fs::canonicalize(path)
            && path.is_file()
            && !bundles.contains(&path)
        {
            bundles.push(path);
        }
    }
    bundles
}

/// The files whose certificates go into the run's bundle: the system's, and those that the caller's variables name.
pub(super) fn sources(caller: &[(OsString, OsString)]) -> Vec<PathBuf> {
    let mut sources: Vec<PathBuf> = system_bundles().into_iter().take(1).collect();
    for variable in CA_FILES {
        if let Some(path) = environment::value(caller, variable.name).filter(|path| !path.is_empty()).map(PathBuf::from)
            && !sources.contains(&path)
        {
            sources.push(path);
        }
    }
    sources
}

/// Writes the run's trust material into `folder`, for anyone to read: the program may give up its rights.
pub(super) fn write(folder: &Path, authority: Authority, sources: &[PathBuf]) -> Result<TrustFiles, String> {
    let (roots, warnings) = read_roots(sources);
    let files = TrustFiles {
        bundle: folder.join("bundle.pem"),
        authority: folder.join("ca.pem"),
        certificates: folder.join("certs"),
        trust_store: folder.join("truststore.jks"),
        php: folder.join("php"),
        wget: folder.join("wgetrc"),
        preload: folder.join("preload.cjs"),
        warnings,
    };
    let hash =
        subject_hash::of_certificate(authority.der).ok_or("the run's authority has a subject that OpenSSL's naming is not known for")?;
    let mut bundle: String = roots.iter().map(|root| root.pem.as_str()).collect();
    bundle.push_str(authority.pem);
    let mut ders: Vec<&[u8]> = roots.iter().map(|root| root.der.as_ref()).collect();
    ders.push(authority.der);

    open_folder(folder)?;
    open_folder(&files.certificates)?;
    open_folder(&files.php)?;
    write_public(&files.bundle, bundle.as_bytes())?;
    write_public(&files.authority, authority.pem.as_bytes())?;
    write_public(&files.certificates.join(format!("{hash:08x}.0")), authority.pem.as_bytes())?;
    write_public(&files.trust_store, &java::trust_store(&ders))?;
    write_public(&files.php.join("mock-providers.ini"), &php_settings(&files.bundle))?;
    write_public(&files.wget, &wget_settings(&files.bundle))?;
    write_public(&files.preload, PRELOAD.as_bytes())?;
    Ok(files)
}

/// A certificate that was trusted before.
struct Root {
    pem: String,
    der: CertificateDer<'static>,
}

/// Every certificate of these files, once. A file that cannot be read is told of; the run goes on without it.
fn read_roots(sources: &[PathBuf]) -> (Vec<Root>, Vec<String>) {
    let mut roots = Vec::new();
    let mut warnings = Vec::new();
    let mut seen = HashSet::new();
    for source in sources {
        let read = if source.is_dir() { Err(std::io::ErrorKind::IsADirectory.into()) } else { fs::read(source) };
        match read {
            Ok(bytes) => roots.extend(certificates(&String::from_utf8_lossy(&bytes)).filter(|root| seen.insert(root.der.clone()))),
            Err(e) => warnings.push(format!("the certificates of {} are not trusted in this run: {e}", source.display())),
        }
    }
    if roots.is_empty() {
        warnings.push(
            "no system certificates were found, so only the fakes are trusted\n  hint: name a bundle with SSL_CERT_FILE if an allowed host must be reached"
                .to_owned(),
        );
    }
    (roots, warnings)
}

/// The certificates in a PEM text. What is no certificate, such as a private key beside it, stays behind, and so does
/// a damaged one, for which OpenSSL would refuse the whole file.
fn certificates(text: &str) -> impl Iterator<Item = Root> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    text.split(BEGIN).skip(1).filter_map(|rest| {
        let (body, _) = rest.split_once(END)?;
        let lines: String = body.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect();
        let pem = format!("{BEGIN}\n{lines}{END}\n");
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
        subject_hash::subject(&der)?;
        Some(Root { pem, der })
    })
}

/// PHP's two settings: for its curl extension, and for its own streams.
fn php_settings(bundle: &Path) -> Vec<u8> {
    let mut text = Vec::new();
    for setting in ["curl.cainfo", "openssl.cafile"] {
        text.extend_from_slice(setting.as_bytes());
        text.extend_from_slice(b" = '");
        text.extend_from_slice(bundle.as_os_str().as_encoded_bytes());
        text.extend_from_slice(b"'\n");
    }
    text
}

/// The system's settings for wget, which the file takes the place of, with the bundle.
fn wget_settings(bundle: &Path) -> Vec<u8> {
    let mut text = fs::read("/etc/wgetrc").unwrap_or_default();
    text.extend_from_slice(b"\nca_certificate = ");
    text.extend_from_slice(bundle.as_os_str().as_encoded_bytes());
    text.push(b'\n');
    text
}

/// A folder that anyone may look into, whatever the caller's umask.
fn open_folder(path: &Path) -> Result<(), String> {
    fs::create_dir_all(path).and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755))).map_err(|e| cannot_write(path, &e))
}

/// A file that anyone may read, whatever the caller's umask.
fn write_public(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o644))).map_err(|e| cannot_write(path, &e))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}\n  hint: name a folder for temporary files that has room with TMPDIR", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate of this name, as PEM and DER.
    fn certificate(name: &str) -> (String, Vec<u8>) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
        let certificate = parameters.self_signed(&key).expect("a certificate");
        (certificate.pem(), certificate.der().to_vec())
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("what was written").permissions().mode() & 0o777
    }

    /// Writes into a folder with a space in its name; `files` are the sources, in order.
    fn written(files: &[&str], authority: &(String, Vec<u8>)) -> (tempfile::TempDir, TrustFiles) {
        let folder = tempfile::Builder::new().prefix("with space ").tempdir().expect("a folder");
        let sources: Vec<PathBuf> = (0..files.len()).map(|n| folder.path().join(format!("source {n}"))).collect();
        for (path, text) in sources.iter().zip(files) {
            fs::write(path, text).expect("a source");
        }
        let trust = write(folder.path(), Authority { pem: &authority.0, der: &authority.1 }, &sources).expect("written");
        (folder, trust)
    }

    fn bundle_of(trust: &TrustFiles) -> Vec<Vec<u8>> {
        CertificateDer::pem_file_iter(&trust.bundle).expect("a bundle").map(|der| der.expect("a certificate").to_vec()).collect()
    }

    #[test]
    fn bundle_joins_the_sources_and_ends_with_ours() {
        let (system, company, ours) = (certificate("system"), certificate("company"), certificate("ours"));
        let twice = format!("{}\n# comment\n{}", company.0, system.0.replace('\n', "\r\n"));
        let (_folder, trust) = written(&[&system.0, &twice], &ours);
        assert_eq!(bundle_of(&trust), [system.1, company.1, ours.1]);
        assert_eq!(fs::read_to_string(&trust.authority).expect("ours alone"), ours.0);
        assert!(trust.warnings.is_empty(), "{:?}", trust.warnings);
    }

    #[test]
    fn bundle_of_ours_alone_is_warned_of() {
        let ours = certificate("ours");
        let (_folder, trust) = written(&[], &ours);
        assert_eq!(bundle_of(&trust), [ours.1]);
        assert!(trust.warnings[0].starts_with("no system certificates were found"), "{:?}", trust.warnings);
    }

    #[test]
    fn private_keys_and_damaged_certificates_stay_behind() {
        let (company, ours) = (certificate("company"), certificate("ours"));
        let private = "-----BEGIN PRIVATE KEY-----\nMTIz\n-----END PRIVATE KEY-----\n";
        let damaged = "-----BEGIN CERTIFICATE-----\nMTIz\n-----END CERTIFICATE-----\n";
        let cut = "-----BEGIN CERTIFICATE-----\nMTIz\n";
        let (_folder, trust) = written(&[&format!("{private}{}{damaged}{cut}", company.0)], &ours);
        assert_eq!(bundle_of(&trust), [company.1, ours.1]);
        assert!(!fs::read_to_string(&trust.bundle).expect("a bundle").contains("PRIVATE"));
    }

    #[test]
    fn unreadable_source_is_told_of_and_the_others_are_taken() {
        let ours = certificate("ours");
        let folder = tempfile::tempdir().expect("a folder");
        let sources = [folder.path().join("absent.pem"), folder.path().to_owned()];
        let trust = write(folder.path(), Authority { pem: &ours.0, der: &ours.1 }, &sources).expect("written");
        assert!(trust.warnings[0].contains("absent.pem") && trust.warnings[1].contains("directory"), "{:?}", trust.warnings);
    }

    #[test]
    fn everything_written_is_for_anyone_to_read() {
        let (folder, trust) = written(&[], &certificate("ours"));
        let name = fs::read_dir(&trust.certificates).expect("a folder").next().expect("one name").expect("readable");
        let settings = trust.php.join("mock-providers.ini");
        for path in [&trust.bundle, &trust.authority, &trust.trust_store, &trust.preload, &trust.wget, &settings, &name.path()] {
            assert_eq!(mode(path), 0o644, "{}", path.display());
        }
        for path in [folder.path(), &trust.certificates, &trust.php] {
            assert_eq!(mode(path), 0o755, "{}", path.display());
        }
        let settings = fs::read_to_string(settings).expect("settings");
        let bundle = trust.bundle.display();
        assert_eq!(settings, format!("curl.cainfo = '{bundle}'\nopenssl.cafile = '{bundle}'\n"));
        assert!(fs::read_to_string(&trust.wget).expect("settings").ends_with(&format!("\nca_certificate = {bundle}\n")));
    }

    #[test]
    fn sources_are_the_systems_bundle_and_what_the_caller_names() {
        let named = [("REQUESTS_CA_BUNDLE", "/company.pem"), ("NODE_EXTRA_CA_CERTS", "/company.pem"), ("PIP_CERT", ""), ("HOME", "/home")];
        let caller: Vec<(OsString, OsString)> = named.map(|(name, value)| (name.into(), value.into())).into();
        let system: Vec<PathBuf> = system_bundles().into_iter().take(1).collect();
        assert_eq!(sources(&caller), [system, vec![PathBuf::from("/company.pem")]].concat());
    }
}
