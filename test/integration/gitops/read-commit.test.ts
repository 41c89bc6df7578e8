/** What commits declare: layouts, digests, fingerprints, and what is wrong with them. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { componentMap } from "@/server/domain/release/component-map";
import { releaseId } from "@/server/domain/release/release-id";
import { prompt, release } from "./remote";
import { MANIFEST } from "./story";
import { codes, declared } from "./declared";

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

const ALIASES = { [MANIFEST]: "aliases:\n  production: 1.9\n" };

describe("releases", () => {
  test("carry the digests of the files they name, and so another id when one changes", async () => {
    const text = prompt("2.8", "Answer kindly.");
    const files = {
      "prompts/support/answer@2.8.md": text,
      "features/releases/view.yaml": "ttl: 1h\n",
      "features/releases/transformation.yaml": "normalize: l2\nembedding: embed@2\nchunker: sentence@3\n",
      "tools/search@3.json": '{"name":"search"}\n',
      "models/deploy-assistant/1.9.yaml": `components:
  prompt: support/answer@2.8
  model: lora@1.9
  feature_view: releases@5
  tool_schema/search: search@3
files:
  tool_schema/search: tools/search@3.json
digests:
  model: ${sha256("weights")}
labels: { team: support }
`,
      ...ALIASES,
    };
    const first = await declared(files);
    expect(first.findings).toEqual([]);
    const [one] = first.releases;
    expect(one).toMatchObject({
      reference: "deploy-assistant@1.9",
      digests: { prompt: sha256(text), "tool_schema/search": sha256('{"name":"search"}\n'), model: sha256("weights") },
      // The worked example's transformation.
      fingerprints: { releases: "ce667443" },
      labels: { title: "deploy-assistant@1.9", team: "support" },
      sources: [
        "models/deploy-assistant/1.9.yaml",
        "prompts/support/answer@2.8.md",
        "features/releases",
        "tools/search@3.json",
      ],
    });
    expect(one?.releaseId).toBe(releaseId(componentMap(one?.components ?? {}, one?.digests)));
    expect(first.aliases).toMatchObject([{ alias: "production", reference: "1.9", releaseId: one?.releaseId }]);

    const changed = await declared({ ...files, "features/releases/view.yaml": "ttl: 2h\n" });
    expect(changed.releases[0]?.digests["feature_view"]).not.toBe(one?.digests["feature_view"]);
    expect(changed.releases[0]?.releaseId).not.toBe(one?.releaseId);
    expect(changed.releases[0]?.digests["prompt"]).toBe(one?.digests["prompt"]);
  });

  test("are read where nothing else is kept: components alone", async () => {
    const one = await declared({
      "models/deploy-assistant/1.9.yaml":
        "components: { prompt: support@2.8, model: lora@1.9, feature_view: releases@4 }\n",
      ...ALIASES,
    });
    expect(one.findings).toEqual([]);
    // The worked example's id.
    expect(one.releases).toMatchObject([{ releaseId: "698df6d7ad" }]);
  });

  test.each<[string, Record<string, string>, string[]]>([
    [
      "a prompt that is not there",
      { "models/deploy-assistant/1.9.yaml": release("2.9") },
      ["error component_missing", "error release_unknown"],
    ],
    [
      "a prompt in two areas",
      {
        "prompts/sales/answer@2.8.md": prompt("2.8", "x"),
        "models/deploy-assistant/1.9.yaml": "components: { prompt: answer@2.8 }\n",
      },
      ["error component_missing", "error release_unknown"],
    ],
    [
      "a prompt for another model",
      {
        "prompts/support/small@1.0.md": '---\nversion: "1.0"\nmodels: [small@*]\n---\nx\n',
        "models/deploy-assistant/1.9.yaml": "components: { prompt: small@1.0, model: lora@1.9 }\n",
      },
      ["error model_refused", "error release_unknown"],
    ],
    [
      "a file that is not there",
      { "models/deploy-assistant/1.9.yaml": "components: { prompt: answer@2.8 }\nfiles: { prompt: nowhere.md }\n" },
      ["error component_missing", "error release_unknown"],
    ],
    [
      "a file of no component",
      { "models/deploy-assistant/1.9.yaml": "components: { prompt: answer@2.8 }\nfiles: { model: README.md }\n" },
      ["error release_invalid", "error release_unknown"],
    ],
    [
      "a path outside",
      { "models/deploy-assistant/1.9.yaml": "components: { prompt: answer@2.8 }\nfiles: { prompt: ../x }\n" },
      ["error release_invalid", "error release_unknown"],
    ],
    [
      "an unknown key",
      { "models/deploy-assistant/1.9.yaml": "component: { prompt: answer@2.8 }\n" },
      ["error release_invalid", "error release_invalid", "error release_unknown"],
    ],
    [
      "no YAML",
      { "models/deploy-assistant/1.9.yaml": "components: [\n" },
      ["error yaml_invalid", "error release_unknown"],
    ],
    [
      "a policy that is a list",
      { "models/deploy-assistant/1.9.yaml": release("2.8"), "models/deploy-assistant/promotion-policy.yaml": "[]\n" },
      ["error policy_invalid"],
    ],
    [
      "an alias of nothing",
      { "models/deploy-assistant/1.9.yaml": release("2.8"), [MANIFEST]: "aliases: { production: 1.9, canary: }\n" },
      ["error aliases_invalid"],
    ],
    [
      "a manifest that is missing",
      { "models/deploy-assistant/1.9.yaml": release("2.8"), [MANIFEST]: "" },
      ["error aliases_invalid"],
    ],
    [
      "front matter that is no YAML",
      { "prompts/support/bad@1.0.md": "---\nversion: [\n---\nx\n", "models/deploy-assistant/1.9.yaml": release("2.8") },
      ["error front_matter_invalid"],
    ],
    [
      "a prompt without a version in its name",
      { "prompts/support/other.md": "x", "models/deploy-assistant/1.9.yaml": release("2.8") },
      ["warning prompt_unnamed"],
    ],
  ])("%s is said", async (_, files, expected) => {
    const base = { "prompts/support/answer@2.8.md": prompt("2.8", "x"), ...ALIASES };
    const one = await declared({ ...base, ...files });
    expect(codes(one).toSorted()).toEqual(expected.toSorted());
  });

  test("1.10 is not 1.1", async () => {
    const files = {
      "models/deploy-assistant/1.1.yaml": "components: { prompt: a@1.1 }\n",
      "models/deploy-assistant/1.10.yaml": "components: { prompt: a@1.10 }\n",
    };
    const { aliases, releases } = await declared({ ...files, [MANIFEST]: "aliases:\n  production: 1.10\n" });
    const ten = releases.find(({ reference }) => reference === "deploy-assistant@1.10");
    expect(ten?.components).toEqual({ prompt: "a@1.10" });
    expect(aliases[0]?.releaseId).toBe(ten?.releaseId);
  });
});

describe("aliases", () => {
  const two = {
    "models/deploy-assistant/1.9.yaml": "components: { prompt: a@1 }\n",
    "models/other/3.yaml": "components: { prompt: b@1 }\n",
  };

  test("of other applications are left to them, in either manner", async () => {
    const flat = await declared({
      ...two,
      [MANIFEST]: "aliases:\n  production: deploy-assistant@1.9\n  candidate: other@3\n",
    });
    expect(flat.findings).toEqual([]);
    expect(flat.aliases.map(({ alias }) => alias)).toEqual(["production"]);
    const nested = await declared({
      ...two,
      [MANIFEST]: "aliases:\n  deploy-assistant:\n    production: 1.9\n  other:\n    production: other@3\n",
    });
    expect(nested.findings).toEqual([]);
    expect(nested.aliases).toMatchObject([
      { alias: "production", keys: ["aliases", "deploy-assistant", "production"] },
    ]);
  });

  test("a mistyped application is not taken for another one", async () => {
    const one = await declared({ ...two, [MANIFEST]: "aliases:\n  production: deploy-asistant@1.9\n" });
    expect(codes(one)).toEqual(["error release_unknown"]);
  });

  test("may name a release by its id", async () => {
    const one = await declared({ ...two, [MANIFEST]: 'aliases:\n  production: "12345e6789"\n' });
    expect(one.aliases).toMatchObject([{ releaseId: "12345e6789" }]);
  });

  test("of several environments are one list; the same one twice is said", async () => {
    const settings = { environments: ["staging", "production"] };
    const files = {
      ...two,
      "deployments/staging/aliases.yaml": "aliases:\n  staging: 1.9\n",
      [MANIFEST]: "aliases:\n  production: 1.9\n",
    };
    const both = await declared(files, settings);
    expect(both.aliases).toMatchObject([
      { environment: "staging", alias: "staging" },
      { environment: "production", alias: "production" },
    ]);
    const twice = await declared(
      { ...files, "deployments/staging/aliases.yaml": "aliases:\n  production: 1.9\n" },
      settings,
    );
    expect(codes(twice)).toEqual(["error alias_repeated"]);
  });

  test("and everything else are read from other paths where the settings say so", async () => {
    const paths = {
      prompts: "llm/p",
      features: "llm/f",
      models: "apps/{application}/releases",
      aliases: "live/{environment}.yaml",
    };
    const files = {
      "llm/p/answer@1.0.md": prompt('"1.0"', "x"),
      "llm/f/releases/a.sql": "select 1",
      "apps/deploy-assistant/releases/9.yaml": "components: { prompt: answer@1.0, feature_view: releases@1 }\n",
      "apps/deploy-assistant/releases/promotion-policy.yaml": "aliases: [production]\nsteps: [{ canary: 5% }]\n",
      "live/production.yaml": "aliases: { production: 9 }\n",
    };
    const one = await declared(files, { paths });
    expect(one.findings).toEqual([]);
    expect(one.releases[0]?.digests).toMatchObject({ prompt: sha256(files["llm/p/answer@1.0.md"]) });
    expect(one.policy).toEqual({
      name: "deploy-assistant",
      path: "apps/deploy-assistant/releases/promotion-policy.yaml",
      document: { steps: [{ canary: "5%" }] },
      guards: ["production"],
    });
  });
});
