//! The banks that are asked, and what of their rules the life cycle depends on.

use std::fmt;

use aspsp_emulator::Ecosystem;

/// A bank of every kind of life cycle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bank {
    /// Everything, managed with access tokens.
    Uk33,
    /// Everything, managed with registration access tokens.
    Brasil,
    /// Nobody registers; whom the directory lists gets tokens and reads.
    Directory,
    /// Nobody is read or replaced.
    VirginMoney,
    /// Nobody is replaced.
    Uk31,
}

impl Bank {
    pub const ALL: [Bank; 5] = [
        Bank::Uk33,
        Bank::Brasil,
        Bank::Directory,
        Bank::VirginMoney,
        Bank::Uk31,
    ];

    pub fn id(self) -> &'static str {
        match self {
            Bank::Uk33 => "uk-ob-3.3",
            Bank::Brasil => "open-finance-brasil",
            Bank::Directory => "raidiam-directory",
            Bank::VirginMoney => "virgin-money",
            Bank::Uk31 => "uk-ob-3.1",
        }
    }

    pub fn ecosystem(self) -> Ecosystem {
        match self {
            Bank::Brasil => Ecosystem::Brazil,
            _ => Ecosystem::Uk,
        }
    }

    /// Where clients are, below the bank's URL.
    pub fn clients_path(self) -> &'static str {
        match self {
            Bank::Brasil => "/reg",
            Bank::Directory => "/clients",
            _ => "/register",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Bank::Brasil => "application/json",
            _ => "application/jose",
        }
    }

    pub fn registers(self) -> bool {
        self != Bank::Directory
    }

    pub fn reads(self) -> bool {
        self != Bank::VirginMoney
    }

    pub fn replaces(self) -> bool {
        matches!(self, Bank::Uk33 | Bank::Brasil)
    }

    /// The scope that is asked for with a token.
    pub fn scope(self) -> &'static str {
        match self {
            Bank::Directory => "directory:software",
            _ => "",
        }
    }

    /// What somebody gets who asks for a client with the token of another one.
    pub fn status_of_anothers_token(self) -> u16 {
        match self {
            Bank::Brasil => 401,
            _ => 403,
        }
    }

    /// Whether that costs the token.
    pub fn destroys_misused_tokens(self) -> bool {
        self == Bank::Brasil
    }

    /// Whether it looks at whose the token is before it looks at whose the certificate is.
    pub fn judges_client_before_certificate(self) -> bool {
        self == Bank::Brasil
    }
}

impl fmt::Debug for Bank {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id())
    }
}

/// One of the two TPPs that get in each other's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Alpha,
    Beta,
}

impl Who {
    pub const BOTH: [Who; 2] = [Who::Alpha, Who::Beta];

    pub fn other(self) -> Self {
        match self {
            Who::Alpha => Who::Beta,
            Who::Beta => Who::Alpha,
        }
    }
}

/// What a client registers: which of its TPP's redirect URIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Redirects {
    Both,
    One,
    Other,
}

/// The redirect URIs of every TPP.
pub const REDIRECT_URIS: [&str; 2] = ["https://app.example/one", "https://app.example/other"];

impl Redirects {
    pub const ALL: [Redirects; 3] = [Redirects::Both, Redirects::One, Redirects::Other];

    pub fn uris(self) -> &'static [&'static str] {
        match self {
            Redirects::Both => &REDIRECT_URIS,
            Redirects::One => &REDIRECT_URIS[..1],
            Redirects::Other => &REDIRECT_URIS[1..],
        }
    }
}
