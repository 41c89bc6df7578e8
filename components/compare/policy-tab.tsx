/** The policy that judges, in plain words. */
import type { ReactNode } from "react";
import type { Compare } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/states";

const EVIDENCE = {
  confident: "A breach counts once the evidence is strong enough to hold however often it is looked at.",
  window: "A breach counts once enough windows in a row lie beyond the limit.",
} as const;

export function PolicyTab({ compare }: { compare: Compare }): ReactNode {
  const { policy } = compare;
  if (policy === null) {
    return (
      <EmptyState title="No policy judges this comparison">
        Two releases are compared outside a rollout: the numbers are shown, nothing is decided on them.
      </EmptyState>
    );
  }
  return (
    <Card title={`${policy.name}, version ${policy.version}`} note={EVIDENCE[policy.evidence]}>
      <ol className="flex list-decimal flex-col gap-1.5 pl-5">
        {policy.sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ol>
    </Card>
  );
}
