/** What differs between two versions of a policy, in sentences; and what that takes away from its rollback rules. */
import type { ReactNode } from "react";
import type { PolicyCheck } from "@/components/data/outputs";
import { Notice } from "@/components/ui/states";

export function PolicyChanges({ changes }: { changes: PolicyCheck["changes"] }): ReactNode {
  return (
    <ul className="flex flex-col gap-2">
      {changes.map(({ rule, before, after }) => (
        <li key={`${rule ?? ""} ${before ?? ""} ${after ?? ""}`} className="flex flex-col gap-0.5">
          {before !== null && (
            <del className="text-muted">
              <span className="sr-only">was: </span>
              {before}
            </del>
          )}
          {after !== null && (
            <ins className="font-medium no-underline">
              <span className="sr-only">now: </span>
              {before === null ? "New: " : ""}
              {after}
            </ins>
          )}
          {after === null && <span className="text-sm text-muted">gone</span>}
        </li>
      ))}
    </ul>
  );
}

/** Each way in which a rollback rule protects less than before. */
export function Loosened({ loosens }: { loosens: PolicyCheck["loosens"] }): ReactNode {
  return (
    <Notice tone="review">
      <p className="font-medium">
        {loosens.length === 1 ? "It loosens a rollback rule:" : "It loosens rollback rules:"}
      </p>
      <ul className="mt-1 flex list-disc flex-col gap-0.5 pl-5">
        {loosens.map(({ sentence }) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </Notice>
  );
}
