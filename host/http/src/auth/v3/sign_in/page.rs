//! What the sign-in page looks like: labels, a summary of what is wrong that is read out and has the focus, names that
//! password managers know; nothing that needs a script.

use http::StatusCode;
use wardgate_domain::TenantId;
use wardgate_manage::browser::{Authorization, BrowserSession};

use super::super::oauth::authorization::Parameters;
use super::PATH;
use crate::request::form::Form;
use crate::respond::page::{Html, Page};

/// What is wrong with what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A name or password is missing.
    Missing,
    /// They are not somebody's. Which of them is not told (security rule 17).
    Wrong,
    /// Too many were wrong before.
    TooMany {
        /// Seconds until another try makes sense.
        retry_after_s: u32,
    },
}

impl Fault {
    fn status(self) -> StatusCode {
        match self {
            Self::Missing => StatusCode::BAD_REQUEST,
            Self::Wrong => StatusCode::FORBIDDEN,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// What the person is told, who was asked for his tenant or was not.
    fn sentence(self, hides_tenant: bool) -> &'static str {
        match self {
            Self::Missing => "Enter your user name and your password.",
            Self::Wrong if hides_tenant => "User name or password is wrong.",
            Self::Wrong => "Tenant, user name or password is wrong.",
            Self::TooMany { .. } => "Too many attempts failed. Wait a moment and try again.",
        }
    }
}

/// The page before it is written.
pub(crate) struct SignIn<'a> {
    request: &'a Parameters,
    authorization: Option<&'a Authorization>,
    tenant: &'a str,
    user: &'a str,
}

impl<'a> SignIn<'a> {
    /// An empty form; the tenant may be named in the address.
    pub(crate) fn new(request: &'a Parameters, authorization: Option<&'a Authorization>) -> Self {
        let named = request.get("tenant").filter(|tenant| TenantId::parse(tenant).is_ok());
        Self { request, authorization, tenant: named.unwrap_or_default(), user: "" }
    }

    /// The form as it was sent.
    pub(crate) fn filled(
        request: &'a Parameters,
        authorization: Option<&'a Authorization>,
        form: &'a Form<'_>,
    ) -> Self {
        let field = |name| form.get(name).unwrap_or_default();
        Self { request, authorization, tenant: field("tenant").trim(), user: field("username").trim() }
    }

    /// Who signs in: `ccId\user` in one field or in two; without a tenant, an ops user.
    pub(crate) fn username(&self) -> Option<String> {
        match (self.tenant, self.user) {
            (_, "") => None,
            ("", user) => Some(user.to_owned()),
            (_, user) if user.contains('\\') => Some(user.to_owned()),
            (tenant, user) => Some(format!("{tenant}\\{user}")),
        }
    }

    pub(crate) fn page(&self, fault: Option<Fault>) -> Page {
        let scheme = self.authorization.and_then(|request| request.target().split(':').next());
        Page {
            status: fault.map_or(StatusCode::OK, Fault::status),
            title: if fault.is_some() { "Error: Sign in" } else { "Sign in" },
            body: self.form(self.heading(fault), fault),
            leads_to: scheme.map(str::to_owned),
        }
    }

    /// Whether the client knows whose users it sends, so that nobody is asked for his tenant.
    fn hides_tenant(&self) -> bool {
        self.request.get("hideTenant").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn heading(&self, fault: Option<Fault>) -> Html {
        let html = Html::new().markup("<h1>Sign in</h1>\n");
        let html = match self.authorization {
            Some(request) => html.markup("<p>to go on to <b>").text(request.client_name()).markup("</b></p>\n"),
            None => html,
        };
        match fault {
            Some(fault) => html
                .markup("<p id=\"fault\" role=\"alert\" tabindex=\"-1\" autofocus>")
                .text(fault.sentence(self.hides_tenant()))
                .markup("</p>\n"),
            None => html,
        }
    }

    fn form(&self, html: Html, fault: Option<Fault>) -> Html {
        let query = self.request.query();
        let hidden = self.hides_tenant();
        let html = html
            .markup("<form method=\"post\" action=\"")
            .text(PATH)
            .when(!query.is_empty(), |html| html.markup("?").text(&query))
            .markup("\">\n");
        let html = if hidden {
            html.markup("<input type=\"hidden\" name=\"tenant\"").value(self.tenant).markup(">\n")
        } else {
            html.markup("<label for=\"tenant\">Tenant</label>\n")
                .markup("<input id=\"tenant\" name=\"tenant\" autocomplete=\"organization\"")
                .markup(" autocapitalize=\"none\" spellcheck=\"false\" aria-describedby=\"tenant-hint\"")
                .value(self.tenant)
                .when(fault.is_none() && self.tenant.is_empty(), |html| html.markup(" autofocus"))
                .markup(">\n<p id=\"tenant-hint\">The id of your contact center. Operators leave it empty.</p>\n")
        };
        let invalid = |html: Html| html.markup(" aria-invalid=\"true\" aria-describedby=\"fault\"");
        html.markup("<label for=\"username\">User name</label>\n")
            .markup("<input id=\"username\" name=\"username\" autocomplete=\"username\" autocapitalize=\"none\"")
            .markup(" spellcheck=\"false\" required")
            .value(self.user)
            .when(fault.is_some(), invalid)
            .when(fault.is_none() && (hidden || !self.tenant.is_empty()), |html| html.markup(" autofocus"))
            .markup(">\n<label for=\"password\">Password</label>\n<input id=\"password\" name=\"password\"")
            .markup(" type=\"password\" autocomplete=\"current-password\" required")
            .when(fault.is_some(), invalid)
            .markup(">\n<button>Sign in</button>\n</form>\n")
    }
}

/// Somebody is signed in and no client asks for him.
pub(crate) fn signed_in(session: &BrowserSession) -> Page {
    let body = Html::new()
        .markup("<h1>Signed in</h1>\n<p>You are signed in as <b>")
        .text(session.user().as_str())
        .markup("</b>")
        .when(!session.tenant().is_cluster(), |html| html.markup(" of ").text(session.tenant().as_str()))
        .markup(".</p>\n<form method=\"post\" action=\"/auth/v3/sign-out\">\n<button>Sign out</button>\n</form>\n");
    Page { status: StatusCode::OK, title: "Signed in", body, leads_to: None }
}

/// The form was not sent by a page of ours.
pub(crate) fn foreign() -> Page {
    let sentence = "It was not sent from this server's own page. Open the page again and fill in the form there.";
    Page::saying(StatusCode::FORBIDDEN, "This form was refused", sentence)
}

/// The form cannot be read.
pub(crate) fn unreadable() -> Page {
    let sentence = "It cannot be read as a form. Open the page again and fill in the form there.";
    Page::saying(StatusCode::BAD_REQUEST, "This form does not work", sentence)
}
