/** How a command ends, for scripts: the one place that says what the numbers mean. */

export const EXIT = {
  done: 0,
  /** The gate, the chain or the server says no. */
  refused: 1,
  /** Wrong usage, or the answer could not be found out. */
  unknown: 2,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something the person at the keyboard can put right: what is wrong and how. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
