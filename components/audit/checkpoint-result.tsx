/** The newest signed checkpoint, and what holding the log against it came to, in words. */
import type { ReactNode } from "react";
import type { AuditWitness } from "@/components/data/outputs";
import { CopyButton } from "@/components/ui/copy-button";
import { formatCount } from "@/components/ui/format";
import { Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";
import { keyFingerprint, type Checkpoint } from "@/server/domain/audit/checkpoint";
import { countWords } from "@/server/domain/words/count-words";
import type { CheckpointCheck, CheckpointVerdict } from "./checkpoint-check";

/** `Last checkpoint: entry 1,024, signed 10:00 UTC by key 3f2a…`. */
export function CheckpointLine({ checkpoint }: { checkpoint: Checkpoint | null }): ReactNode {
  if (checkpoint === null) {
    return <p className="text-muted">No checkpoint is signed yet; the first is within the hour.</p>;
  }
  const fingerprint = keyFingerprint(checkpoint.publicKey);
  return (
    <p className="flex flex-wrap items-center gap-x-1.5">
      Last checkpoint: entry {formatCount(checkpoint.size)}, signed{" "}
      <Time at={checkpoint.time} precision="second" short relative />
      <span className="inline-flex items-center">
        by key <code className="ml-1">{fingerprint.slice(0, 16)}</code>
        <CopyButton text={fingerprint} label="fingerprint of the signing key" />
      </span>
    </p>
  );
}

/** What the application's own repository keeps; nothing where it keeps nothing and is not asked to. */
export function WitnessLine({ witness }: { witness: AuditWitness }): ReactNode {
  const { configured, kept, waiting, error } = witness;
  if (!configured) {
    return (
      <p className="text-muted">
        No git repository keeps the checkpoints: connect one that Switchback may write to, or keep them elsewhere.
      </p>
    );
  }
  const where = "this application’s git repository, branch switchback/audit";
  return (
    <>
      <p className="text-muted">
        {kept === null ? (
          `The next checkpoint goes to ${where}.`
        ) : (
          <>
            Kept in {where}: up to entry {formatCount(kept.size)}, <Time at={kept.at} short relative />.
          </>
        )}
      </p>
      {error !== null && (
        <Notice tone="review">
          {countWords(waiting, "checkpoint")} could not be pushed yet: {error}
        </Notice>
      )}
    </>
  );
}

const GOOD: ReadonlySet<CheckpointVerdict> = new Set(["agrees", "unchecked_signature"]);

/** What is wrong, and with whom. */
export function verdictWords({ verdict, checkpoint, kept }: CheckpointCheck): string {
  const entry = formatCount(checkpoint.size);
  switch (verdict) {
    case "agrees":
      return `It tells the history that was signed at entry ${entry}; the signature is the key’s.`;
    case "unchecked_signature":
      return `It tells the history of the checkpoint at entry ${entry}. This browser cannot check the signature, which takes https: switchback audit verify can.`;
    case "bad_signature":
      return `The checkpoint at entry ${entry} was not signed by the key it names: it was changed.`;
    case "too_short":
      return `The export ends before entry ${entry}, which was signed: its end is missing.`;
    case "other_history":
      return `The log tells another history than the one that was signed at entry ${entry}: it was rewritten.`;
    case "rewritten":
      return `At an earlier visit this browser kept entry ${formatCount(kept?.size ?? 0)} with another hash: the log was rewritten since.`;
    default:
      return verdict satisfies never;
  }
}

export function CheckpointResult({ check }: { check: CheckpointCheck }): ReactNode {
  const isGood = GOOD.has(check.verdict);
  return (
    <>
      {isGood ? (
        <span className="flex flex-wrap items-center gap-2">
          <StatusBadge status={check.verdict === "agrees" ? "pass" : "collecting"}>
            {check.verdict === "agrees" ? "Signed" : "Signature not checked"}
          </StatusBadge>
          <span className="min-w-0">
            {verdictWords(check)}
            {check.kept !== null && ` It continues what this browser kept at entry ${formatCount(check.kept.size)}.`}
          </span>
        </span>
      ) : (
        <Notice tone="breach">{verdictWords(check)}</Notice>
      )}
      {check.otherKey && (
        <Notice tone="review">
          Checkpoints are signed by another key than at an earlier visit of this browser: ask whoever runs this
          installation why.
        </Notice>
      )}
    </>
  );
}
