/**
 * Moves an alias of a registry that has no compare-and-set: read, write, read again. The window between them is
 * milliseconds; whoever wins it is seen by the next look at the alias.
 */
import type { MlflowClient } from "./mlflow-client";

export interface RegistryMove {
  model: string;
  alias: string;
  /** The version that the alias should point at now; null: unset. Undefined: nothing is known, whatever it is. */
  expect: string | null | undefined;
  to: string;
}

/** `unchanged`: it pointed there already. `conflict`: somebody else moved it, and it was left alone. */
export interface RegistryMoveResult {
  outcome: "moved" | "unchanged" | "conflict";
  before: string | null;
  observed: string | null;
}

/** @throws MlflowFailure when the registry refuses or cannot be reached. */
export async function moveRegistryAlias(client: MlflowClient, move: RegistryMove): Promise<RegistryMoveResult> {
  const { model, alias, expect, to } = move;
  const before = (await client.findAlias({ model, alias })) ?? null;
  if (before === to) return { outcome: "unchanged", before, observed: before };
  if (expect !== undefined && before !== expect) return { outcome: "conflict", before, observed: before };
  await client.setAlias({ model, alias, version: to });
  const observed = (await client.findAlias({ model, alias })) ?? null;
  return { outcome: observed === to ? "moved" : "conflict", before, observed };
}
