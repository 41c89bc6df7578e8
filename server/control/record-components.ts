/** Keeps which component versions a registry holds, so that a release that names another one is refused at the gate. */
import { z } from "zod";
import { forbidden } from "@/server/domain/errors";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { addKnownComponent } from "@/server/store/control/components";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";

export const RecordComponentsInput = closedObject({
  application: ApplicationId,
  registry: z.enum(["mlflow"]),
  components: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      version: z.string(),
      digest: z.string().nullable(),
      uri: z.string().nullable(),
    }),
  ),
});
export type RecordComponentsInput = z.input<typeof RecordComponentsInput>;

export const RecordComponentsOutput = z.object({ added: z.number().int() });
export type RecordComponentsOutput = z.output<typeof RecordComponentsOutput>;

/** What is known already is not kept again; a version once seen stays known. */
export function recordComponents(context: ControlContext, input: RecordComponentsInput): RecordComponentsOutput {
  if (context.actor.kind !== "controller") throw forbidden("only the controller records what a registry holds");
  const { application, registry, components } = parseInput(RecordComponentsInput, input, "the registry's components");
  return perform(context, (act) => {
    const added = components.filter((component) =>
      addKnownComponent(act.tx, { application, registry, ...component, settings: null, seenAtMs: context.nowMs }),
    );
    if (added.length === 0) return { added: 0 };
    writeAudit(act, {
      action: "components.seen",
      target: `application/${application}`,
      after: { registry, components: added.map(({ kind, name, version }) => `${kind} ${name}@${version}`) },
    });
    return { added: added.length };
  });
}
