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

/// Writes the new secrets, beside those that an earlier, interrupted start had made: the cluster's with the first
/// tenant's, every other tenant's in its own file.
pub(crate) fn keep(config: &Config, declared: &[Declared], secrets: &NewSecrets) -> std::io::Result<()> {
    for (path, tenants) in files(config, declared) {
        let mut variables = addresses(config.listen);
        for tenant in tenants {
            variables.extend(people(tenant, secrets));
        }
        write_merged(&path, &variables)?;
    }
    Ok(())
}

/// Writes where the server is to be found now, if a first run left files.
pub(crate) fn keep_address(config: &Config, declared: &[Declared]) -> std::io::Result<()> {
    for (path, _) in files(config, declared) {
        if path.exists() {
            write_merged(&path, &addresses(config.listen))?;
        }
    }
    Ok(())
}

/// Each file with the tenants in it.
fn files<'a>(config: &Config, declared: &'a [Declared]) -> Vec<(PathBuf, Vec<&'a Declared>)> {
    let (cluster, mut tenants): (Vec<_>, Vec<_>) = declared.iter().partition(|tenant| tenant.id.is_cluster());
    let others = tenants.split_off(tenants.len().min(1));
    let first = (config.data_dir.join(FILE), tenants.into_iter().chain(cluster).collect());
    let name = |tenant: &Declared| config.data_dir.join(format!("first-run.{}.env", tenant.id));
    std::iter::once(first).chain(others.into_iter().map(|tenant| (name(tenant), vec![tenant]))).collect()
}

type Variables = BTreeMap<String, String>;

fn addresses(listen: SocketAddr) -> Variables {
    ["authURL", "nexusURL"].into_iter().map(|name| (name.to_owned(), format!("http://{listen}"))).collect()
}

/// The variables of the seed's tables (seeds/genesys-nexus-api-keys) for the first user and client; those of further ones
/// have their names behind.
fn people(tenant: &Declared, secrets: &NewSecrets) -> Variables {
    let mut variables = Variables::new();
    let mut set = |name: &str, of: Option<&str>, value: &str| {
        let suffix = of.map_or_else(String::new, |of| format!("_{}", shell_name(of)));
        variables.insert(format!("{name}{suffix}"), value.to_owned());
    };
    let (user_name, user_password) = if tenant.id.is_cluster() {
        ("gwsAdminName", "gwsAdminPass")
    } else {
        set("ccId", None, tenant.id.as_str());
        set("tenantName", None, &tenant.name);
        ("tenantUser", "tenantUserPassword")
    };
    for (at, user) in tenant.users.iter().enumerate() {
        let of = (at > 0).then_some(user.name.as_str());
        set(user_name, of, user.name.as_str());
        if let Some(password) = secrets.password(&tenant.id, &user.name) {
            set(user_password, of, password.expose());
        }
    }
    for (at, client) in tenant.clients.iter().enumerate() {
        if let Some(secret) = secrets.client(&client.id) {
            set("clientSecret", (at > 0).then_some(client.id.as_str()), secret.expose());
        }
    }
    variables
}

/// A name as part of a variable's name: what cannot stand there is written in hexadecimal, so that no two are the same.
fn shell_name(name: &str) -> String {
    let spelled = |byte: u8| match byte {
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("_{b:02x}"),
    };
    name.bytes().map(spelled).collect()
}

/// New values replace old ones; what an earlier start wrote and nothing replaces stays, for it is the only copy.
fn write_merged(path: &Path, variables: &Variables) -> std::io::Result<()> {
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

/// Says what is running, and where secrets were made what to do next.
pub(crate) fn greet(config: &Config, made_secrets: bool, out: &mut impl Write) -> std::io::Result<()> {
    let listen = config.listen;
    writeln!(out, "wardgate {} listens on http://{listen}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "  data      {} (embedded SQLite)", config.data_dir.display())?;
    writeln!(out, "  tenants   {}", config.tenants.display())?;
    let shipped: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
    writeln!(out, "  policies  {}", shipped.join(", "))?;
    if !listen.ip().is_loopback() {
        writeln!(
            out,
            "  WARNING   this address is reachable from outside and speaks plain HTTP: put TLS in front of it"
        )?;
    }
    if made_secrets {
        let file = config.data_dir.join(FILE);
        let source = quoted(&file.display().to_string());
        writeln!(
            out,
            "\nThis was the first run: every secret was made just now and is in {} (mode 0600).",
            file.display()
        )?;
        writeln!(out, "Fetch a token as the first tenant's user, from another shell:\n")?;
        writeln!(out, "  . {source} && curl --user \"nexus_client:$clientSecret\" \\")?;
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
    use super::{quoted, shell_name, write_merged};

    #[test]
    fn no_two_users_share_a_variable() {
        assert_eq!(shell_name("auditor"), "auditor");
        assert_eq!((shell_name("a.b"), shell_name("a_b")), ("a_2eb".to_owned(), "a_5fb".to_owned()));
    }

    #[test]
    fn values_survive_a_shell() {
        assert_eq!(quoted("plain"), "'plain'");
        assert_eq!(quoted("it's $HOME"), "'it'\\''s $HOME'");
    }

    #[test]
    fn an_interrupted_start_loses_no_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("first-run.env");
        let write = |pairs: &[(&str, &str)]| {
            let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            write_merged(&path, &variables).expect("written");
        };
        write(&[("gwsAdminPass", "old"), ("tenantUserPassword", "kept")]);
        write(&[("gwsAdminPass", "new"), ("authURL", "u")]);
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(text, "tenantUserPassword='kept'\nauthURL='u'\ngwsAdminPass='new'\n");
    }
}
