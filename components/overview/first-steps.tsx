/** An application without telemetry: the three steps to the first picture, each ticked when it has happened. */
import type { ReactNode } from "react";
import type { Overview } from "@/components/data/outputs";
import { Sentence } from "@/components/ui/sentence";
import { CommandLine } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";

function Step(props: {
  done: boolean;
  number: number;
  title: string;
  command: string;
  children: ReactNode;
}): ReactNode {
  return (
    <li className="flex flex-col gap-2 rounded-md border border-hairline p-4">
      <h2 className="flex flex-wrap items-center gap-3 text-md font-semibold">
        {props.number}. {props.title}
        <StatusBadge status={props.done ? "pass" : "collecting"}>{props.done ? "Arrived" : "Waiting"}</StatusBadge>
      </h2>
      <p className="text-muted">{props.children}</p>
      {!props.done && <CommandLine command={props.command} label="command" />}
    </li>
  );
}

export function FirstSteps({ overview }: { overview: Overview }): ReactNode {
  const { registered, aliased, telemetry } = overview.empty;
  const application = overview.application.id;
  const done = [registered, aliased, telemetry].filter(Boolean).length;
  const release = overview.aliases[0]?.release.releaseId ?? "RELEASE_ID";
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-4">
      <Sentence tone="info">{`${overview.application.displayName} is being set up: ${done} of 3 steps done.`}</Sentence>
      <ol className="flex flex-col gap-3">
        <Step
          done={registered}
          number={1}
          title="Register a release"
          command={`switchback release register -f manifest.yaml   # with application: ${application}`}
        >
          A release is everything that shapes an answer: prompt, model, adapter, router, feature views, settings. Its id
          is the hash of that list.
        </Step>
        <Step
          done={aliased}
          number={2}
          title="Point production at it"
          command={`curl -X PUT "$SWITCHBACK_URL/api/v1/applications/${application}/aliases/production" -H "Authorization: Bearer $SWITCHBACK_TOKEN" -H "Content-Type: application/json" -d '{"releaseId":"${release}","reason":"first release"}'`}
        >
          Gateways read this alias to know what to serve.
        </Step>
        <Step
          done={telemetry}
          number={3}
          title="Send the first request"
          command={`OTEL_EXPORTER_OTLP_ENDPOINT=$SWITCHBACK_URL OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20$SWITCHBACK_TOKEN" OTEL_SERVICE_NAME=${application} your-gateway`}
        >
          Point your gateway’s OpenTelemetry exporter here. Spans with <code>switchback.release.id</code> are attributed
          exactly.
        </Step>
      </ol>
    </div>
  );
}
