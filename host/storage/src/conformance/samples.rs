//! One of each thing, with every field away from its default.

use std::sync::Arc;

use uuid::Uuid;
use wardgate_domain::address::AddressRanges;
use wardgate_domain::app_space::AppSpace;
use wardgate_domain::app_user::AppUser;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::callback::Callbacks;
use wardgate_domain::client::{Client, GrantType};
use wardgate_domain::context::{Context, ContextScope, Member};
use wardgate_domain::denial::DenialCode;
use wardgate_domain::fact::Fact;
use wardgate_domain::kept::RecordedAsk;
use wardgate_domain::key::{Key, KeyFormat};
use wardgate_domain::origin::Origins;
use wardgate_domain::policy::{Binding, ModuleDigest, PolicyVersion, Standing};
use wardgate_domain::provider::{JwsAlgorithm, OpenIdProvider, Provider};
use wardgate_domain::public_key::PublicKey;
use wardgate_domain::rate::Rate;
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::request_origin::{OriginCredential, OriginKind, OriginSecret, RequestOrigin};
use wardgate_domain::secret::{PlainSecret, SecretHash, SharedSecret};
use wardgate_domain::signing_key::{SigningKey, Verifier};
use wardgate_domain::solution::Solution;
use wardgate_domain::tenant::{Tenant, TenantLimits, TenantState};
use wardgate_domain::token::{CodeBinding, Family, Holder, Session, Token, TokenKind};
use wardgate_domain::user::{PasswordHash, Right, Role, User};
use wardgate_domain::verdict::{Effect, Failure, Obligation, Opinion, Reason, Verdict};
use wardgate_domain::{
    AppSpaceId, AppUserId, ClientId, ContextId, DecisionId, FamilyId, Grants, KeyId, MemberId, Permission, PolicyName,
    Random, Scopes, SolutionId, Timestamp, UserId, UserName,
};

use crate::Change;

use super::tenant_id;

/// A moment, `ms` after the start of every test.
pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(1_700_000_000_000 + ms)
}

/// The hash that only `seed` has.
pub(super) fn hash(seed: u32) -> SecretHash {
    let mut bytes = [0; 32];
    bytes[28..].copy_from_slice(&seed.to_be_bytes());
    SecretHash(bytes)
}

pub(super) fn event(action: &'static str) -> AuditEvent {
    AuditEvent { actor: "a\\alice".to_owned(), action, target: "k1".to_owned(), detail: r#"{"name":"Ä"}"#.to_owned() }
}

pub(super) fn tenant(id: &str) -> Tenant {
    let limits = TenantLimits {
        calls: Some(Rate { capacity: 11, frequency_s: 12 }),
        keys: 13,
        policy_ms: 14,
        policy_memory_mib: 15,
        policy_concurrency: 16,
        policy_module_mib: 17,
        policy_versions: 18,
        policy_compile_s: 19,
        policy_shadow_percent: 20,
    };
    Tenant {
        id: tenant_id(id),
        name: "Ä & Söhne".to_owned(),
        state: TenantState::Suspended,
        limits,
        backend: Some("http://127.0.0.1:3000/api".to_owned()),
    }
}

/// A key whose handle and hash are the numbers given.
pub(super) fn key(tenant: &str, id: u32, seed: u32) -> Key {
    Key {
        id: key_id(id),
        tenant: tenant_id(tenant),
        hash: hash(seed),
        format: KeyFormat::Wardgate,
        last4: "wxyz".to_owned(),
        name: "Schlüssel \"1\"".to_owned(),
        grants: grants(),
        enabled: false,
        expires: Some(at(100)),
        revoked: Some(at(50)),
        rate: Rate { capacity: 7, frequency_s: 8 },
        origins: Origins::parse(&["https://shop.example", "https://*.club.example:8443"]).expect("legal origins"),
        addresses: AddressRanges::parse(&["203.0.113.7", "2001:db8::/32"]).expect("legal ranges"),
        line: key_id(77),
        replaced_by: Some(key_id(78)),
        created: at(i64::from(id)),
        created_by: "a\\alice".to_owned(),
        last_used: Some(at(40)),
    }
}

pub(super) fn key_id(id: u32) -> KeyId {
    KeyId::parse(&format!("k{id}")).expect("a legal key id")
}

pub(super) fn user(tenant: &str, name: &str) -> User {
    User {
        id: UserId(Uuid::from_u128(17)),
        tenant: tenant_id(tenant),
        name: UserName::parse(name).expect("a legal user name"),
        password: PasswordHash("$argon2id$…".to_owned()),
        password_set: at(4),
        role: Role::Viewer,
        privileges: [Right::CreateKeys, Right::ReadUsers].into_iter().collect(),
        app_spaces: [AppSpaceId(Uuid::from_u128(3))].into(),
        grants: grants(),
        enabled: false,
        email: Some("alice@example.com".to_owned()),
        given_name: Some("Älice".to_owned()),
        family_name: Some("Smith".to_owned()),
        created: at(3),
    }
}

pub(super) fn client(id: &str) -> Client {
    Client {
        id: ClientId::parse(id).expect("a legal client id"),
        secret: Some(hash(99)),
        name: "Wäb".to_owned(),
        description: "a client \"of\" the web".to_owned(),
        grant_types: GrantType::ALL.to_vec(),
        redirect_uris: vec!["https://app.example.com/cb?a=1".to_owned()],
        scopes: vec!["*".to_owned(), "openid".to_owned()],
        authorities: vec!["ROLE_INTERNAL_CLIENT".to_owned()],
        internal: true,
        tenants: Some(vec![tenant_id("a")]),
        grants: grants(),
        access_s: 300,
        refresh_s: 3_600,
        enabled: false,
        created: at(4),
    }
}

pub(super) fn binding(tenant: &str, name: &str) -> Binding {
    Binding {
        tenant: tenant_id(tenant),
        name: PolicyName::parse(name).expect("a legal policy name"),
        version: 1,
        module: ModuleDigest([0xab; 32]),
        permissions: grants(),
        settings: r#"{"zone":"Europe/Berlin"}"#.to_owned(),
    }
}

pub(super) fn version(binding: &Binding) -> PolicyVersion {
    PolicyVersion { binding: binding.clone(), replaced: None, created: at(7), author: r"a\alice".to_owned() }
}

/// Keeps `binding` and puts it into force.
pub(super) async fn put_in_force(change: &mut Change, binding: &Binding) {
    let standing = Standing { active: Some(binding.version), shadow: None, newest: binding.version };
    change.put_policy(&binding.name, standing).await.unwrap();
    change.put_component(binding.module, b"a component".to_vec()).await.unwrap();
    change.insert_policy_version(&version(binding)).await.unwrap();
}

pub(super) fn family(tenant: &str, id: u128) -> Family {
    Family {
        id: FamilyId(Uuid::from_u128(id)),
        tenant: tenant_id(tenant),
        holder: Holder::User(UserName::parse("alice").expect("a legal user name"), client("web").id),
        scope: "read write".to_owned(),
        created: at(5),
        ends: at(10_000),
        revoked: None,
    }
}

/// A key with a secret of its own.
pub(super) fn signing_key(tenant: &str, id: u32) -> SigningKey {
    let secret = SharedSecret::new(PlainSecret::new(secret_of(id)));
    SigningKey {
        id: key_id(id),
        tenant: tenant_id(tenant),
        verifier: Verifier::Secret(Arc::new(secret)),
        name: "Unterschrift \"1\"".to_owned(),
        scopes: scopes(),
        enabled: false,
        created: at(i64::from(id)),
        created_by: "a\\alice".to_owned(),
    }
}

/// The secret of the key that [`signing_key`] makes.
pub(super) fn secret_of(id: u32) -> String {
    format!("Ein Geheimnis, das nirgends steht: {id}")
}

pub(super) fn public_signing_key(tenant: &str, id: u32) -> SigningKey {
    let line = "MCowBQYDK2VwAyEADsSTjY2wnm1iwWamIWwLTPVhtTIb8TVlI8tts3wkhkQ=";
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{line}\n-----END PUBLIC KEY-----");
    let public_key = PublicKey::from_pem(&pem).expect("a public key");
    SigningKey { verifier: Verifier::PublicKey(Arc::new(public_key)), ..signing_key(tenant, id) }
}

pub(super) fn app_space(tenant: &str, id: u32) -> AppSpace {
    AppSpace {
        id: AppSpaceId(Uuid::from_u128(id.into())),
        tenant: tenant_id(tenant),
        name: "Laden \"1\"".to_owned(),
        base_urls: vec!["https://shop.example".to_owned()],
        provider: Provider::Simple,
        created: at(i64::from(id)),
    }
}

/// An App Space whose provider knows the secret of [`secret_of`].
pub(super) fn openid_app_space(tenant: &str, id: u32) -> AppSpace {
    let openid = OpenIdProvider {
        name: "Anbieter".to_owned(),
        discovery_url: "https://id.example/.well-known/openid-configuration".to_owned(),
        client_id: "wardgate".to_owned(),
        secret: Some(Arc::new(PlainSecret::new(secret_of(id)))),
        scopes: vec!["openid".to_owned()],
        sign_in: true,
        audiences: vec!["api".to_owned(), format!("api-{id}")],
        algorithms: vec![JwsAlgorithm::Rs256, JwsAlgorithm::EdDsa],
        subject_claim: "sub".to_owned(),
        grants_claim: Some("scope".to_owned()),
        grants: grants(),
    };
    AppSpace { provider: Provider::OpenId(Box::new(openid)), ..app_space(tenant, id) }
}

/// An origin of the App Space with the same number: an HMAC secret after a Basic one.
pub(super) fn request_origin(tenant: &str, id: u32) -> RequestOrigin {
    let secret = SharedSecret::new(PlainSecret::new(secret_of(id)));
    let current = OriginSecret::Hmac(Arc::new(secret));
    RequestOrigin {
        id: key_id(id),
        tenant: tenant_id(tenant),
        app_space: AppSpaceId(Uuid::from_u128(id.into())),
        name: "Dienst \"1\"".to_owned(),
        enabled: false,
        role: Role::Member,
        grants: grants(),
        kind: OriginKind::Hmac,
        current: Some(OriginCredential { secret: current, last4: "abcd".to_owned(), made: at(3) }),
        previous: Some((
            OriginCredential { secret: OriginSecret::Basic(hash(id)), last4: "efgh".to_owned(), made: at(2) },
            at(9),
        )),
        callbacks: Callbacks::parse(&["https://shop.example/cb/{*}"]).expect("legal callbacks"),
        created: at(1),
        created_by: "a\\alice".to_owned(),
        last_used: Some(at(4)),
    }
}

/// A user of the App Space with the number `space`.
pub(super) fn app_user(space: u32, id: u32) -> AppUser {
    AppUser {
        id: AppUserId(Uuid::from_u128((space * 100 + id).into())),
        app_space: AppSpaceId(Uuid::from_u128(space.into())),
        account: format!("user {id}"),
        info: Some("Grüße".to_owned()),
        created: at(1),
        bound: at(2),
    }
}

/// A session of the key `k1`.
pub(super) fn session(tenant: &str, id: u128, created: Timestamp) -> Family {
    let session = Session {
        key: key_id(1),
        name: Some("panel".to_owned()),
        scopes: scopes(),
        address: Some("::1".to_owned()),
        connection: Some(uuid::Uuid::from_u128(7)),
        access_ms: 900_000,
    };
    Family { holder: Holder::Key(session), created, scope: "*".to_owned(), ..family(tenant, id) }
}

pub(super) fn token(family: &Family, kind: TokenKind, seed: u32) -> Token {
    Token {
        hash: hash(seed),
        kind,
        family: family.id,
        scope: "read".to_owned(),
        issued: at(6),
        expires: at(1_000),
        spent: None,
        code: (kind == TokenKind::Code).then(|| CodeBinding {
            redirect_uri: Some("https://app.example.com/cb".to_owned()),
            challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned()),
            nonce: None,
            signed_in: at(4),
        }),
    }
}

pub(super) fn solution(tenant: &str, id: u32) -> Solution {
    let (tenant, name) = (tenant_id(tenant), "Lösung \"1\"".to_owned());
    Solution { id: solution_id(id), tenant, name, created: at(i64::from(id)) }
}

pub(super) fn solution_id(id: u32) -> SolutionId {
    SolutionId::parse(&format!("solution {id}")).expect("a legal solution id")
}

/// A context of solution 1, shared with the solutions 3 and 2.
pub(super) fn context(tenant: &str, id: u32) -> Context {
    Context {
        id: context_id(id),
        tenant: tenant_id(tenant),
        solution: solution_id(1),
        shares: vec![solution_id(3), solution_id(2)],
        name: "Zusammenhang \"1\"".to_owned(),
        description: "für alle".to_owned(),
        scope: ContextScope::Public,
        policy: r#"{"thread":{"get":"owner&user"}}"#.to_owned(),
        created: at(i64::from(id)),
        modified: at(60),
    }
}

pub(super) fn context_id(id: u32) -> ContextId {
    ContextId::parse(&format!("context {id}")).expect("a legal context id")
}

pub(super) fn member(context: u32, id: u32) -> Member {
    Member {
        context: context_id(context),
        id: member_id(id),
        public_key: format!("Key{id}"),
        acl: "ALLOW ALL\nDENY thread/WRITE".to_owned(),
        created: at(i64::from(id)),
    }
}

pub(super) fn member_id(id: u32) -> MemberId {
    MemberId::parse(&format!("user {id}")).expect("a legal user id")
}

/// A decision that no two calls share.
pub(crate) fn decision(tenant: &str, at: Timestamp, random: &Random) -> DecisionRecord {
    DecisionRecord {
        id: random.decision_id(at),
        at,
        tenant: tenant_id(tenant),
        denial: Some(DenialCode::PolicyDenied),
        permission: Some(Permission::parse("nexus:consumer:chat").expect("a legal permission")),
        subject: Some("k1".into()),
        client_address: Some([192, 0, 2, 1].into()),
        method: Some("GET".into()),
        path: Some("/v1/chat".into()),
        opinions: Vec::new(),
        ask: RecordedAsk::Unneeded,
    }
}

/// One opinion of each kind that there is.
pub(super) fn opinions() -> Vec<Opinion> {
    let verdict = Verdict {
        effect: Effect::Abstain,
        reasons: vec![Reason { code: "late".to_owned(), message: "Es ist zu spät".to_owned() }],
        obligations: vec![Obligation { name: "limit".to_owned(), arguments: facts() }],
    };
    let failures = [
        Failure::Timeout,
        Failure::Memory,
        Failure::Trap("unreachable".to_owned()),
        Failure::Refused("no zone".to_owned()),
        Failure::BadAnswer("too many reasons"),
        Failure::Host("gone".to_owned()),
    ];
    let effect = |effect| Ok(Arc::new(Verdict { effect, reasons: Vec::new(), obligations: Vec::new() }));
    [Ok(Arc::new(verdict)), effect(Effect::Allow), effect(Effect::Deny)]
        .into_iter()
        .chain(failures.map(Err))
        .map(|outcome| Opinion {
            owner: tenant_id("*"),
            policy: PolicyName::parse("hours").expect("a legal policy name"),
            version: 3,
            fell_back: true,
            outcome,
            remembered: true,
            cost_us: 17,
        })
        .collect()
}

/// A decision's id that was never given.
pub(super) fn unknown_decision() -> DecisionId {
    Random::seeded(0).decision_id(at(0))
}

fn facts() -> Vec<(String, Fact)> {
    let texts = vec!["a".to_owned(), String::new()];
    [Fact::Text("x".to_owned()), Fact::Number(-5), Fact::Flag(true), Fact::Texts(texts)]
        .into_iter()
        .map(|fact| ("name".to_owned(), fact))
        .collect()
}

/// Among them one that means nothing.
pub(super) fn scopes() -> Scopes {
    Scopes::parse(&["apiKey", "solution:s 1", "no such scope \"!\""]).expect("legal scopes")
}

fn grants() -> Grants {
    Grants::parse(&["nexus:consumer:*", "a:*:b"]).expect("legal grants")
}
