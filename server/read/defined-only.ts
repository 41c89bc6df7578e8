/** Leaves out members that are undefined: "absent" and "undefined" differ under exact optional types. */

/** The members of `T`, those that may be undefined made optional instead. */
export type DefinedOnly<T> = {
  [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key];
} & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** `{a: 1, b: undefined}` → `{a: 1}`. */
export function definedOnly<T extends object>(value: T): DefinedOnly<T> {
  // Exactly the undefined members are gone, which is what the type says.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as DefinedOnly<T>;
}
