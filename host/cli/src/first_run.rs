//! What a first run leaves behind for people: `first-run.env`, whose variables are those of the seed's tables, and a few
//! lines that say what to do next.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use wardgate_manage::declared::{Declared, NewSecrets};
use wardgate_policy::SHIPPED;

use crate::config::Config;
use crate::master_key::write_private;

/// Name of the file inside the data folder. Tenants after the first have `first-run.CCID.env` beside it.
pub const FILE: &str = "first-run.env";

/// Writes the new secrets, beside those that an earlier, interrupted start had made.
pub(crate) fn keep(config: &Config, declared: &[Declared], secrets: &NewSecrets) -> std::io::Result<()> {
    let first = declared.iter().find(|tenant| !tenant.id.is_cluster());
    for tenant in declared.iter().filter(|tenant| !tenant.id.is_cluster()) {
        let is_first = first.is_some_and(|first| first.id == tenant.id);
        let path = file_of(&config.data_dir, (!is_first).then_some(tenant.id.as_str()));
        write_merged(&path, &variables(config.listen, declared, tenant, secrets))?;
    }
    if first.is_none() {
        let cluster = declared.first().map(|cluster| variables(config.listen, declared, cluster, secrets));
        write_merged(&file_of(&config.data_dir, None), &cluster.unwrap_or_default())?;
    }
    Ok(())
}

fn file_of(data_dir: &Path, tenant: Option<&str>) -> PathBuf {
    data_dir.join(tenant.map_or_else(|| FILE.to_owned(), |tenant| format!("first-run.{tenant}.env")))
}

/// The variables of the seed's tables (seeds/genesys-nexus-api-keys), as far as they are known.
fn variables(
    listen: SocketAddr,
    declared: &[Declared],
    tenant: &Declared,
    secrets: &NewSecrets,
) -> BTreeMap<&'static str, String> {
    let url = format!("http://{listen}");
    let mut variables = BTreeMap::from([
        ("authURL", url.clone()),
        ("nexusURL", url),
        ("ccId", tenant.id.to_string()),
        ("tenantName", tenant.name.clone()),
    ]);
    if let Some(user) = tenant.users.first().filter(|_| !tenant.id.is_cluster()) {
        variables.insert("tenantUser", user.name.to_string());
        let made = secrets.users.iter().find(|(owner, name, _)| *owner == tenant.id && *name == user.name);
        variables.extend(made.map(|(_, _, password)| ("tenantUserPassword", password.expose().to_owned())));
    }
    let cluster = declared.iter().find(|tenant| tenant.id.is_cluster());
    if let Some(ops) = cluster.and_then(|cluster| cluster.users.first()) {
        variables.insert("gwsAdminName", ops.name.to_string());
        let made = secrets.users.iter().find(|(owner, name, _)| owner.is_cluster() && *name == ops.name);
        variables.extend(made.map(|(_, _, password)| ("gwsAdminPass", password.expose().to_owned())));
    }
    if let Some(client) = cluster.and_then(|cluster| cluster.clients.first()) {
        let made = secrets.clients.iter().find(|(id, _)| *id == client.id);
        variables.extend(made.map(|(_, secret)| ("clientSecret", secret.expose().to_owned())));
    }
    variables
}

/// New values replace old ones; what an earlier start wrote and nothing replaces stays, for it is the only copy.
fn write_merged(path: &Path, variables: &BTreeMap<&'static str, String>) -> std::io::Result<()> {
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let is_new = |line: &&str| line.split_once('=').is_some_and(|(name, _)| !variables.contains_key(name));
    let mut text = Vec::new();
    for line in kept.lines().filter(is_new) {
        writeln!(text, "{line}")?;
    }
    for (name, value) in variables {
        writeln!(text, "{name}={}", quoted(value))?;
    }
    write_private(path, &text)
}

/// Quoted for a POSIX shell.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

/// Says what is running, and after a first run what to do next.
pub(crate) fn greet(config: &Config, listen: SocketAddr, is_first: bool, out: &mut impl Write) -> std::io::Result<()> {
    let data = config.data_dir.display();
    writeln!(out, "wardgate {} listens on http://{listen}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "  data      {data} (embedded SQLite)")?;
    writeln!(out, "  tenants   {}", config.tenants.display())?;
    let shipped: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
    writeln!(out, "  policies  {}", shipped.join(", "))?;
    if !listen.ip().is_loopback() {
        writeln!(
            out,
            "  WARNING   this address is reachable from outside and speaks plain HTTP: put TLS in front of it"
        )?;
    }
    if is_first {
        writeln!(out, "\nThis was the first run: every secret was made just now and is in {data}/{FILE} (mode 0600).")?;
        writeln!(out, "Fetch a token as the first tenant's user, from another shell:\n")?;
        writeln!(out, "  . {data}/{FILE} && curl --user \"nexus_client:$clientSecret\" \\")?;
        writeln!(
            out,
            "    --data-urlencode 'grant_type=password' --data-urlencode \"username=$ccId\\\\$tenantUser\" \\"
        )?;
        writeln!(out, "    --data-urlencode \"password=$tenantUserPassword\" \"$authURL/auth/v3/oauth/token\"\n")?;
        writeln!(out, "The README goes on from there: make a key, let it decide a call, see why.")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{quoted, write_merged};

    #[test]
    fn values_survive_a_shell() {
        assert_eq!(quoted("plain"), "'plain'");
        assert_eq!(quoted("it's $HOME"), "'it'\\''s $HOME'");
    }

    #[test]
    fn an_interrupted_start_loses_no_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("first-run.env");
        let write = |pairs: &[(&'static str, &str)]| {
            let variables: BTreeMap<_, _> = pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            write_merged(&path, &variables).expect("written");
        };
        write(&[("gwsAdminPass", "old"), ("tenantUserPassword", "kept")]);
        write(&[("gwsAdminPass", "new"), ("authURL", "u")]);
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(text, "tenantUserPassword='kept'\nauthURL='u'\ngwsAdminPass='new'\n");
    }
}
