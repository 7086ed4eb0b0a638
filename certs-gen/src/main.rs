//! `certs-gen`: the command line over the library of the same name.

mod pages;

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use certs_gen::{
    Authority, Certificate, CertificateRequest, Csr, Error, Flaw, Key, KeyAlgorithm, Kind, PspRole,
    PublicKey, Subject,
    bundle::{self, Written},
};
use clap::{
    Args, CommandFactory, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Makes test certificates of open banking from a throw-away authority. Never for production.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes an authority in an empty or absent folder; an authority that is there is kept
    ///
    /// Writes root.pem, root.key, issuing.pem, issuing.key (EC P-256), directory.key (RSA 2048) and
    /// ca.crl. Keys get mode 0600. A folder with other files, or with only a part of these, is refused.
    Authority(AuthorityArgs),
    /// Issues a certificate, right or with a flaw
    ///
    /// Writes KIND.pem (leaf, then issuing CA), KIND.key (PKCS#8, mode 0600) and KIND.p12 (password
    /// test-only); with --flaw the names start with KIND-FLAW; with --csr only the .pem is written.
    /// Files of these names are replaced, each at once; other files are left alone.
    Certificate(Box<CertificateArgs>),
    /// Prints a script that completes this command line in a shell
    Completions(pages::CompletionsArgs),
    /// Prints the manual page of the program or of a command, or writes all of them
    Man(pages::ManArgs),
}

#[derive(Args)]
struct AuthorityArgs {
    /// The authority's folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Args)]
struct CertificateArgs {
    /// Folder of the authority, as `certs-gen authority` makes it
    #[arg(long, value_name = "DIR")]
    authority: PathBuf,
    /// What kind of certificate
    #[arg(long, value_parser = names(Kind::ALL.iter().map(|kind| kind.as_str())))]
    kind: String,
    /// Folder for the files, made if need be
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Key to make [default: ec-p256 for server, else rsa-2048]
    #[arg(long, conflicts_with = "csr",
          value_parser = names(KeyAlgorithm::ALL.iter().map(|key| key.as_str())))]
    key: Option<String>,
    /// Certificate request (PEM, PKCS#10) whose key is certified; its subject is not used
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// What is to be wrong: `revoked` also adds the certificate to the authority's ca.crl
    #[arg(long, value_parser = names(Flaw::ALL.iter().map(|flaw| flaw.as_str())))]
    flaw: Option<String>,
    /// Organisation's id in the directory: 18 characters (UK) or a UUID (Brazil)
    #[arg(long, value_name = "ID")]
    org_id: Option<String>,
    /// Software's id in the directory: up to 22 characters (UK) or a UUID (Brazil)
    #[arg(long, value_name = "ID")]
    software_id: Option<String>,
    /// Organisation's registered name
    #[arg(long)]
    name: Option<String>,
    /// Role in the PSD2 statement, repeatable: AISP, PISP, CBPII, ASPSP [default: AISP PISP CBPII]
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<PspRole>,
    /// DNS name or IP address of server and brcac, repeatable; the first is the CN
    #[arg(long = "hostname", value_name = "NAME")]
    host_names: Vec<String>,
    /// Number that the competent authority gave, for PSDGB-FCA-NUMBER [default: the org id]
    #[arg(long, value_name = "NUMBER")]
    authorisation_number: Option<String>,
}

fn names(
    all: impl Iterator<Item = &'static str>,
) -> impl TypedValueParser<Value = String> + 'static {
    PossibleValuesParser::new(all.collect::<Vec<_>>())
}

fn main() -> ExitCode {
    let now = OffsetDateTime::now_utc();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => return ended(told.print(), told.exit_code()),
    };
    let outcome = match cli.command {
        Command::Authority(args) => make_authority(&args.out, now),
        Command::Certificate(args) => make_certificate(&args, now),
        Command::Completions(args) => Ok(pages::completions(&args, Cli::command())),
        Command::Man(args) => pages::man(&args, Cli::command()),
    };
    match outcome {
        Ok(report) => ended(print(&report), 0),
        Err(error) => failed(&error.to_string()),
    }
}

/// This exit code, if what was to be told was written.
fn ended(written: io::Result<()>, code: i32) -> ExitCode {
    match written {
        // A reader that has gone away (`| head`) changes nothing about what was done.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            failed(&format!("cannot write to standard output: {error}"))
        }
        _ => u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from),
    }
}

fn print(report: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(report.as_bytes())?;
    out.flush()
}

fn failed(text: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "error: {text}");
    ExitCode::FAILURE
}

fn make_authority(dir: &Path, now: OffsetDateTime) -> Result<String, Error> {
    let (authority, is_new) = Authority::open_or_create(dir, now)?;
    let verb = if is_new { "made" } else { "kept" };
    Ok(format!(
        "{verb} the authority in {}: {}\nexpires {}\n",
        dir.display(),
        Authority::file_names().join(", "),
        rfc3339(authority.not_after()),
    ))
}

fn make_certificate(args: &CertificateArgs, now: OffsetDateTime) -> Result<String, Error> {
    let kind: Kind = args.kind.parse()?;
    let flaw: Option<Flaw> = args.flaw.as_deref().map(str::parse).transpose()?;
    let key = KeySource::new(args, kind)?;
    let authority = Authority::open(&args.authority)?;
    let request = CertificateRequest {
        kind,
        subject: &subject(args, kind),
        public_key: key.public(),
        flaw,
    };
    let certificate = authority.issue(&request, now)?;
    let stem = match flaw {
        Some(flaw) => format!("{kind}-{flaw}"),
        None => kind.to_string(),
    };
    let is_revoked = flaw == Some(Flaw::Revoked);
    if is_revoked {
        authority.save_crl(&args.authority, now)?;
    }
    let files = bundle::write(&args.out, &stem, &certificate, key.private())?;
    let mut report = report(&certificate, &files);
    if is_revoked {
        let crl = args.authority.join("ca.crl");
        report.push(format!("revoked  in {}", crl.display()));
    }
    Ok(report.join("\n") + "\n")
}

/// Whose key is certified.
enum KeySource {
    Made(Key),
    Asked(Csr),
}

impl KeySource {
    fn new(args: &CertificateArgs, kind: Kind) -> Result<Self, Error> {
        if let Some(path) = &args.csr {
            return read_csr(path).map(Self::Asked);
        }
        let algorithm = args.key.as_deref().map(str::parse).transpose()?;
        Key::generate(algorithm.unwrap_or(kind.default_key())).map(Self::Made)
    }

    fn public(&self) -> PublicKey<'_> {
        match self {
            Self::Made(key) => PublicKey::Of(key),
            Self::Asked(csr) => PublicKey::Csr(csr),
        }
    }

    fn private(&self) -> Option<&Key> {
        match self {
            Self::Made(key) => Some(key),
            Self::Asked(_) => None,
        }
    }
}

fn read_csr(path: &Path) -> Result<Csr, Error> {
    let bytes = fs::read(path).map_err(|source| Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    Csr::from_pem(&String::from_utf8_lossy(&bytes))
}

/// The example subject of the kind with what the command line says put in.
fn subject(args: &CertificateArgs, kind: Kind) -> Subject {
    let example = Subject::example(kind);
    let or = |given: &Option<String>, default: String| given.clone().unwrap_or(default);
    let or_all = |given: &[String], default: Vec<String>| match given {
        [] => default,
        given => given.to_vec(),
    };
    Subject {
        org_id: or(&args.org_id, example.org_id),
        software_id: or(&args.software_id, example.software_id),
        legal_name: or(&args.name, example.legal_name),
        host_names: or_all(&args.host_names, example.host_names),
        roles: match args.roles.as_slice() {
            [] => example.roles,
            roles => roles.to_vec(),
        },
        authorisation_number: args.authorisation_number.clone(),
        ..example
    }
}

fn report(certificate: &Certificate, files: &Written) -> Vec<String> {
    let mut lines = vec![format!("chain    {}", files.chain.display())];
    if let Some(key) = &files.key {
        lines.push(format!("key      {}", key.display()));
    }
    if let Some(pkcs12) = &files.pkcs12 {
        let password = bundle::PASSWORD;
        lines.push(format!(
            "pkcs12   {} (password {password})",
            pkcs12.display()
        ));
    }
    lines.push(format!("subject  {}", certificate.subject_dn()));
    lines.push(format!("serial   {}", certificate.serial()));
    lines.push(format!("starts   {}", rfc3339(certificate.not_before())));
    lines.push(format!("expires  {}", rfc3339(certificate.not_after())));
    lines
}

fn rfc3339(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}
