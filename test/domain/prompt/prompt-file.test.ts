import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lintVariables } from "@/server/domain/prompt/lint";
import { cutFrontMatter, parsePromptPath, readPromptFile, type PromptFile } from "@/server/domain/prompt/prompt-file";
import { compareVersions, parseVersion, type SemanticVersion } from "@/server/domain/prompt/semantic-version";
import { renderText, usedVariables } from "@/server/domain/prompt/variables";

const IN_FOLDER = { area: "support", name: "answer", version: "2.8" };

function read(content: string, frontMatter?: unknown) {
  const cut = cutFrontMatter(content);
  return readPromptFile({
    path: "prompts/support/answer@2.8.md",
    inFolder: IN_FOLDER,
    digest: "sha256:aa",
    cut,
    frontMatter,
  });
}

function promptOf(content: string, frontMatter: object): PromptFile {
  const { prompt } = read(content, frontMatter);
  if (prompt === undefined) throw new Error("the prompt was not read");
  return prompt;
}

describe("semantic versions", () => {
  test.each(["2.8", "2.8.1", "0.1", "3.0.0-rc.1", "1.0.0+build.5", "10.20.30"])("%s is one", (text) => {
    expect(parseVersion(text)).toBeDefined();
  });
  test.each(["2", "v2.8", "2.08", "2.8.1.4", "", "2.8-", "latest", "2.8 "])("%j is none", (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  test("come in the order of semver.org", () => {
    const inOrder = [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0",
      "1.0.1",
      "1.9",
      "1.10",
      "2.0",
    ];
    const read = inOrder.map((text) => parseVersion(text) as SemanticVersion);
    expect(read.toReversed().toSorted(compareVersions)).toEqual(read);
  });

  test("are ordered the same way around from both sides", () => {
    const part = fc.nat(3);
    const version = fc.record({
      numbers: fc.tuple(part, part, part),
      preRelease: fc.array(fc.constantFrom("a", "b", "1", "10"), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        const [low, middle, high] = [a, b, c].toSorted(compareVersions) as [typeof a, typeof a, typeof a];
        expect(compareVersions(low, middle)).toBeLessThanOrEqual(0);
        expect(compareVersions(low, high)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe("parsePromptPath", () => {
  test.each([
    ["support/answer@2.8.md", { area: "support", name: "answer", version: "2.8" }],
    ["support/eu/answer@2.8.1.md", { area: "support/eu", name: "answer", version: "2.8.1" }],
    ["answer@1.0.md", { area: "", name: "answer", version: "1.0" }],
    ["support/README.md", undefined],
    ["support/answer@2.8.txt", undefined],
    ["support/@2.8.md", undefined],
    ["support/a@b@2.8.md", undefined],
  ])("%s", (path, expected) => {
    expect(parsePromptPath(path)).toEqual(expected);
  });
});

describe("front matter", () => {
  test.each([
    ["a whole one", "---\na: 1\n---\ntext\n", "a: 1\n", "text\n", 4],
    ["an empty one", "---\n---\ntext", "", "text", 3],
    ["with the line ends of Windows", "---\r\na: 1\r\n---\r\ntext\r\n", "a: 1\r\n", "text\r\n", 4],
    ["with a byte-order mark", "\uFEFF---\na: 1\n---\nx", "a: 1\n", "x", 4],
    ["at the end of the file", "---\na: 1\n---", "a: 1\n", "", 3],
    ["none", "text\n---\nmore\n", null, "text\n---\nmore\n", 1],
    ["one that is not closed", "---\na: 1\n", null, "---\na: 1\n", 1],
    ["dashes within", "---\na: --- b\n---\nx", "a: --- b\n", "x", 4],
  ])("%s", (_, content, frontMatter, text, textLine) => {
    expect(cutFrontMatter(content)).toEqual({ frontMatter, text, textLine });
  });

  test("a long text without a closing line is read at once", () => {
    const cut = cutFrontMatter(`---\n${"- \r\n".repeat(50_000)}`);
    expect(cut.frontMatter).toBeNull();
  });

  test.each([
    ["nothing", undefined, "text", [["warning", "front_matter_missing"]]],
    ["no version", {}, "---\n---\ntext", [["error", "front_matter_invalid"]]],
    ["another version", { version: "2.9" }, "---\n---\ntext", [["error", "version_mismatch"]]],
    ["another name", { version: "2.8", name: "reply" }, "---\n---\ntext", [["error", "name_mismatch"]]],
    ["the name with its area", { version: "2.8", name: "support/answer" }, "---\n---\ntext", []],
    ["no text", { version: "2.8" }, "---\n---\n \n", [["error", "text_missing"]]],
    [
      "a variable that is no name",
      { version: "2.8", variables: ["a b"] },
      "---\n---\ntext",
      [["error", "front_matter_invalid"]],
    ],
    ["keys of the author's own", { version: "2.8", temperature: "0.2" }, "---\n---\ntext", []],
  ])("with %s", (_, frontMatter, content, expected) => {
    const { findings } = read(content, frontMatter);
    expect(findings.map(({ severity, code }) => [severity, code])).toEqual(expected);
  });

  test("declares variables by list, by description, or with an example", () => {
    const list = promptOf("---\n---\nx", { version: "2.8", variables: ["question"] });
    expect(list.variables).toEqual([{ name: "question", description: null, example: null }]);
    const map = promptOf("---\n---\nx", {
      version: "2.8",
      models: "small@*",
      variables: { question: "What they ask", name: { description: "Who asks", example: "Ana" } },
    });
    expect(map.variables).toEqual([
      { name: "question", description: "What they ask", example: null },
      { name: "name", description: "Who asks", example: "Ana" },
    ]);
    expect(map.models).toEqual(["small@*"]);
    expect(map.reference).toBe("support/answer@2.8");
  });

  test("a version that is not semantic is refused", () => {
    const inFolder = { area: "", name: "answer", version: "latest" };
    const cut = cutFrontMatter("text");
    expect(readPromptFile({ path: "p", inFolder, digest: "d", cut, frontMatter: undefined })).toMatchObject({
      findings: [{ code: "version_not_semantic" }],
    });
  });
});

describe("variables", () => {
  test.each([
    ["{{ question }}", ["question"]],
    ["{{question}} and {{ question }}", ["question"]],
    ["{{ user.name | upper }}", ["user"]],
    ["{{{ raw }}}", ["raw"]],
    ["{{#items}}{{name}}{{/items}}", ["items", "name"]],
    ["{{^empty}}x{{/empty}}", ["empty"]],
    ["{{#if ready}}x{{else}}y{{/if}}", ["ready"]],
    ["{{#each items}}{{this}}{{/each}}", ["items"]],
    ["{{! a comment }}{{> partial }}{{.}}", []],
    ["{% for item in items %}{{ item.name }}{% endfor %}", ["items"]],
    ["{% if not ready and name == 'x' %}{% endif %}", ["ready", "name"]],
    ["{% set total = price %}{{ total }}", ["price"]],
    ['{"json": {"question": 1}}', []],
    ["{ question }", []],
    ['{{ "text" }}', []],
  ])("%s uses %j", (text, names) => {
    expect(usedVariables(text).map(({ name }) => name)).toEqual(names);
  });

  test("are reported on the file's own lines", () => {
    const prompt = promptOf("---\nversion: 2.8\n---\nfirst\n{{ question }}\n{{ name }}\n", {
      version: "2.8",
      variables: ["question", "tone"],
    });
    expect(lintVariables(prompt)).toEqual([
      expect.objectContaining({ code: "variable_undeclared", line: 6, severity: "error" }),
      expect.objectContaining({
        code: "variable_unused",
        severity: "warning",
        message: "variable tone is declared but not used",
      }),
    ]);
  });

  test("without front matter nothing is declared, so nothing is missing", () => {
    const { prompt } = read("{{ question }}");
    expect(prompt === undefined ? [] : lintVariables(prompt)).toEqual([]);
  });

  test("are rendered where there is a value, and stay where there is none", () => {
    expect(renderText("{{ a }} {{b}} {{ __proto__ }} {{ toString }}", { a: "$1 {{ b }}", b: "2" })).toBe(
      "$1 {{ b }} 2 {{ __proto__ }} {{ toString }}",
    );
  });
});
