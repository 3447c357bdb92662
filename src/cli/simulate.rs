//! `roster simulate`: stand-ins for the remote systems, in the foreground.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, bail};

use super::Exit;
use super::args::Simulate;
use super::output::Output;
use super::signal::Stop;
use crate::sim::{Options, ProxyOptions, Running, Seed, start};

/// Runs until it is interrupted. The addresses are printed once everything listens.
pub async fn run(args: Simulate, out: &mut Output<'_>) -> Result<Exit> {
    let Simulate {
        dynect,
        dynect_tls,
        ctera,
        ctera_plain,
        ctera_ca,
        control,
        proxy,
        proxy_login,
        seed,
        print_session,
    } = args;
    let login = proxy_login.map(|login| split_login(&login)).transpose()?;
    let options = Options {
        dynect,
        control: Some(control),
        tls: dynect_tls,
        ctera,
        ctera_plain,
        proxy: proxy.map(|address| ProxyOptions { address, login }),
        seed: match seed {
            Some(path) => Seed::from_file(&path)?,
            None => Seed::default(),
        },
    };
    let running = start(options).await.context("cannot start the simulators")?;
    if let (Some(path), Some(pem)) = (ctera_ca, running.ca_certificate_pem()) {
        fs::write(&path, pem).with_context(|| format!("cannot write {}", path.display()))?;
    }
    // Whoever reads the addresses may ask to stop at once.
    let mut stop = Stop::listen()?;
    announce(&running, print_session, out)?;
    stop.asked().await;
    running.shutdown().await;
    Ok(Exit::Done)
}

fn split_login(login: &str) -> Result<(String, String)> {
    match login.split_once(':') {
        Some((user, password)) if !user.is_empty() && !password.is_empty() => {
            Ok((user.to_owned(), password.to_owned()))
        }
        _ => bail!("--proxy-login takes USER:PASSWORD"),
    }
}

fn announce(running: &Running, print_session: bool, out: &mut Output<'_>) -> Result<()> {
    writeln!(out, "dynect {}", running.dynect_url())?;
    if let Some(url) = running.tls_url() {
        writeln!(out, "dynect-tls {url}")?;
    }
    if let Some(url) = running.ctera().url() {
        writeln!(out, "ctera {url}")?;
    }
    if let Some(url) = running.ctera().plain_url() {
        writeln!(out, "ctera-plain {url}")?;
    }
    if let Some(url) = running.proxy_url() {
        writeln!(out, "proxy {url}")?;
    }
    if let Some(url) = running.control_url() {
        writeln!(out, "control {url}")?;
    }
    if print_session {
        let manifests = session_manifests(running.dynect_address().port());
        writeln!(out, "---\n{}", manifests.trim_end())?;
        if let Some(manifests) = portal_manifests(running) {
            writeln!(out, "---\n{}", manifests.trim_end())?;
        }
    }
    out.flush()?;
    Ok(())
}

/// A session of the default seed's administrator at a simulator on this port, with its Secret.
pub fn session_manifests(port: u16) -> String {
    include_str!("../../deploy/examples/session.yaml").replace("8080", &port.to_string())
}

/// The same for the portal over plain HTTP, if it is served.
pub fn portal_manifests(running: &Running) -> Option<String> {
    let url = running.ctera().plain_url()?;
    let (_, port) = url.rsplit_once(':')?;
    Some(include_str!("../../deploy/examples/portal.yaml").replace("8082", port))
}
