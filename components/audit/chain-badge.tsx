"use client";
/** Whether the chain holds: as the server says, and as this browser has computed by itself, up to the signed checkpoint. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC, useTRPCClient } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { useLiveQuery } from "@/components/data/live";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { formatCount } from "@/components/ui/format";
import { ErrorState, Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";
import { checkCheckpoint, keptCheckpoint, verifySignature, type CheckpointCheck } from "./checkpoint-check";
import { CheckpointLine, CheckpointResult, WitnessLine } from "./checkpoint-result";
import { verifyExport, type BrowserVerification } from "./verify-export";

const EXPORT_PATH = "/api/v1/audit/export";
const CHECKPOINT_PATH = "/api/v1/audit/checkpoints?limit=1";

interface Verified extends BrowserVerification {
  /** Null before the first checkpoint is signed. */
  check: CheckpointCheck | null;
}

function useBrowserVerification() {
  const client = useTRPCClient();
  const [progress, setProgress] = useState(0);
  const verification = useMutation({
    mutationFn: async (): Promise<Verified> => {
      setProgress(0);
      // Asked for first: the export then reaches at least as far.
      const [checkpoint] = (await client.audit.checkpoints.query({ limit: 1 })).items;
      const kept = keptCheckpoint.get();
      const wanted = [checkpoint, kept].flatMap((one) => (one == null ? [] : [one.size]));
      const result = await verifyExport(async () => fetch(EXPORT_PATH), setProgress, wanted);
      if (checkpoint === undefined) return { ...result, check: null };
      const signed = await verifySignature(checkpoint);
      const check = checkCheckpoint({ checkpoint, kept, hashAt: result.hashAt, signed });
      const isGood = check.verdict === "agrees" || check.verdict === "unchecked_signature";
      if (result.valid && isGood) keptCheckpoint.set(checkpoint);
      return { ...result, check };
    },
  });
  return { verification, progress };
}

export function ChainBadge({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const server = useQuery({ ...trpc.audit.verify.queryOptions({}), staleTime: 60_000, enabled: false });
  const { verification, progress } = useBrowserVerification();
  const broken = [server.data, verification.data].find((result) => result?.valid === false);
  return (
    <section aria-label="Verification" className="flex flex-col gap-2 rounded-md border border-hairline p-3">
      <p className="text-muted">
        Every entry carries the hash of the one before, and checkpoints are signed. Check that nothing was changed,
        dropped or put in between; no login is needed to check an export.
      </p>
      <Checkpoints application={application} />
      <div className="flex flex-wrap items-center gap-3">
        <Button
          kind="primary"
          pendingLabel={verification.isPending ? `Verifying… ${formatCount(progress)} entries` : null}
          onClick={() => verification.mutate()}
        >
          Verify in this browser
        </Button>
        <Button pendingLabel={server.isFetching ? "Verifying…" : null} onClick={() => void server.refetch()}>
          Verify on the server
        </Button>
        <a href={EXPORT_PATH} download className="quiet-link">
          Export (NDJSON)
        </a>
        <a href={CHECKPOINT_PATH} download="switchback-checkpoint.json" className="quiet-link">
          Checkpoint (JSON)
        </a>
      </div>
      <output className="flex flex-col gap-2">
        {verification.data !== undefined && <InBrowser verified={verification.data} at={verification.submittedAt} />}
        {server.data !== undefined && (
          <Result result={server.data} where="on the server" at={Date.parse(server.data.verifiedAt)} />
        )}
        {verification.error !== null && (
          <Notice tone="breach">The export could not be verified: {verification.error.message}.</Notice>
        )}
        {server.error !== null && <Notice tone="breach">{failureOf(server.error).detail}</Notice>}
      </output>
      {broken !== undefined && (
        <ErrorState
          title="The audit chain is broken"
          detail={`The first entry that does not fit is #${broken.firstBroken ?? "unknown"}. Entries before it still hold.`}
          stillTrue="Keep a copy of the database and of the export before anything else is done."
        />
      )}
    </section>
  );
}

/** The newest signed checkpoint, and where it is kept beside the database. */
function Checkpoints({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const newest = useQuery({ ...trpc.audit.checkpoints.queryOptions({ limit: 1 }), ...useLiveQuery() });
  const witness = useQuery({ ...trpc.audit.witness.queryOptions({ application }), ...useLiveQuery() });
  return (
    <>
      {newest.data !== undefined && <CheckpointLine checkpoint={newest.data.items[0] ?? null} />}
      {witness.data !== undefined && <WitnessLine witness={witness.data} />}
    </>
  );
}

function InBrowser({ verified, at }: { verified: Verified; at: number }): ReactNode {
  return (
    <>
      <Result result={verified} where="in this browser" at={at} />
      {verified.check !== null && <CheckpointResult check={verified.check} />}
    </>
  );
}

function Result(props: {
  result: Pick<BrowserVerification, "entries" | "valid" | "head">;
  where: string;
  at: number;
}): ReactNode {
  const { result, where, at } = props;
  return (
    <span className="flex flex-wrap items-center gap-2">
      <StatusBadge status={result.valid ? "pass" : "breach"}>{result.valid ? "Verified" : "Broken"}</StatusBadge>
      {formatCount(result.entries)} entries {where}, <Time at={at} precision="second" short />
      <span className="inline-flex items-center text-sm text-muted">
        head <code className="ml-1">{result.head.slice(0, 16)}</code>
        <CopyButton text={result.head} label="hash of the newest entry" />
      </span>
    </span>
  );
}
