"use client";
/** Whether the chain holds: as the server says, and as this browser has computed by itself. */
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { formatCount } from "@/components/ui/format";
import { ErrorState, Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";
import { verifyExport, type BrowserVerification } from "./verify-export";

const EXPORT_PATH = "/api/v1/audit/export";

function useBrowserVerification() {
  const [progress, setProgress] = useState(0);
  const verification = useMutation({
    mutationFn: async () => {
      setProgress(0);
      return verifyExport(async () => fetch(EXPORT_PATH), setProgress);
    },
  });
  return { verification, progress };
}

export function ChainBadge(): ReactNode {
  const trpc = useTRPC();
  const server = useQuery({ ...trpc.audit.verify.queryOptions({}), staleTime: 60_000, enabled: false });
  const { verification, progress } = useBrowserVerification();
  const broken = [server.data, verification.data].find((result) => result?.valid === false);
  return (
    <section aria-label="Verification" className="flex flex-col gap-2 rounded-md border border-hairline p-3">
      <p className="text-muted">
        Every entry carries the hash of the one before. Check that nothing was changed, dropped or put in between; no
        login is needed to check an export.
      </p>
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
      </div>
      <output className="flex flex-col gap-2">
        {verification.data !== undefined && (
          <Result result={verification.data} where="in this browser" at={verification.submittedAt} />
        )}
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

function Result(props: { result: BrowserVerification; where: string; at: number }): ReactNode {
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
