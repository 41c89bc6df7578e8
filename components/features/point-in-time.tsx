"use client";
/** One feature's value at an instant, as evaluated, beside what a request was served with. */
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { FeatureViewItem, Inputs, PointInTime as Found } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { Facts } from "@/components/ui/card";
import { SelectField, TextField } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";

/** Only where an evaluation set was handed in is there anything to look up. */
export function PointInTime(props: { application: string; view: FeatureViewItem }): ReactNode {
  const { application, view } = props;
  const trpc = useTRPC();
  const features = [...new Set(view.drift.map((row) => row.feature))].toSorted();
  const [typed, setTyped] = useState({ feature: features[0] ?? "", entity: "", when: "" });
  const [asked, setAsked] = useState<Inputs["features"]["pointInTime"] | null>(null);
  const query = useQuery({
    ...trpc.features.pointInTime.queryOptions(asked ?? { application, view: view.view, feature: "-", entity: "-" }),
    enabled: asked !== null,
    retry: false,
  });
  if (view.evaluationSet === null) return null;
  const missing = typed.entity.trim() === "" || typed.when.trim() === "" ? "An entity and an instant are needed" : null;
  return (
    <details>
      <summary className="cursor-pointer font-medium">Look a value up at a point in time</summary>
      <form
        className="mt-2 flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing === null) setAsked(questionOf({ application, view: view.view, typed }));
        }}
      >
        <SelectField
          label="Feature"
          options={features.map((feature) => ({ value: feature, label: feature }))}
          value={typed.feature}
          onValueChange={(feature) => setTyped({ ...typed, feature })}
        />
        <TextField
          label="Entity"
          placeholder="service=payments"
          value={typed.entity}
          onChange={(event) => setTyped({ ...typed, entity: event.target.value })}
        />
        <TextField
          label="Instant, or a request’s id"
          placeholder="2026-04-10T12:00:00Z"
          value={typed.when}
          onChange={(event) => setTyped({ ...typed, when: event.target.value })}
        />
        <Button type="submit" disabledReason={missing}>
          Look up
        </Button>
      </form>
      {query.error !== null && (
        <div className="mt-2">
          <Notice tone="breach" live>
            {failureOf(query.error).detail}
          </Notice>
        </div>
      )}
      {query.data !== undefined && <Answer found={query.data} />}
    </details>
  );
}

/** What reads as a time is one; anything else names a request. */
function questionOf(given: {
  application: string;
  view: string;
  typed: { feature: string; entity: string; when: string };
}): Inputs["features"]["pointInTime"] {
  const { application, view, typed } = given;
  const when = typed.when.trim();
  const isTime = /^\d{4}-\d{2}-\d{2}T/.test(when);
  const of = { application, view, feature: typed.feature, entity: typed.entity.trim() };
  return isTime ? { ...of, at: when } : { ...of, requestId: when };
}

function Answer({ found }: { found: Found }): ReactNode {
  const { at, evaluation, serving, equal } = found;
  return (
    <Facts
      className="mt-3"
      items={[
        { label: "At", value: <Time at={at} precision="second" /> },
        { label: "Evaluated with", value: <Dated dated={evaluation} none="no value held at that instant" /> },
        { label: "Served with", value: <Dated dated={serving} none="no request was named, or it carried none" /> },
        {
          label: "Same",
          value:
            equal === null ? (
              <span className="text-muted">cannot be told: one of them is not known</span>
            ) : equal ? (
              <StatusBadge status="pass">Yes</StatusBadge>
            ) : (
              <StatusBadge status="breach">No</StatusBadge>
            ),
        },
      ]}
    />
  );
}

function Dated(props: { dated: { value?: unknown; timestamp: string | null } | null; none: string }): ReactNode {
  const { dated, none } = props;
  if (dated === null) return <span className="text-muted">{none}</span>;
  return (
    <>
      <code>{JSON.stringify(dated.value)}</code>
      {dated.timestamp !== null && (
        <span className="text-muted">
          {" "}
          from <Time at={dated.timestamp} precision="second" />
        </span>
      )}
    </>
  );
}
