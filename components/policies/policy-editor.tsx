"use client";
/** A draft: the text with its errors by line, its read-back beside it, a trial on real rollouts, and its publication. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { PolicyCheck, PolicyDetail } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CodeArea, moveCaret } from "@/components/ui/code-area";
import { TextArea } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";
import { Loosened, PolicyChanges } from "./policy-changes";
import { PolicyDiff } from "./policy-diff";
import { PolicyTrial } from "./policy-trial";
import { usePolicyCheck } from "./use-policy-check";

interface PolicyEditorProps {
  application: string;
  name: string;
  /** Null for a new one. */
  policy: PolicyDetail | null;
  /** The rollout to replay it on. */
  rolloutId: string | null;
}

/** What a new policy begins with: one limit and one step, to be changed. */
const TEMPLATE = `# Limits that roll a candidate back, and the steps by which it gets its traffic.
thresholds:
  error_rate: { max: 0.05, window: 5m, min_requests: 50, action: rollback }
steps:
  - { canary: 10%, min_duration: 10m, min_requests: 100 }
`;

export function PolicyEditor({ application, name, policy, rolloutId }: PolicyEditorProps): ReactNode {
  const [text, setText] = useState(policy?.text ?? TEMPLATE);
  const { query, isCurrent } = usePolicyCheck({ application, name, text });
  const check = query.data;
  const isValid = check?.issues.length === 0;
  const inForceVersion = policy?.inForceVersion ?? null;
  return (
    <div className="flex flex-col gap-4">
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-3">
          {query.isError && <Notice tone="review">It could not be read back: {failureOf(query.error).detail}</Notice>}
          <DraftText text={text} onText={setText} issues={check?.issues} isCurrent={isCurrent} />
        </div>
        <ReadBackCard check={check} />
      </div>
      {isValid && <DifferenceCard check={check} inForceVersion={inForceVersion} />}
      <PolicyTrial
        application={application}
        name={name}
        text={text}
        isValid={isCurrent && isValid}
        inForceVersion={inForceVersion}
        rolloutId={rolloutId}
      />
      <Publish name={name} text={text} check={isCurrent ? check : undefined} />
    </div>
  );
}

function DraftText(props: {
  text: string;
  onText: (text: string) => void;
  /** Undefined until the first reading. */
  issues: PolicyCheck["issues"] | undefined;
  isCurrent: boolean;
}): ReactNode {
  const { text, onText, issues = [], isCurrent } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  return (
    <>
      <CodeArea
        label="Policy, YAML or JSON"
        value={text}
        onValueChange={onText}
        wrongLines={new Set(issues.flatMap(({ line }) => line ?? []))}
        describedBy="policy-problems"
        areaRef={area}
      />
      <div id="policy-problems" aria-live="polite">
        {issues.length > 0 ? (
          <Problems issues={issues} onShow={(at) => area.current !== null && moveCaret(area.current, at)} />
        ) : (
          <p className="text-sm text-muted">{isCurrent ? "It is valid." : "Reading it…"}</p>
        )}
      </div>
    </>
  );
}

function DifferenceCard({ check, inForceVersion }: { check: PolicyCheck; inForceVersion: number | null }): ReactNode {
  if (inForceVersion === null || check.diff.every(({ kind }) => kind === "same")) return null;
  return (
    <Card title={`Against version ${inForceVersion}, which is in force`}>
      <div className="flex flex-col gap-3">
        {check.loosens.length > 0 && <Loosened loosens={check.loosens} />}
        {check.changes.length > 0 && <PolicyChanges changes={check.changes} />}
        <PolicyDiff lines={check.diff} />
      </div>
    </Card>
  );
}

function Problems(props: {
  issues: PolicyCheck["issues"];
  onShow: (at: { line: number; column: number }) => void;
}): ReactNode {
  const count = props.issues.length === 1 ? "1 thing is wrong" : `${props.issues.length} things are wrong`;
  return (
    <Notice tone="breach">
      <p className="font-medium">{count}:</p>
      <ul className="mt-1 flex flex-col gap-1">
        {props.issues.map(({ line, column, pointer, message }) => (
          <li key={`${line} ${column} ${pointer} ${message}`}>
            {line === null ? (
              message
            ) : (
              <>
                <button
                  type="button"
                  className="min-h-6 font-medium underline underline-offset-2"
                  onClick={() => props.onShow({ line, column: column ?? 1 })}
                >
                  Line {line}, column {column ?? 1}
                </button>
                : {pointer === "" ? "" : `${pointer.slice(1).replaceAll("/", " › ")}: `}
                {message}
              </>
            )}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function ReadBackCard({ check }: { check: PolicyCheck | undefined }): ReactNode {
  return (
    <Card title="What it says">
      {check === undefined && <p className="text-muted">Reading it…</p>}
      {check !== undefined && check.issues.length > 0 && (
        <p className="text-muted">It is read back in plain language once it is valid.</p>
      )}
      {check !== undefined && check.issues.length === 0 && (
        <div className="flex flex-col gap-3">
          <ol className="flex list-decimal flex-col gap-1.5 pl-5">
            {check.sentences.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ol>
          {check.warnings.map(({ rule, message }) => (
            <Notice key={`${rule ?? ""} ${message}`} tone="review">
              {message}
            </Notice>
          ))}
        </div>
      )}
    </Card>
  );
}

function Publish({ name, text, check }: { name: string; text: string; check: PolicyCheck | undefined }): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const [reason, setReason] = useState("");
  const put = useMutation(
    trpc.policies.put.mutationOptions({
      onSuccess: () => setReason(""),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.policies.pathKey() }),
    }),
  );
  return (
    <Card title="Publish">
      <div className="flex flex-col gap-3">
        <p aria-live="polite">{check?.outcome ?? "It is being read."}</p>
        <TextArea
          label="Reason"
          hint="Kept in the audit log, and shown to who approves."
          rows={2}
          value={reason}
          onValueChange={setReason}
        />
        {put.error !== null && (
          <Notice tone="breach" live>
            {failureOf(put.error).detail}
          </Notice>
        )}
        {put.data !== undefined && (
          <Notice tone={put.data.state === "pending" ? "review" : "info"} live>
            {put.data.message}
          </Notice>
        )}
        <Button
          kind="primary"
          size="control"
          className="max-sm:w-full"
          pendingLabel={put.isPending ? "Publishing…" : null}
          disabledReason={publishReason(check, { reason, role: roleReason(me, "release_manager") })}
          onClick={() => put.mutate({ name, document: text, reason: reason.trim() })}
        >
          {check?.needsApproval === true ? `Propose ${name} for approval` : `Publish ${name}`}
        </Button>
      </div>
    </Card>
  );
}

/** Why it cannot be published now; null when it can. */
function publishReason(
  check: PolicyCheck | undefined,
  { reason, role }: { reason: string; role: string | null },
): string | null {
  if (role !== null) return role;
  if (check === undefined) return "It is being read";
  if (check.issues.length > 0) return "It is not valid yet";
  if (check.isUnchanged) return "There is nothing to publish";
  return reason.trim() === "" ? "A reason is needed" : null;
}
