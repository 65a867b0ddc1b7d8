// The kit for writing a Wardgate policy in JavaScript: typed settings, typed attributes, a verdict, and `component`,
// which makes the three functions of the contract of them. It holds nothing between two calls: each has its own instance.

/** What an author throws to say "I could not decide". It refuses the call, and the words are kept for the tenant. */
export class Failure extends Error {}

/** Helps editors: the same policy, with its types. */
export function definePolicy(policy) {
  return policy;
}

// --- Verdicts ---

/** This policy has nothing against the call, on these conditions. */
export function allow(...obligations) {
  return { effect: "allow", reasons: [], obligations };
}

/** This policy has no opinion about the call. */
export function abstain() {
  return { effect: "abstain", reasons: [], obligations: [] };
}

/** The call stops here. The code is for machines (`a-z 0-9 _`), the message for people; the caller sees neither. */
export function deny(code, message) {
  return { effect: "deny", reasons: [{ code, message }], obligations: [] };
}

/** Something that the enforcing side must do if it lets the call pass: `obligation("header", { name: "x-policy-tier",
 * value: "gold" })`. One that cannot do it refuses the call. */
export function obligation(name, members) {
  return { name, arguments: Object.entries(members).map(([name, value]) => ({ name, value: tagged(value) })) };
}

function tagged(val) {
  if (typeof val === "number") return { tag: "number", val: BigInt(val) };
  if (typeof val === "boolean") return { tag: "flag", val };
  return { tag: Array.isArray(val) ? "texts" : "text", val };
}

// --- Attributes ---

const KINDS = { text: "a text", number: "a number", flag: "a flag", texts: "a list of texts" };

/** An attribute that is a text. */
export const text = (name) => ({ name, kind: "text" });
/** An attribute that is a whole number. */
export const number = (name) => ({ name, kind: "number" });
/** An attribute that is true or false. */
export const flag = (name) => ({ name, kind: "flag" });
/** An attribute that is a list of texts. */
export const texts = (name) => ({ name, kind: "texts" });
/** A family such as `request.header.*`: an object of whatever the call has of it. */
export const family = (name) => ({ name, kind: "family" });
/** An attribute, or a member of the settings, that need not be there. */
export const optional = (what) => ({ ...what, optional: true });

function plain(name, { tag, val }) {
  if (tag !== "number") return val;
  const value = Number(val);
  if (!Number.isSafeInteger(value)) throw new Failure(`the attribute ${name} is too large a number`);
  return value;
}

function readFamily(attributes, pattern) {
  const prefix = pattern.slice(0, -1);
  const members = attributes.filter(({ name }) => name.startsWith(prefix));
  return Object.fromEntries(members.map(({ name, value }) => [name.slice(prefix.length), plain(name, value)]));
}

function read(attributes, { name, kind, optional }) {
  if (kind === "family") return readFamily(attributes, name);
  const found = attributes.find((attribute) => attribute.name === name);
  if (found === undefined) {
    if (optional) return undefined;
    throw new Failure(`the attribute ${name} is missing`);
  }
  if (found.value.tag !== kind) throw new Failure(`the attribute ${name} is not ${KINDS[kind]}`);
  return plain(name, found.value);
}

/** The call as its policy declared it. Each attribute is looked up when it is asked for, so that one which these settings
 * do not need may be missing. */
function callOf(reads, ask) {
  const call = {};
  for (const [member, attribute] of Object.entries(reads)) {
    Object.defineProperty(call, member, { enumerable: true, get: () => read(ask.attributes, attribute) });
  }
  return call;
}

// --- Settings ---

/** Everything that is wrong with the settings, so that their author sees it all at once. */
export class Problems {
  list = [];

  /** Reports one problem at a JSON pointer such as `/hours/0/from`. */
  report(path, message) {
    this.list.push({ path, message });
  }

  /** What `check` makes of a value; what it throws is reported at `path`. */
  take(path, value, check) {
    try {
      return check(value);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.report(path, error.message);
      return undefined;
    }
  }

  /** Checks each item of a list, reporting at `path/INDEX` those that are wrong. */
  each(path, items, check) {
    return items.map((item, at) => this.take(`${path}/${at}`, item, check));
  }

  /** As `each`, for a list of what is allowed: absent it allows everything. Empty it would refuse every call, which is
   * never what its author meant, so that is reported. */
  allowed(path, items, check) {
    if (items === undefined) return undefined;
    if (items.length === 0) this.report(path, "an empty list would refuse every call; leave it out to allow all");
    return this.each(path, items, check);
  }
}

const SCALARS = {
  string: [(value) => typeof value === "string", "must be a text"],
  boolean: [(value) => typeof value === "boolean", "must be true or false"],
  integer: [Number.isSafeInteger, "must be a whole number"],
  size: [(value) => Number.isSafeInteger(value) && value >= 0, "must be a whole number, at least 0"],
};

/** The shapes that settings have. Members that are not named are problems. */
export const shape = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  integer: { type: "integer" },
  size: { type: "size" },
  oneOf: (...words) => ({ type: "oneOf", words }),
  list: (item) => ({ type: "list", item }),
  object: (members) => ({ type: "object", members }),
};

/** RFC 6901: `~` and `/` within a member's name are escaped. */
const pointer = (path, member) => `${path}/${String(member).replaceAll("~", "~0").replaceAll("/", "~1")}`;

function fit(value, wanted, path, problems) {
  if (wanted.type === "oneOf") {
    if (!wanted.words.includes(value)) problems.report(path, `must be one of ${wanted.words.join(", ")}`);
  } else if (wanted.type === "list") {
    if (!Array.isArray(value)) return problems.report(path, "must be a list");
    value.forEach((item, at) => fit(item, wanted.item, pointer(path, at), problems));
  } else if (wanted.type === "object") {
    fitObject(value, wanted.members, path, problems);
  } else {
    const [is, otherwise] = SCALARS[wanted.type];
    if (!is(value)) problems.report(path, otherwise);
  }
}

function fitObject(value, members, path, problems) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return problems.report(path, "must be an object");
  }
  for (const member of Object.keys(value)) {
    if (!Object.hasOwn(members, member)) problems.report(pointer(path, member), "is not a setting");
  }
  for (const [member, wanted] of Object.entries(members)) {
    if (Object.hasOwn(value, member)) fit(value[member], wanted, pointer(path, member), problems);
    else if (!wanted.optional) problems.report(pointer(path, member), "is missing");
  }
}

function parse(json) {
  try {
    return JSON.parse(json.trim() === "" ? "{}" : json);
  } catch (error) {
    throw [{ path: "", message: `must be JSON: ${error.message}` }];
  }
}

// --- The contract ---

/** The interface `wardgate:policy/policy` of a policy. What its functions throw, other than an `Error`, is the contract's
 * error; whatever else goes wrong in `evaluate` is told as the author's failure, too. */
export function component(policy, { name, version, settingsSchema }) {
  const settingsShape = policy.settings ?? shape.object({});
  return {
    describe() {
      const reads = Object.values(policy.reads ?? {}).map((attribute) => attribute.name);
      return { name, version, permissions: [...policy.permissions], reads, settingsSchema };
    },

    prepare(json) {
      const settings = parse(json);
      const problems = new Problems();
      fit(settings, settingsShape, "", problems);
      if (problems.list.length > 0) throw problems.list;
      const rules = policy.prepare ? policy.prepare(settings, problems) : settings;
      if (problems.list.length > 0) throw problems.list;
      return new TextEncoder().encode(JSON.stringify(rules));
    },

    evaluate(prepared, ask) {
      try {
        const rules = JSON.parse(new TextDecoder().decode(prepared));
        return policy.evaluate(rules, callOf(policy.reads ?? {}, ask), ask);
      } catch (error) {
        throw error instanceof Failure ? error.message : `an error in the policy: ${error}`;
      }
    },
  };
}
