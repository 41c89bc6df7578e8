/** An application without telemetry: the steps to the first picture instead of figures. */
import type { ReactNode } from "react";
import type { Overview } from "@/components/data/outputs";
import { Sentence } from "@/components/ui/sentence";
import { SetUpGuide } from "./set-up-guide";

export function FirstSteps({ overview }: { overview: Overview }): ReactNode {
  const { empty, application } = overview;
  const done = [empty.registered, empty.aliased, empty.telemetry].filter(Boolean).length;
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-4">
      <Sentence tone="info">{`${application.displayName} is being set up: ${done} of 3 steps done.`}</Sentence>
      <SetUpGuide application={application.id} done={empty} />
    </div>
  );
}
