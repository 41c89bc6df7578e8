"use client";
/** The intake doctor: paste what a gateway sends, and see field by field what becomes of it. Nothing is stored. */
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { DoctorReport } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useNow } from "@/components/ui/clock";
import { TextArea } from "@/components/ui/field";
import { Sentence } from "@/components/ui/sentence";
import { CommandLine, Notice } from "@/components/ui/states";
import { DOCTOR_EXAMPLES } from "./doctor-examples";
import { DoctorRecordCard } from "./doctor-record";

/** As much as the server looks at. */
const MOST_CHARACTERS = 1024 * 1024;

export function DoctorScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const nowMs = useNow(60_000);
  const [body, setBody] = useState("");
  const examine = useMutation(trpc.intake.doctor.mutationOptions());
  const report = examine.data;
  const wrong = wrongWith(body);
  const ask = (text: string): void => {
    setBody(text);
    examine.mutate({ application, body: text });
  };
  return (
    <div className="flex flex-col gap-4">
      <Sentence
        tone={report?.tone ?? "neutral"}
        note={report === undefined ? "It is read by the intake’s own code; nothing is stored." : `${report.form}.`}
      >
        {report?.sentence ?? "Paste what a gateway sends, and see what becomes of it."}
      </Sentence>
      <Card title="Payload" note="OTLP traces or logs, spans, requests or scores; JSON or one a line">
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (wrong === null) ask(body);
          }}
        >
          <TextArea label="Payload, as JSON" hideLabel mono rows={10} value={body} onValueChange={setBody} />
          <div className="flex flex-wrap items-center gap-2">
            <Button
              type="submit"
              kind="primary"
              disabledReason={wrong}
              pendingLabel={examine.isPending ? "Looking…" : null}
            >
              Explain
            </Button>
            <span className="ml-auto text-sm text-muted max-sm:ml-0">Try one:</span>
            {DOCTOR_EXAMPLES.map((example) => (
              <Button key={example.title} size="small" onClick={() => ask(example.body(application, nowMs))}>
                {example.title}
              </Button>
            ))}
          </div>
        </form>
      </Card>
      {examine.error !== null && (
        <Notice tone="breach" live>
          {failureOf(examine.error).detail}
        </Notice>
      )}
      {report === undefined ? <FromTheTerminal /> : <Findings report={report} />}
    </div>
  );
}

function wrongWith(body: string): string | null {
  if (body.trim() === "") return "Paste something, or try one of the examples";
  return body.length > MOST_CHARACTERS ? "At most 1 MiB: a few records are enough" : null;
}

function Findings({ report }: { report: DoctorReport }): ReactNode {
  const { records, recordsLeftOut, remarks } = report;
  return (
    <div className="flex flex-col gap-4">
      <output className="sr-only">{report.sentence}</output>
      {remarks.map((remark) => (
        <Notice key={remark} tone="info">
          {remark}
        </Notice>
      ))}
      {records.map((record) => (
        <DoctorRecordCard key={record.index} record={record} />
      ))}
      {recordsLeftOut > 0 && <p className="text-muted">{recordsLeftOut} more records are counted, not shown.</p>}
    </div>
  );
}

/** Protobuf cannot be pasted, and a gateway’s host has no browser. */
function FromTheTerminal(): ReactNode {
  return (
    <Card title="From a terminal">
      <p className="mb-2 text-muted">
        The same without a server, also for protobuf and gzip. It ends with 0 when something would be stored, 1 when a
        record was refused or nothing would be, 2 when the file cannot be read.
      </p>
      <CommandLine command="switchback doctor spans.json" label="command" />
    </Card>
  );
}
