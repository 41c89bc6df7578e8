/** MLflow's models and prompts as components: what a release may refer to. */
import { sha256Hex } from "@/server/domain/hash";
import type { MlflowClient, MlflowVersion } from "./mlflow-client";

/** One version that the registry holds. */
export interface RegistryComponent {
  kind: "model" | "prompt";
  name: string;
  version: string;
  /** Of a prompt's text; MLflow keeps none of a model. */
  digest: string | null;
  uri: string;
}

const PROMPT_TEXT = "mlflow.prompt.text";

/** A version as a component; one that failed to register is none. */
function componentOf(version: MlflowVersion, kind: RegistryComponent["kind"]): RegistryComponent | undefined {
  const { name, version: number, status = "READY", tags } = version;
  if (status !== "READY") return undefined;
  const text = tags.find(({ key }) => key === PROMPT_TEXT)?.value;
  return {
    kind,
    name,
    version: number,
    digest: kind === "prompt" && text !== undefined ? `sha256:${sha256Hex(text)}` : null,
    uri: kind === "prompt" ? `prompts:/${name}/${number}` : `models:/${name}/${number}`,
  };
}

/** Every version of every model and prompt. */
export async function readComponents(client: MlflowClient): Promise<RegistryComponent[]> {
  const components: RegistryComponent[] = [];
  for (const kind of ["model", "prompt"] as const) {
    for (const { name } of await client.listModels(kind)) {
      const versions = await client.listVersions({ model: name, kind });
      components.push(...versions.flatMap((version) => componentOf(version, kind) ?? []));
    }
  }
  return components;
}
