//! A certificate for loopback, made anew at each start.

use std::io;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// What a TLS listener needs, and what its clients need to trust it.
pub(super) struct Certificate {
    pub(super) acceptor: TlsAcceptor,
    /// The authority that signed the certificate of the listener.
    pub(super) authority_pem: String,
}

impl Certificate {
    /// For `localhost`, `127.0.0.1` and `::1`.
    pub(super) fn generate() -> io::Result<Certificate> {
        let (chain, key, authority_pem) = signed().map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
            .map_err(io::Error::other)?;
        Ok(Certificate { acceptor: TlsAcceptor::from(Arc::new(config)), authority_pem })
    }
}

type Signed = (Vec<rustls::pki_types::CertificateDer<'static>>, PrivateKeyDer<'static>, String);

fn signed() -> Result<Signed, rcgen::Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "Roster simulator authority");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(DnType::CommonName, "Roster simulator");
    leaf.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let leaf = leaf.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok((vec![leaf.der().clone()], key, authority.pem()))
}
