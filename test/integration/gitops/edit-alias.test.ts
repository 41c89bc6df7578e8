/** One value of a manifest is changed, and not a byte beside it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { editAlias } from "@/server/integrations/git/edit-alias";

const KEYS = ["aliases", "production"];
const NEW = "deploy-assistant@1.9";

function edited(content: string, { keys = KEYS, value = NEW } = {}): string {
  const edit = editAlias(content, { keys, value });
  if ("problem" in edit) throw new Error(edit.problem);
  return edit.content;
}

describe("what people write stays", () => {
  test.each([
    [
      "a comment behind",
      "aliases:\n  production: a@2   # why\n",
      "aliases:\n  production: deploy-assistant@1.9   # why\n",
    ],
    ["odd spaces", "aliases :\n    production   :    a@2\n", "aliases :\n    production   :    deploy-assistant@1.9\n"],
    [
      "double quotes",
      'aliases: {"production": "a@2", other: x@1}\n',
      'aliases: {"production": "deploy-assistant@1.9", other: x@1}\n',
    ],
    ["single quotes", "aliases:\n  production: 'a@2'\n", "aliases:\n  production: 'deploy-assistant@1.9'\n"],
    [
      "the line ends of Windows",
      "aliases:\r\n  production: a@2\r\n# end\r\n",
      "aliases:\r\n  production: deploy-assistant@1.9\r\n# end\r\n",
    ],
    ["no line end", "aliases:\n  production: a@2", "aliases:\n  production: deploy-assistant@1.9"],
    [
      "a byte-order mark",
      "\uFEFFaliases:\n  production: a@2\n",
      "\uFEFFaliases:\n  production: deploy-assistant@1.9\n",
    ],
    [
      "a document marker",
      "---\naliases:\n  production: a@2\n...\n",
      "---\naliases:\n  production: deploy-assistant@1.9\n...\n",
    ],
    [
      "anchors elsewhere",
      "x: &x 1\ny: *x\naliases:\n  production: a@2\n",
      "x: &x 1\ny: *x\naliases:\n  production: deploy-assistant@1.9\n",
    ],
    [
      "other keys of the same name",
      "production: a@2\naliases:\n  production: a@2\n",
      "production: a@2\naliases:\n  production: deploy-assistant@1.9\n",
    ],
  ])("%s", (_, content, expected) => {
    expect(edited(content)).toBe(expected);
  });

  test("a name that a reader would take for a number is quoted", () => {
    expect(edited("aliases:\n  production: a@2\n", { value: "1.10" })).toBe('aliases:\n  production: "1.10"\n');
    expect(edited("aliases:\n  production: a@2\n", { value: "1234567890" })).toBe(
      'aliases:\n  production: "1234567890"\n',
    );
    expect(edited("aliases:\n  production: a@2\n", { value: "12345e6789" })).toBe(
      'aliases:\n  production: "12345e6789"\n',
    );
  });

  test("under the application's name", () => {
    const content = "aliases:\n  a:\n    production: a@2 # A\n  b:\n    production: b@2 # B\n";
    expect(edited(content, { keys: ["aliases", "b", "production"] })).toBe(content.replace("b@2", NEW));
  });
});

describe("what cannot be changed alone is refused", () => {
  test.each([
    ["a reference", "x: &x a@2\naliases:\n  production: *x\n", "reference"],
    ["an anchor", "aliases:\n  production: &p a@2\n  staging: *p\n", "anchor"],
    ["a tag", "aliases:\n  production: !!str a@2\n", "tag"],
    ["a merge", "base: &base\n  production: a@2\naliases:\n  <<: *base\n", "merges"],
    ["a block", "aliases:\n  production: >-\n    a@2\n", "block"],
    ["a map", "aliases:\n  production:\n    release: a@2\n", "not there as written"],
    ["nothing", "aliases:\n  staging: a@2\n", "not there as written"],
    ["a key twice", "aliases:\n  production: a@2\n  production: a@3\n", "not valid YAML"],
    ["no YAML", "aliases: [\n", "not valid YAML"],
    ["two documents", "aliases:\n  production: a@2\n---\nx: 1\n", "one YAML document"],
    ["an empty file", "", "one YAML document"],
  ])("%s", (_, content, problem) => {
    expect(editAlias(content, { keys: KEYS, value: NEW })).toEqual({
      problem: expect.stringContaining(problem) as string,
    });
  });
});

test("whatever stands around it, only the value changes", () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
  const spaces = fc.constantFrom("", " ", "   ");
  const comment = fc.constantFrom("", " # note", "   # tabs\tand äöü");
  const line = fc.record({ key: word, value: word, quote: fc.constantFrom("", "'", '"'), spaces, comment });
  fc.assert(
    fc.property(
      fc.uniqueArray(line, { selector: ({ key }) => key, maxLength: 5 }),
      line,
      fc.nat(5),
      (others, own, at) => {
        const lines = others.filter(({ key }) => key !== "production");
        lines.splice(at, 0, { ...own, key: "production" });
        const rendered = (value: string): string =>
          `# head\naliases:\n${lines
            .map(({ key, spaces: gap, quote, comment: note, ...rest }) => {
              const written = key === "production" ? value : rest.value;
              return `  ${key}: ${gap}${quote}${written}${quote}${note}\n`;
            })
            .join("")}tail: 1\n`;
        const before = rendered(own.value);
        expect(edited(before)).toBe(rendered(NEW));
        expect(parse(edited(before))).toMatchObject({ aliases: { production: NEW } });
      },
    ),
  );
});
