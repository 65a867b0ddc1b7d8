// Types of the kit, for editors and for policies in TypeScript. What the functions do is said in wardgate-policy.js.

export class Failure extends Error {}

export type Value =
  | { tag: "text"; val: string }
  | { tag: "number"; val: bigint }
  | { tag: "flag"; val: boolean }
  | { tag: "texts"; val: string[] };

export interface Attribute {
  name: string;
  value: Value;
}

export interface Ask {
  tenant: string;
  permission: string;
  attributes: Attribute[];
}

export interface Reason {
  code: string;
  message: string;
}

export interface Obligation {
  name: string;
  arguments: Attribute[];
}

export interface Verdict {
  effect: "deny" | "allow" | "abstain";
  reasons: Reason[];
  obligations: Obligation[];
}

export function allow(...obligations: Obligation[]): Verdict;
export function abstain(): Verdict;
export function deny(code: string, message: string): Verdict;
export function obligation(name: string, members: Record<string, string | number | boolean | string[]>): Obligation;

/** An attribute to read; `T` is what it is in a call. */
export interface Read<T> {
  name: string;
  kind: string;
  readonly is?: T;
}

export function text(name: string): Read<string>;
export function number(name: string): Read<number>;
export function flag(name: string): Read<boolean>;
export function texts(name: string): Read<string[]>;
export function family(name: string): Read<Record<string, string | number | boolean | string[]>>;

/** The shape of settings; `T` is what they are once they fit. */
export interface Shape<T> {
  type: string;
  readonly fits?: T;
}
export type OptionalShape<T> = Shape<T> & { optional: true };

export function optional<T>(what: Read<T>): Read<T | undefined>;
export function optional<T>(what: Shape<T>): OptionalShape<T>;

type Members<M> = {
  [K in keyof M as M[K] extends { optional: true } ? never : K]: M[K] extends Shape<infer T> ? T : never;
} & {
  [K in keyof M as M[K] extends { optional: true } ? K : never]?: M[K] extends Shape<infer T> ? T : never;
};

export const shape: {
  string: Shape<string>;
  boolean: Shape<boolean>;
  integer: Shape<number>;
  size: Shape<number>;
  oneOf<W extends string>(...words: W[]): Shape<W>;
  list<T>(item: Shape<T>): Shape<T[]>;
  object<M extends Record<string, Shape<unknown>>>(members: M): Shape<Members<M>>;
};

export class Problems {
  list: { path: string; message: string }[];
  report(path: string, message: string): void;
  take<T, R>(path: string, value: T, check: (value: T) => R): R | undefined;
  each<T, R>(path: string, items: T[], check: (item: T) => R): (R | undefined)[];
  allowed<T, R>(path: string, items: T[] | undefined, check: (item: T) => R): (R | undefined)[] | undefined;
}

export interface Policy<R extends Record<string, Read<unknown>>, S, Rules> {
  /** The permission patterns that it is written for. */
  permissions: string[];
  /** The attributes that it reads, each under the name that `call` has it by. */
  reads?: R;
  /** The shape of its settings; none if it is left out. */
  settings?: Shape<S>;
  /** Checks settings and turns them into rules: anything that JSON can say. The settings themselves if it is left out. */
  prepare?(settings: S, problems: Problems): Rules;
  /** Decides one call. */
  evaluate(
    rules: Rules,
    call: { readonly [K in keyof R]: R[K] extends Read<infer T> ? T : never },
    ask: Ask,
  ): Verdict;
}

export function definePolicy<R extends Record<string, Read<unknown>>, S, Rules = S>(
  policy: Policy<R, S, Rules>,
): Policy<R, S, Rules>;

export function component(
  policy: Policy<any, any, any>,
  about: { name: string; version: string; settingsSchema?: string },
): object;
