/** Markdown as people write it in notes and postmortems, and as HTML that cannot run anything. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMarkdown } from "@/server/domain/markdown/blocks";
import { escapeInline, parseInline, plainText } from "@/server/domain/markdown/inline";
import { renderHtml } from "@/server/domain/markdown/render-html";

const html = (text: string): string =>
  renderHtml(parseMarkdown(text), { base: 3, cite: (id) => `<cite>${id}</cite>` }).replaceAll("\n", "");

test.each([
  ["# One", "<h3>One</h3>"],
  ["#### Four #", "<h6>Four</h6>"],
  ["#hash", "<p>#hash</p>"],
  ["one\ntwo\n\nthree", "<p>one two</p><p>three</p>"],
  ["- a\n- b[^a1]", "<ul><li>a</li><li>b<cite>a1</cite></li></ul>"],
  ["1. a\n2) b", "<ol><li>a</li><li>b</li></ol>"],
  ["text\n- item", "<p>text</p><ul><li>item</li></ul>"],
  ["> How?\n> What?", "<blockquote>How? What?</blockquote>"],
  ["```csv\na,b\n<x>\n```\nafter", "<pre><code>a,b&lt;x&gt;</code></pre><p>after</p>"],
  ["```\nopen", "<pre><code>open</code></pre>"],
  ["**bold** and *leaning* and `x < 1`", "<p><strong>bold</strong> and <em>leaning</em> and <code>x &lt; 1</code></p>"],
  ["mean_cost_usd and _so_", "<p>mean_cost_usd and <em>so</em></p>"],
  [String.raw`\*plain\* \[^a1]`, "<p>*plain* [^a1]</p>"],
  [
    "[page](https://example.org/a?b=1&c=2)",
    '<p><a href="https://example.org/a?b=1&amp;c=2" rel="noreferrer">page</a></p>',
  ],
  ["[x](/p/app)", '<p><a href="/p/app" rel="noreferrer">x</a></p>'],
])("%j is %s", (text, expected) => {
  expect(html(text)).toBe(expected);
});

test("a table has as many cells as its head, and keeps escaped pipes", () => {
  const text = String.raw`| a | b |
| --- | :-: |
| 1 \| 2 | x[^w1] |
| lonely |`;
  expect(html(text)).toBe(
    '<div class="wide"><table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>' +
      "<tbody><tr><td>1 | 2</td><td>x<cite>w1</cite></td></tr><tr><td>lonely</td><td></td></tr></tbody></table></div>",
  );
});

describe("nothing that people write becomes active", () => {
  test.each([
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](//evil.example)",
    '[x](https://a"onmouseover=alert(1))',
    "![x](https://example.org/pixel.png)",
    "`<img src=x onerror=alert(1)>`",
    "| <b> |\n| --- |\n| <i onload=x> |",
  ])("%s", (text) => {
    const rendered = html(text);
    expect(rendered).not.toMatch(/<(script|img|b|i)[\s>]/i);
    expect(rendered).not.toMatch(/href="(?!https?:|\/p)/);
    expect(rendered).not.toMatch(/<a [^>]*onmouseover/);
  });
});

test("escaped text is read back as it was, on one line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (text) => {
      const oneLine = text.replaceAll(/\s+/g, " ");
      expect(plainText(parseInline(escapeInline(text)))).toBe(oneLine);
    }),
  );
});

test("any text is parsed, and all of it in the end", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."`*_[]()^|#>-\\ \nab1.~<&".split("")), maxLength: 200 }),
      (text) => {
        expect(() => html(text)).not.toThrow();
      },
    ),
    { numRuns: 500 },
  );
});
