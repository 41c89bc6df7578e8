"use client";
/** Every part of the design system in every state, for looking at while developing. */
import { useState, type ReactNode } from "react";
import { ChartCursorProvider } from "@/components/charts/chart-cursor";
import { ForestPlot } from "@/components/charts/forest-plot";
import { Sparkline } from "@/components/charts/sparkline";
import { WindowDots } from "@/components/charts/window-dots";
import { CompareChart } from "@/components/compare/compare-chart";
import { RollbackStepper } from "@/components/rollback/rollback-stepper";
import { ThemeToggle } from "@/components/shell/theme-toggle";
import { Button, ButtonLink } from "@/components/ui/button";
import { ClockProvider } from "@/components/ui/clock";
import { Card, Facts } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { SelectField, TextArea, TextField } from "@/components/ui/field";
import { Freshness } from "@/components/ui/freshness";
import { Metric, MetricDifference } from "@/components/ui/metric";
import { Sentence, type Tone } from "@/components/ui/sentence";
import { ShortId } from "@/components/ui/short-id";
import { LoadingState } from "@/components/ui/loading-state";
import { EmptyState, ErrorState, Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { STATUSES } from "@/components/ui/status-glyph";
import { Tabs } from "@/components/ui/tabs";
import { Time } from "@/components/ui/time";
import { ChangeChips } from "@/components/vocabulary/release";
import { SAMPLE_NOW, sampleChanges } from "./sample-base";
import { sampleCompare, sampleRow } from "./sample-compare";
import { sampleProgress } from "./sample-rollback";

const TONES: readonly Tone[] = ["ok", "review", "breach", "info", "neutral", "unknown"];
const NOTICE_TONES = ["review", "breach", "info", "neutral"] as const;

function Words(): ReactNode {
  return (
    <Card title="Words and numbers">
      <div className="flex flex-col gap-3">
        {TONES.map((tone) => (
          <Sentence key={tone} tone={tone} note="data to 04:02:02 UTC">
            Candidate a0e277e breaches p95 time to first token (910 ms over 850 ms for 3 of 3 windows).
          </Sentence>
        ))}
        <div className="flex flex-wrap gap-2">
          {STATUSES.map((status) => (
            <StatusBadge key={status} status={status}>
              {status.replaceAll("_", " ")}
            </StatusBadge>
          ))}
          <StatusBadge status="pass" quiet>
            quiet pass
          </StatusBadge>
        </div>
        <Facts
          items={[
            { label: "Time", value: <Time at={SAMPLE_NOW} precision="second" relative /> },
            {
              label: "Metric",
              value: <Metric point={{ value: 910, lower: 868, upper: 952, count: 1204 }} unit="ms" />,
            },
            {
              label: "No data",
              value: <Metric point={{ value: null, lower: null, upper: null, count: 0 }} unit="ms" />,
            },
            {
              label: "Clear",
              value: (
                <MetricDifference difference={{ absolute: 60, ratio: 0.071, clear: true, better: false }} unit="ms" />
              ),
            },
            {
              label: "Not clear",
              value: (
                <MetricDifference difference={{ absolute: 2, ratio: 0.01, clear: false, better: false }} unit="ms" />
              ),
            },
            { label: "Release", value: <ShortId id="698df6d1a4" label="release id" copy /> },
            { label: "Changes", value: <ChangeChips changes={sampleChanges} none="none" /> },
          ]}
        />
        {(["fresh", "late", "stale", "none"] as const).map((state) => (
          <Freshness
            key={state}
            value={{ state, dataTo: new Date(SAMPLE_NOW).toISOString(), asOf: new Date(SAMPLE_NOW).toISOString() }}
          />
        ))}
      </div>
    </Card>
  );
}

function Controls(): ReactNode {
  const [isOpen, setIsOpen] = useState(false);
  const [text, setText] = useState("p95 above its limit");
  const [tab, setTab] = useState<"one" | "two">("one");
  return (
    <Card title="Controls">
      <div className="flex flex-col gap-4">
        <div className="flex flex-wrap items-center gap-2">
          <Button kind="primary">Primary</Button>
          <Button kind="danger" size="control">
            Roll back production to 698df6d
          </Button>
          <Button>Plain</Button>
          <Button kind="ghost">Ghost</Button>
          <Button size="small">Small</Button>
          <Button pendingLabel="Requesting…">Approve</Button>
          <Button disabledReason="Needs the role release manager; you are on-call">Approve</Button>
          <ButtonLink href="/gallery">Link</ButtonLink>
          <Button onClick={() => setIsOpen(true)}>Open a dialog</Button>
        </div>
        <div className="grid gap-3 sm:grid-cols-3">
          <TextField label="Search" placeholder="id, trace, 03:50" />
          <TextField label="Broken" error="must be a time like 03:50" defaultValue="3:5" />
          <SelectField
            label="Track"
            options={[{ value: "all", label: "all tracks" }]}
            onValueChange={() => undefined}
          />
        </div>
        <TextArea label="Reason" hint="Kept in the audit log." value={text} onValueChange={setText} />
        <Tabs
          label="Parts"
          value={tab}
          onChange={setTab}
          tabs={[
            { value: "one", title: "Metrics", count: 6, content: "Rows" },
            { value: "two", title: "Segments", content: "Cells" },
          ]}
        />
        <Dialog
          open={isOpen}
          onClose={() => setIsOpen(false)}
          title="Roll back production"
          description="Nothing happens yet."
        >
          <RollbackStepper progress={sampleProgress} />
        </Dialog>
      </div>
    </Card>
  );
}

function Charts(): ReactNode {
  return (
    <Card title="Charts">
      <ChartCursorProvider>
        <div className="grid gap-6 lg:grid-cols-2">
          {sampleCompare.rows.map((row) => (
            <CompareChart key={row.metric} compare={sampleCompare} row={row} stale={false} />
          ))}
          <CompareChart compare={{ ...sampleCompare, mode: "shadow" }} row={sampleCompare.rows[1] ?? sampleRow} stale />
        </div>
      </ChartCursorProvider>
      <div className="mt-4 flex flex-wrap items-center gap-6">
        <ForestPlot estimate={186} lower={121} upper={247} limit={126} clear better={false} />
        <ForestPlot estimate={-0.02} lower={-0.04} upper={0.003} limit={null} clear={false} better={false} />
        <WindowDots windows={["pass", "pass", "thin", "none", "breach", "breach"]} />
        <div className="w-40">
          <Sparkline values={[3, 4, null, null, 5, 4, 6, 7]} limit={6} fromZero />
        </div>
      </div>
    </Card>
  );
}

function States(): ReactNode {
  return (
    <Card title="States">
      {NOTICE_TONES.map((tone) => (
        <div key={tone} className="mb-2">
          <Notice tone={tone}>The observed share is 9.8 % where 10 % is configured.</Notice>
        </div>
      ))}
      <div className="grid gap-4 lg:grid-cols-3">
        <EmptyState title="No requests yet" command="npm run demo">
          Point a gateway’s exporter here, or load the demo.
        </EmptyState>
        <ErrorState
          title="Overview could not be read"
          detail="The database cannot take this now."
          stillTrue="Gateways keep serving what the aliases point at."
          requestId="req-5d1f"
          onRetry={() => undefined}
        />
        <LoadingState label="Loading" />
      </div>
    </Card>
  );
}

export function Gallery(): ReactNode {
  return (
    <ClockProvider nowMs={SAMPLE_NOW}>
      <main className="mx-auto flex max-w-7xl flex-col gap-4 p-4">
        <div className="flex items-center gap-2">
          <h1 className="text-xl font-semibold">Gallery</h1>
          <ThemeToggle />
        </div>
        <Words />
        <Controls />
        <Charts />
        <States />
      </main>
    </ClockProvider>
  );
}
