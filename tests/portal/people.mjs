// Who signs in, as the test says.

const said = JSON.parse(process.env.PEOPLE);

// The first tenant's admin, and the cluster's.
export const admin = said.admin;
export const operator = said.operator;
