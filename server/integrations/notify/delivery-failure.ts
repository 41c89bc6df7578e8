/** A notification that did not go out, with what follows from it. Its message is safe to show: it holds no secret. */

/**
 * `later`: the receiver may take it another time; `never`: it will not take this message; `gone`: it takes no messages any
 * more.
 */
export type FailureKind = "later" | "never" | "gone";

export class DeliveryFailure extends Error {
  readonly kind: FailureKind;
  /** When the receiver asked to be tried again. */
  readonly afterMs: number | undefined;

  constructor(kind: FailureKind, message: string, afterMs?: number) {
    super(message);
    this.name = "DeliveryFailure";
    this.kind = kind;
    this.afterMs = afterMs;
  }
}
