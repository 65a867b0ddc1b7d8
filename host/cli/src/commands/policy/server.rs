//! A server as these commands see it: one tenant's one policy, JSON in both directions, and problems in readable form.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use wardgate_domain::PolicyName;
use wardgate_http::client::{Content, Remote, Reply};

use super::project::Project;
use super::show::show_bytes;
use crate::args::ServerOptions;
use crate::commands::{Fault, anything, runtime, tell};
use crate::config;

/// How often what goes on is shown on a terminal, and how often in a file.
const ON_TERMINAL: Duration = Duration::from_millis(200);
const IN_FILE: Duration = Duration::from_secs(10);

/// A tenant's policy at a server.
pub(super) struct Server {
    remote: Remote,
    runtime: tokio::runtime::Runtime,
    tenant: String,
    /// What the policy is called there.
    pub(super) policy: PolicyName,
}

impl Server {
    /// The policy is the one that was named, or the one that `options.folder` is about.
    pub(super) fn find(options: &ServerOptions) -> Result<Self, Fault> {
        let token = config::secret(&options.token_env).map_err(anything)?;
        let policy = match &options.policy {
            Some(policy) => policy.clone(),
            None => PolicyName::parse(&Project::find(&options.folder)?.name).map_err(anything)?,
        };
        let remote = Remote::new(&options.server, &token).map_err(anything)?;
        if remote.is_overheard() {
            tell("wardgate: the token goes over the network unencrypted; a tunnel (ssh -L) keeps it from others");
        }
        Ok(Self { remote, runtime: runtime()?, tenant: options.tenant.clone(), policy })
    }

    /// Asks for `path` below the policy.
    pub(super) fn get(&self, path: &str) -> Result<Answer, Fault> {
        self.call(http::Method::GET, &self.path(path), None)
    }

    /// Asks in what a version differs from another, or from the one in force.
    pub(super) fn difference(&self, from: Option<u64>, to: u64) -> Result<Answer, Fault> {
        let from = from.map_or_else(String::new, |from| format!("&from={from}"));
        let path = format!("/v1/policies/{}/diff?tenant={}&to={to}{from}", self.policy, self.tenant);
        self.call(http::Method::GET, &path, None)
    }

    /// Sends JSON to `path` below the policy.
    pub(super) fn post(&self, path: &str, body: Option<&Value>) -> Result<Answer, Fault> {
        self.call(http::Method::POST, &self.path(path), body.map(json))
    }

    /// Sends `content` to `path` below the policy, and shows how far it is.
    pub(super) fn put(&self, path: &str, content: Content) -> Result<Answer, Fault> {
        let total = content.bytes.len();
        let sent = Arc::new(AtomicUsize::new(0));
        let path = self.path(path);
        let call = self.remote.call(http::Method::PUT, &path, Some(content), Arc::clone(&sent));
        let reply = self.runtime.block_on(async {
            tokio::pin!(call);
            let mut progress = Progress::new(total);
            loop {
                tokio::select! {
                    reply = &mut call => {
                        progress.end();
                        return reply;
                    }
                    () = tokio::time::sleep(ON_TERMINAL) => progress.show(sent.load(Ordering::Relaxed)),
                }
            }
        });
        Ok(Answer(reply.map_err(anything)?))
    }

    fn call(&self, method: http::Method, path: &str, content: Option<Content>) -> Result<Answer, Fault> {
        let reply = self.runtime.block_on(self.remote.call(method, path, content, Arc::default()));
        Ok(Answer(reply.map_err(anything)?))
    }

    fn path(&self, path: &str) -> String {
        format!("/v1/tenants/{}/policies/{}{path}", self.tenant, self.policy)
    }
}

/// JSON as content.
pub(super) fn json(value: &Value) -> Content {
    Content { kind: "application/json", bytes: value.to_string().into() }
}

/// A server's answer; one that is no success is an error, unless the command knows better.
pub(super) struct Answer(Reply);

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.0.status.as_u16()
    }

    /// The JSON of a success.
    pub(super) fn success(&self) -> Result<Value, Fault> {
        if !self.0.status.is_success() {
            return Err(self.problem().into());
        }
        Ok(serde_json::from_slice(&self.0.body).map_err(|e| format!("the server's answer is no JSON: {e}"))?)
    }

    /// What is wrong, in lines.
    pub(super) fn problem(&self) -> String {
        let status = self.0.status;
        let Ok(problem) = serde_json::from_slice::<Problem>(&self.0.body) else {
            return format!("the server answered {status}, and not as a Wardgate does");
        };
        let mut text = format!("the server refused it ({status}, {}): {}", problem.code, problem.detail);
        for Wrong { location, message } in problem.errors {
            // Writing to a text does not fail.
            let _ = write!(text, "\n  {location}: {message}");
        }
        text
    }
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
    #[serde(default)]
    errors: Vec<Wrong>,
}

#[derive(Deserialize)]
struct Wrong {
    location: String,
    message: String,
}

/// How far an upload is: a line that changes on a terminal, a line now and then elsewhere.
struct Progress {
    total: usize,
    began: Instant,
    on_terminal: bool,
    shown: Option<Instant>,
}

impl Progress {
    fn new(total: usize) -> Self {
        Self { total, began: Instant::now(), on_terminal: io::stderr().is_terminal(), shown: None }
    }

    fn show(&mut self, sent: usize) {
        let seconds = self.began.elapsed().as_secs();
        let line = if sent < self.total {
            let percent = sent * 100 / self.total.max(1);
            format!("uploading {}, {percent} %", show_bytes(self.total))
        } else {
            format!("uploaded {}; the server checks and compiles it, {seconds} s", show_bytes(self.total))
        };
        if self.on_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K{line}");
        } else if self.shown.is_none_or(|shown| shown.elapsed() >= IN_FILE) {
            tell(&line);
            self.shown = Some(Instant::now());
        }
    }

    fn end(&self) {
        if self.on_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
