/** `Idempotency-Key`: the same key with the same request gets the same answer; with another request it is refused. */
import { createHash } from "node:crypto";
import type { z } from "zod";
import { conflict, invalidInput } from "@/server/domain/errors";
import type { ApiContext } from "@/server/api/context";
import { EdgeError } from "@/server/api/problem";
import type { ControlTx } from "@/server/store/control/database";
import { addIdempotencyKey, findIdempotencyKey } from "@/server/store/control/idempotency";

export interface IdempotentCall {
  key: string;
  requestHash: string;
}

/**
 * The key of a write and the hash of its request, or undefined when the caller sent none.
 *
 * @throws DomainError `invalid_input` for an empty or overlong key.
 */
export function readIdempotencyKey(
  header: string | string[] | undefined,
  request: { method: string; url: string; bytes: Buffer },
): IdempotentCall | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== "string" || !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw invalidInput("Idempotency-Key must be 1 to 255 printable characters without blanks, given once");
  }
  const requestHash = createHash("sha256")
    .update(`${request.method} ${request.url}\n`)
    .update(request.bytes)
    .digest("hex");
  return { key: header, requestHash };
}

/**
 * The kept answer for this call, if there is one.
 *
 * @throws EdgeError `unprocessable` when the key belongs to another request.
 */
export function replayAnswer(
  context: ApiContext,
  call: IdempotentCall & { actorId: string },
): { status: number; body: string } | undefined {
  const kept = findIdempotencyKey(context.control, call);
  if (kept === undefined) return undefined;
  if (kept.requestHash === call.requestHash) return { status: kept.status, body: kept.body };
  throw new EdgeError("unprocessable", `Idempotency-Key ${call.key} was used for another request: take a new key`);
}

/** Keeps the answer inside the write's own transaction; if another call used the key meanwhile, the write is undone. */
export function recorder(
  context: ApiContext,
  call: IdempotentCall & { actorId: string; output: z.ZodType; statusOf: (output: unknown) => number },
): (tx: ControlTx, result: unknown) => void {
  const { actorId, key, requestHash } = call;
  return (tx, result) => {
    if (findIdempotencyKey(tx, call) !== undefined) {
      throw conflict(
        `another request with Idempotency-Key ${key} has just been answered: send it again for its answer`,
      );
    }
    const output = call.output.parse(result);
    const status = call.statusOf(output);
    addIdempotencyKey(tx, {
      actorId,
      key,
      requestHash,
      status,
      body: JSON.stringify(output),
      createdAtMs: context.nowMs,
    });
  };
}
