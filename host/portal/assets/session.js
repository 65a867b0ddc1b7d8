// Who is signed in, what he may, and whose things the screens show.

export const CLUSTER = "*";

export const session = {
    // Of the answer of /portal/session; `null` while nobody is signed in.
    who: null,
    // Whose things are shown: a tenant's id, or `*` for the cluster.
    tenant: null,
    // What is known of tenants: id to name.
    names: new Map(),
};

export function isOfCluster() {
    return session.who?.tenant === CLUSTER;
}

// Whether he has the right of this name, as in `Nexus.ApiKeys.canCreate`.
export function may(right) {
    return Boolean(session.who?.rights.includes(right));
}

export function tenantName(id) {
    return id === CLUSTER ? "The cluster" : session.names.get(id) ?? id;
}

// What a person is called at a sign-in.
export function loginName() {
    const { tenant, user } = session.who;
    return tenant === CLUSTER ? user : `${tenant}\\${user}`;
}
