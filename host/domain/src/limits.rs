//! Every bound that is not an operator's to set, by name and unit. What an operator may set starts from a value here.

use crate::rate::Rate;

/// Grants of one credential.
pub const GRANTS_PER_CREDENTIAL: usize = 128;
/// Length of a permission or grant, in bytes.
pub const PERMISSION_BYTES: usize = 256;
/// Segments of a permission or grant.
pub const PERMISSION_SEGMENTS: usize = 8;
/// Length of a credential that is looked at at all, in bytes.
pub const CREDENTIAL_BYTES: usize = 256;
/// Length of a name given to a key, in characters.
pub const KEY_NAME_CHARS: usize = 256;
/// Keys of one tenant, unless its file says otherwise.
pub const KEYS_PER_TENANT: u32 = 10_000;
/// Keys shown on one page.
pub const KEYS_PER_PAGE: u32 = 1_000;
/// Things shown on one page of a list where the caller does not say how many.
pub const PAGE_DEFAULT: u32 = 100;
/// Web origins of one key.
pub const ORIGINS_PER_KEY: usize = 64;
/// Address ranges of one key.
pub const ADDRESSES_PER_KEY: usize = 64;
/// How long a key works on after it was rotated, unless the caller says otherwise, in seconds.
pub const KEY_OVERLAP_S: u32 = 24 * 3_600;
/// How long a key may work on after it was rotated, in seconds.
pub const KEY_OVERLAP_MOST_S: u32 = 30 * 24 * 3_600;
/// Communication keys that are good at a time, while gateways go over to the newest.
pub const COMMUNICATION_KEYS: usize = 8;
/// Length that a communication key has at least which the operator gives, in characters.
pub const COMMUNICATION_KEY_LEAST_CHARS: usize = 22;
/// Signing keys of one tenant (reference privmx.md, section 2.4).
pub const SIGNING_KEYS_PER_TENANT: u32 = 10;
/// Sessions of all signing keys of one tenant; the next one takes the oldest one's place.
pub const SESSIONS_PER_TENANT: usize = 16;
/// Solutions of one tenant.
pub const SOLUTIONS_PER_TENANT: u32 = 1_000;
/// Contexts of one tenant.
pub const CONTEXTS_PER_TENANT: u32 = 10_000;
/// Solutions that one context is shared with.
pub const SHARES_PER_CONTEXT: u32 = 1_000;
/// Shares of all contexts of one tenant.
pub const SHARES_PER_TENANT: u32 = 20_000;
/// Users of one context.
pub const MEMBERS_PER_CONTEXT: u32 = 10_000;
/// Things of a list that are read at a time while a query goes through it.
pub const LIST_CHUNK: u32 = 500;
/// Queries that go through lists at a time; one of each tenant.
pub const LIST_SCANS: usize = 2;
/// How long a query may wait for its turn, in milliseconds.
pub const LIST_SCAN_WAIT_MS: u64 = 1_000;
/// Length of a file that is imported, in bytes.
pub const EXCHANGE_BYTES: u64 = 64 * 1024 * 1024;
/// How far a signature's time may be from ours, both ways, in milliseconds: less than this.
pub const CLOCK_WINDOW_MS: u64 = 600_000;
/// Nonces remembered at a time.
pub const NONCES: usize = 4_000_000;
/// The part of all nonces that one tenant may take up: one in this many.
pub const NONCE_SHARES: usize = 4;
/// Life of a signing key's access token, in milliseconds.
pub const ACCESS_TOKEN_MS: u64 = 15 * 60 * 1_000;
/// Life of a signing key's refresh token from its last use, in milliseconds.
pub const REFRESH_TOKEN_MS: u64 = 7 * 24 * 3_600 * 1_000;
/// Length of an `Authorization` header that is looked at at all, in bytes: the longest name and secret, in base64, fit.
pub const AUTHORIZATION_BYTES: usize = 1_100;
/// How long a connection to a tenant's backend may take to be made, in milliseconds.
pub const BACKEND_CONNECT_MS: u64 = 2_000;
/// How long a tenant's backend may take over one call, look-ups included, in milliseconds.
pub const BACKEND_WAIT_MS: u64 = 10_000;
/// Length of a backend's answer, in bytes.
pub const BACKEND_ANSWER_BYTES: usize = 1024 * 1024;
/// Connections kept open to one backend while nobody needs them.
pub const BACKEND_IDLE_CONNECTIONS: usize = 8;
/// How long they are kept, in milliseconds.
pub const BACKEND_IDLE_MS: u64 = 30_000;
/// Calls for all backends under way at a time.
pub const BACKEND_CALLS: usize = 256;
/// Calls for one tenant's backend under way at a time.
pub const BACKEND_CALLS_PER_TENANT: usize = 64;
/// Length of a web origin, in bytes.
pub const ORIGIN_BYTES: usize = 256;
/// OAuth clients.
pub const CLIENTS: u32 = 1_000;
/// Length of a client's name, in characters.
pub const CLIENT_NAME_CHARS: usize = 256;
/// Length of a client's description, in characters.
pub const CLIENT_DESCRIPTION_CHARS: usize = 1_024;
/// Length of a client's secret that is given and not made, in characters: at least.
pub const CLIENT_SECRET_MIN_CHARS: usize = 16;
/// Length of a client's secret that is given and not made, in characters: at most.
pub const CLIENT_SECRET_MAX_CHARS: usize = 128;
/// Addresses that one client may have users sent back to; also the scopes and the authorities that it may name.
pub const CLIENT_WORDS: usize = 64;
/// Length of a scope or authority that a client names, in bytes.
pub const CLIENT_WORD_BYTES: usize = 128;
/// Tenants that one client may be bound to.
pub const TENANTS_PER_CLIENT: usize = 1_000;
/// Life of an access token of an OAuth client, in seconds: at most.
pub const CLIENT_ACCESS_S: u32 = 24 * 3_600;
/// Tenants.
pub const TENANTS: u32 = 100_000;
/// Tenants shown on one page.
pub const TENANTS_PER_PAGE: u32 = 1_000;
/// Length of a tenant's name, in characters.
pub const TENANT_NAME_CHARS: usize = 256;
/// Length of the address of a tenant's backend, in bytes.
pub const BACKEND_ADDRESS_BYTES: usize = 1_024;
/// Settings of one tenant.
pub const SETTINGS_PER_TENANT: u32 = 256;
/// Length of a setting's location or name, in bytes.
pub const SETTING_NAME_BYTES: usize = 128;
/// Length of a setting's value, in bytes.
pub const SETTING_VALUE_BYTES: usize = 16 * 1024;
/// Web origins in one setting.
pub const ORIGINS_PER_SETTING: usize = 64;
/// Life of an ID token, in seconds.
pub const ID_TOKEN_S: u32 = 300;
/// Life of a signed token that says whose a call is, in seconds.
pub const USER_JWT_S: u32 = 60;
/// Routes of one tenant.
pub const ROUTES_PER_TENANT: usize = 256;
/// Policies of one tenant.
pub const POLICIES_PER_TENANT: usize = 32;
/// Policies whose settings are looked at at a time.
pub const POLICY_PREPARES: usize = 2;
/// How long a new policy may wait for that, in milliseconds.
pub const POLICY_PREPARE_WAIT_MS: u64 = 1_000;
/// Uploads that are in memory at a time.
pub const UPLOADS_AT_A_TIME: usize = 16;
/// Uploads of one tenant that are in memory at a time.
pub const UPLOADS_AT_A_TIME_PER_TENANT: usize = 4;
/// How long an upload may wait for room, in milliseconds.
pub const UPLOAD_WAIT_MS: u64 = 5_000;
/// Uploaded modules that are compiled at a time.
pub const COMPILES_AT_A_TIME: usize = 2;
/// Uploaded modules of one tenant that wait or are compiled.
pub const COMPILES_UNDERWAY_PER_TENANT: usize = 4;
/// Modules remembered that used up what compiling may use.
pub const POISONED_MODULES: usize = 10_000;
/// Length of an uploaded module, in MiB.
pub const POLICY_MODULE_MIB: u32 = 24;
/// Versions kept of one policy.
pub const POLICY_VERSIONS: u32 = 50;
/// Time for which one tenant's modules are compiled on one day, in seconds.
pub const POLICY_COMPILE_S: u32 = 1_800;
/// Calls in a hundred that a shadow may be asked about.
pub const POLICY_SHADOW_PERCENT: u32 = 100;
/// Cases that a version is tried on at a time.
pub const CASES_PER_TRIAL: usize = 1_000;
/// Settings of one policy, in bytes of JSON.
pub const POLICY_SETTINGS_BYTES: usize = 64 * 1024;
/// Time for which one evaluation may run, in milliseconds.
pub const POLICY_MS: u32 = 10;
/// Linear memory of one instance, in MiB.
pub const POLICY_MEMORY_MIB: u32 = 16;
/// Slow evaluations of one tenant at a time.
pub const POLICY_CONCURRENCY_PER_TENANT: u32 = 2;
/// How long a slow evaluation may wait for its turn, in milliseconds.
pub const POLICY_WAIT_MS: u64 = 50;
/// Credentials remembered in memory.
pub const CACHED_CREDENTIALS: usize = 200_000;
/// Unknown credentials remembered in memory.
pub const CACHED_UNKNOWNS: usize = 50_000;
/// Tenants remembered in memory.
pub const CACHED_TENANTS: usize = 20_000;
/// Rate limits counted in memory.
pub const COUNTED_RATES: usize = 400_000;
/// Decisions waiting to be written.
pub const DECISIONS_WAITING: usize = 65_536;
/// How long a decision waits before it is written, in milliseconds.
pub const DECISION_FLUSH_MS: u64 = 250;
/// How long decisions are kept, in days.
pub const DECISIONS_KEPT_DAYS: i64 = 30;
/// What is kept of one tenant's decisions, in bytes.
pub const DECISION_BYTES_PER_TENANT: u64 = 512 * 1024 * 1024;
/// How long decisions stay counted by the minute, in hours.
pub const USAGE_MINUTES_KEPT_HOURS: i64 = 48;
/// How long decisions stay counted by the hour, in days.
pub const USAGE_HOURS_KEPT_DAYS: i64 = 400;
/// Minutes or hours that one answer about usage may reach over: a day of minutes, two months of hours.
pub const USAGE_BUCKETS: i64 = 1_500;
/// Minutes or hours that it reaches over where the caller does not say since when.
pub const USAGE_BUCKETS_DEFAULT: i64 = 60;
/// Length of a method that a decision record keeps, in bytes.
pub const RECORDED_METHOD_BYTES: usize = 16;
/// Length of a path that a decision record keeps, in bytes.
pub const RECORDED_PATH_BYTES: usize = 512;
/// Length of an ask that a decision record keeps for replay, in bytes.
pub const KEPT_ASK_BYTES: usize = 8 * 1024;
/// What kept asks may take up while their decisions wait to be written, in bytes; beyond it they are left out.
pub const KEPT_ASKS_WAITING_BYTES: usize = 64 * 1024 * 1024;
/// Decisions that are looked at for one page of a list of them.
pub const LISTED_DECISIONS: u32 = 20_000;
/// Entries of an audit log that are looked at for one page of it.
pub const LISTED_ENTRIES: u32 = 20_000;
/// Decisions that one replay looks at.
pub const REPLAY_DECISIONS: usize = 100_000;
/// Flips that one replay lists.
pub const REPLAY_FLIPS: usize = 1_000;
/// Permissions by which flips are counted apart.
pub const FLIP_PERMISSIONS: usize = 256;
/// Replays under way at a time; one of each owner of policies.
pub const REPLAYS_AT_A_TIME: usize = 2;
/// Threads that one replay keeps busy.
pub const REPLAY_THREADS: usize = 2;
/// How long one replay may take, in seconds.
pub const REPLAY_WALL_S: u64 = 60;
/// Calls that wait for all shadows.
pub const SHADOW_WAITING: usize = 4_096;
/// Calls that wait for one shadow.
pub const SHADOW_WAITING_EACH: u64 = 512;
/// Flips that are kept of one shadow as examples.
pub const SHADOW_EXAMPLES: usize = 20;
/// How long shadows may be asked for each time that decisions are written, in milliseconds.
pub const SHADOW_TURN_MS: u64 = 100;
/// Time in which the failures of a policy are counted together, in milliseconds.
pub const BREAKER_WINDOW_MS: i64 = 10_000;
/// Evaluations in that time before a policy can be found to fail too often.
pub const BREAKER_EVALUATIONS: u64 = 20;
/// Failures in a hundred of them that are too many.
pub const BREAKER_PERCENT: u64 = 50;
/// How long a policy that failed too often is not asked, in milliseconds; then one call tries.
pub const BREAKER_OPEN_MS: i64 = 30_000;
/// Asks in one check.
pub const ASKS_PER_CHECK: usize = 50;
/// How long one check may take, in milliseconds.
pub const CHECK_MS: u64 = 10_000;
/// Passwords hashed at a time: each takes 19 MiB and a core (security rule 4).
pub const PASSWORDS_AT_A_TIME: usize = 2;
/// How long a sign-in may wait for its password to be hashed, in milliseconds.
pub const PASSWORD_WAIT_MS: u64 = 5_000;
/// Length of a password that is hashed, in bytes.
pub const PASSWORD_BYTES: usize = 1_024;
/// Length that a new password has at least, in bytes.
pub const PASSWORD_LEAST_BYTES: usize = 8;
/// Wrong passwords for one account from one network, before that network waits.
pub const FAILURES_PER_ACCOUNT_AND_NETWORK: Rate = Rate { capacity: 10, frequency_s: 600 };
/// Wrong passwords for one account from all networks that he never signed in from, before all such networks wait.
pub const FAILURES_PER_ACCOUNT: Rate = Rate { capacity: 100, frequency_s: 3_600 };
/// Wrong passwords for any accounts from one network, before it waits.
pub const WRONG_PASSWORDS_PER_NETWORK: Rate = Rate { capacity: 100, frequency_s: 600 };
/// Wrong secrets for one client from one network, before that network waits.
pub const FAILURES_PER_CLIENT_AND_NETWORK: Rate = Rate { capacity: 100, frequency_s: 600 };
/// Wrong secrets for any clients from one network, before it waits.
pub const WRONG_SECRETS_PER_NETWORK: Rate = Rate { capacity: 300, frequency_s: 600 };
/// Accounts whose failures are counted, and pairs of account and network.
pub const COUNTED_ACCOUNTS: usize = 100_000;
/// Networks remembered of each account that signed in from them, the latest ones.
pub const KNOWN_NETWORKS_PER_ACCOUNT: usize = 8;
/// Users of one tenant.
pub const USERS_PER_TENANT: u32 = 10_000;
/// Length of a given or family name, in characters.
pub const PERSON_NAME_CHARS: usize = 256;
/// Length of an e-mail address, in bytes (RFC 5321 section 4.5.3.1.3).
pub const EMAIL_BYTES: usize = 254;
/// How long a look-up on the decision path may wait for the database, in milliseconds.
pub const LOOKUP_WAIT_MS: u64 = 2_000;
/// Failed credentials of one network before the next unknown one is turned away unread.
pub const FAILURES_PER_NETWORK: Rate = Rate { capacity: 300, frequency_s: 60 };
/// Networks whose failures are counted.
pub const COUNTED_NETWORKS: usize = 100_000;
/// How stale a key's time of last use may be on disk, in milliseconds.
pub const LAST_USED_STALE_MS: i64 = 60_000;
/// Length of a redirect URI, in bytes.
pub const REDIRECT_URI_BYTES: usize = 2_048;
/// Length of a `nonce` of an authorisation request, in bytes.
pub const NONCE_BYTES: usize = 512;
/// App Spaces of one tenant.
pub const APP_SPACES_PER_TENANT: u32 = 100;
/// Length of the name of an App Space or of its provider, in characters.
pub const APP_SPACE_NAME_CHARS: usize = 256;
/// Public addresses of one App Space.
pub const BASE_URLS_PER_APP_SPACE: usize = 4;
/// Length of such an address, in bytes.
pub const BASE_URL_BYTES: usize = 256;
/// Request Origins of one tenant.
pub const REQUEST_ORIGINS_PER_TENANT: u32 = 1_000;
/// Users bound to one App Space.
pub const APP_USERS_PER_APP_SPACE: u32 = 100_000;
/// Length of what an App Space's services call a user, in characters.
pub const APP_USER_ACCOUNT_CHARS: usize = 256;
/// Length of what they say of him, in bytes.
pub const APP_USER_INFO_BYTES: usize = 4_096;
/// Callbacks of one Request Origin.
pub const CALLBACKS_PER_ORIGIN: usize = 32;
/// How far the time of a Request Origin's signature may be from ours, both ways, in milliseconds: less than this.
pub const CX1_WINDOW_MS: u64 = 300_000;
/// Scopes of one provider; also the audiences that its tokens may have.
pub const PROVIDER_WORDS: usize = 16;
/// Length of a client id, a scope, an audience or a claim's name at a provider, in bytes.
pub const PROVIDER_WORD_BYTES: usize = 256;
/// Length of the secret that we show to a provider, in bytes.
pub const PROVIDER_SECRET_BYTES: usize = 1_024;
/// App Spaces of all tenants that one token may belong to by its issuer and audience; the oldest count.
pub const APP_SPACES_PER_AUDIENCE: u32 = 8;
/// Life of an authorisation code, in seconds.
pub const CODE_S: u32 = 60;
/// How long the credential manager waits for somebody to use it before it ends, in seconds.
pub const ADMIN_IDLE_S: u64 = 300;
/// Life of a link by which somebody signs in without his password, in seconds.
pub const SIGN_IN_LINK_S: u32 = 600;
/// Life of a browser's session, whatever its use: 12 hours, in seconds.
pub const BROWSER_SESSION_S: u32 = 12 * 3_600;
/// Life of a browser's session from the last time that it gave a client a code, in seconds.
pub const BROWSER_IDLE_S: u32 = 3_600;
/// Life of a session of the portal, whatever its use: 12 hours, in seconds.
pub const PORTAL_SESSION_S: u32 = 12 * 3_600;
/// Life of a session of the portal from its last use, in seconds.
pub const PORTAL_IDLE_S: u32 = 1_800;
/// How stale the end of an idle session of the portal may be, in seconds: a use within it is not written down.
pub const PORTAL_IDLE_STALE_S: u32 = 60;
/// How long a session of the portal may change things after its user showed who he is, in seconds (security rule 80).
pub const PORTAL_CONFIRMED_S: u32 = 300;
/// How often a browser's report of a breach of the pages' policy is written to the log, in milliseconds: one in this time.
pub const PORTAL_REPORT_LOG_MS: i64 = 1_000;
/// Life of a token family, whatever its refreshes: 30 days, in seconds (security rule 46).
pub const FAMILY_S: u32 = 30 * 24 * 3_600;
/// Length of a provider's answer, in bytes.
pub const PROVIDER_ANSWER_BYTES: usize = 256 * 1_024;
/// How long a provider may take for one answer, in milliseconds.
pub const PROVIDER_WAIT_MS: u64 = 5_000;
/// Keys of one provider that are looked at.
pub const PROVIDER_KEYS: usize = 64;
/// Providers whose answers are in memory.
pub const PROVIDERS_KNOWN: usize = 1_024;
/// How old a provider's answers may be before they are fetched anew, behind the calls: an hour, in milliseconds.
pub const PROVIDER_FRESH_MS: i64 = 3_600 * 1_000;
/// How old they may be at most, while a provider is down: a day, in milliseconds.
pub const PROVIDER_STALE_MS: i64 = 24 * 3_600 * 1_000;
/// How long a provider is left alone after it was asked, in milliseconds.
pub const PROVIDER_AGAIN_MS: i64 = 10_000;
/// Length of a provider's token, in bytes.
pub const JWT_BYTES: usize = 8 * 1_024;
/// How far a provider's clock may be from ours, in milliseconds.
pub const JWT_LEEWAY_MS: i64 = 60_000;
/// How long somebody may take to sign in at his provider: 10 minutes, in seconds.
pub const PROVIDER_SIGN_IN_S: u32 = 600;
/// How long ago somebody may have shown his provider who he is, where he goes there to show that it is still he: 2 minutes, in
/// milliseconds.
pub const PROVIDER_CONFIRMED_MS: i64 = 120_000;
/// Length of a code that a provider sends, in bytes.
pub const PROVIDER_CODE_BYTES: usize = 4_096;
