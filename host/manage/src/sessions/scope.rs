//! What a sign-in is granted, of what it asks for and its key has (reference privmx.md, section 2.6).

use wardgate_domain::Scopes;
use wardgate_domain::scope::Meaning;

use crate::error::Refusal;

/// What a sign-in may ask for, whatever its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Whether there is a WebSocket that a token can be tied to.
    pub(super) connection: bool,
    /// Life of an access token, unless another is asked for, in milliseconds.
    pub(super) access_ms: u64,
    /// Life of a refresh token, which no access token outlives, in milliseconds.
    pub(super) refresh_ms: u64,
}

/// What a session gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) name: Option<String>,
    pub(super) address: Option<String>,
    /// Whether its tokens are tied to the WebSocket.
    pub(super) tied: bool,
    pub(super) access_ms: u64,
    /// What its tokens may do: without the scopes that say something about the session itself.
    pub(super) scopes: Scopes,
}

/// Grants what was `asked` for, or all that the key has.
pub(super) fn grant(key: &Scopes, asked: Option<&Scopes>, bounds: Bounds) -> Result<Granted, Refusal> {
    let (mut name, mut address, mut tied) = (None, None, false);
    let (mut access_ms, mut kept) = (bounds.access_ms, Vec::new());
    for scope in asked.unwrap_or(key) {
        match scope.meaning() {
            Meaning::Session(wanted) => _ = name.get_or_insert_with(|| wanted.to_owned()),
            Meaning::Address(wanted) => _ = address.get_or_insert_with(|| wanted.to_owned()),
            // A key that was made elsewhere may have it; what it meant there is not known here.
            Meaning::ExpiresIn(_) if asked.is_none() => {}
            Meaning::ExpiresIn(wanted) => access_ms = life_ms(wanted, bounds.refresh_ms)?,
            Meaning::Connection if bounds.connection => tied = true,
            Meaning::Connection => return Err(Refusal::cannot_use(scope)),
            _ if key.cover(scope) => kept.push(scope.clone()),
            _ => return Err(Refusal::cannot_use(scope)),
        }
    }
    match key.address() {
        Some(bound) if address.as_deref() != Some(bound) => Err(Refusal::LacksScope(format!("ipAddr:{bound}"))),
        _ => {
            let scopes = Scopes::new(kept).expect("no more scopes than were asked for");
            Ok(Granted { name, address, tied, access_ms, scopes })
        }
    }
}

fn life_ms(text: &str, most: u64) -> Result<u64, Refusal> {
    // Digits alone: a sign would be read as well.
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let life_ms = text.parse().ok().filter(|ms| digits && *ms <= most);
    life_ms.ok_or_else(|| Refusal::InvalidParams(format!("expiresIn must be 0 to {most} milliseconds")))
}

#[cfg(test)]
mod tests {
    use wardgate_domain::Scopes;

    use super::{Bounds, grant};
    use crate::error::Refusal;

    const HTTP: Bounds = Bounds { connection: false, access_ms: 900, refresh_ms: 7_000 };

    fn scopes(words: &str) -> Scopes {
        Scopes::parse(&words.split_whitespace().collect::<Vec<_>>()).expect("legal scopes")
    }

    /// What is granted, as `name address life: scopes`, or what is lacking.
    fn granted(key: &str, asked: Option<&str>, bounds: Bounds) -> String {
        match grant(&scopes(key), asked.map(scopes).as_ref(), bounds) {
            Ok(granted) => {
                let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                let words = granted.scopes.to_texts().join(" ");
                format!("{} {} {}: {words}", or_none(granted.name), or_none(granted.address), granted.access_ms)
            }
            Err(Refusal::LacksScope(what)) => what,
            Err(Refusal::InvalidParams(_)) => "invalid".to_owned(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn each_line_of_the_table_of_scopes_is_as_it_says() {
        #[rustfmt::skip]
        let rows = [
            // key                            asked                                   granted
            ("context thread",                None,                                   "- - 900: context thread"),
            ("context thread",                Some(""),                               "- - 900: "),
            ("context thread",                Some("thread"),                         "- - 900: thread"),
            ("context",                       Some("context thread"),                 "Cannot use thread"),
            ("context",                       Some("Context"),                        "Cannot use Context"),
            ("apiKey",                        Some("apikey"),                         "- - 900: apikey"),
            ("context",                       Some("session:tab context"),            "tab - 900: context"),
            ("context",                       Some("session:a:b"),                    "Cannot use session:a:b"),
            ("context session:own",           None,                                   "own - 900: context"),
            ("context session:own",           Some("context"),                        "- - 900: context"),
            ("context",                       Some("context ipAddr:10.0.0.1"),        "- 10.0.0.1 900: context"),
            ("context",                       Some("ipAddr:2001:db8::1"),             "- 2001:db8::1 900: "),
            ("context ipAddr:10.0.0.1",       None,                                   "- 10.0.0.1 900: context"),
            ("context ipAddr:10.0.0.1",       Some("context ipAddr:10.0.0.1"),        "- 10.0.0.1 900: context"),
            ("context ipAddr:10.0.0.1",       Some("context"),                        "ipAddr:10.0.0.1"),
            ("context ipAddr:10.0.0.1",       Some("context ipAddr:10.0.0.2"),        "ipAddr:10.0.0.1"),
            ("context ipAddr:10.0.0.1",       Some("ipAddr:10.0.0.2 ipAddr:10.0.0.1"), "ipAddr:10.0.0.1"),
            ("context ipAddr:10.0.0.1",       Some(""),                               "ipAddr:10.0.0.1"),
            ("context solution:*",            Some("solution:a"),                     "- - 900: solution:a"),
            ("context solution:*",            Some("solution:*"),                     "- - 900: solution:*"),
            ("context solution:a",            Some("solution:a"),                     "- - 900: solution:a"),
            ("context solution:a",            Some("solution:b"),                     "Cannot use solution=b"),
            ("context solution:a",            Some("solution:*"),                     "Cannot use solution=*"),
            ("context",                       Some("solution:a"),                     "Cannot use solution=a"),
            ("solution:*",                    Some("solution"),                       "Cannot use solution"),
            ("context",                       Some("context expiresIn:5"),            "- - 5: context"),
            ("context",                       Some("expiresIn:0"),                    "- - 0: "),
            ("context",                       Some("expiresIn:7000"),                 "- - 7000: "),
            ("context",                       Some("expiresIn:7001"),                 "invalid"),
            ("context",                       Some("expiresIn:-1"),                   "invalid"),
            ("context",                       Some("expiresIn:+1"),                   "invalid"),
            ("context",                       Some("expiresIn:1.5"),                  "invalid"),
            ("context",                       Some("expiresIn:"),                     "invalid"),
            ("context",                       Some("expiresIn"),                      "invalid"),
            ("context",                       Some("expiresIn:99999999999999999999"), "invalid"),
            ("context expiresIn:x",           None,                                   "- - 900: context"),
            ("context",                       Some("context connection"),             "Cannot use connection"),
            ("context connection",            None,                                   "Cannot use connection"),
            ("nexus:consumer:*",              Some("nexus:consumer:chat"),            "- - 900: nexus:consumer:chat"),
            ("nexus:consumer:*",              Some("nexus:designer:chat"),            "Cannot use nexus:designer:chat"),
            ("thread",                        Some("privmx:thread:listThreads"),      "- - 900: privmx:thread:listThreads"),
            ("no-such-scope",                 Some("no-such-scope"),                  "- - 900: no-such-scope"),
            ("*",                             Some("thread"),                         "Cannot use thread"),
            ("*",                             Some("other"),                          "Cannot use other"),
        ];
        for (key, asked, expected) in rows {
            assert_eq!(granted(key, asked, HTTP), expected, "key {key:?}, asked {asked:?}");
        }
    }

    #[test]
    fn a_token_is_tied_to_its_connection_where_there_is_one() {
        let socket = Bounds { connection: true, ..HTTP };
        assert_eq!(granted("context", Some("context connection"), socket), "- - 900: context");
        assert_eq!(granted("context connection", None, socket), "- - 900: context");
    }
}
