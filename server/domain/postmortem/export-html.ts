/** A postmortem as one HTML page that needs nothing else: no script, no font, no network. It prints. */
import { parseMarkdown } from "@/server/domain/markdown/blocks";
import { escapeHtml } from "@/server/domain/markdown/escape-html";
import { renderHtml } from "@/server/domain/markdown/render-html";
import { chartSvg } from "./chart-svg";
import type { FrozenChart } from "./chart";
import { sampleWords, type Citation } from "./citation";
import { ACTION_HEAD, absolute, actionCells, metaWords, type PostmortemExport } from "./export";
import { SECTIONS } from "./sections";
import { utc } from "./lines";

const STYLE = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2430; background: #fff; max-width: 880px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid #d5d9e0; }
.meta { color: #545b69; } .wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; } th, td { text-align: left; vertical-align: top; border: 1px solid #d5d9e0; padding: 4px 8px; }
th { background: #f3f5f8; } blockquote { margin: 0; color: #545b69; border-left: 3px solid #d5d9e0; padding-left: 12px; }
sup a { text-decoration: none; font-size: 11px; padding: 0 3px; } a { color: #1d4f91; } code, pre { font-family: ui-monospace, monospace; font-size: 12px; }
figure { margin: 1rem 0; break-inside: avoid; } figure svg { width: 100%; height: auto; border: 1px solid #d5d9e0; } summary { cursor: pointer; color: #1d4f91; }
.evidence li { font-size: 13px; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } a { color: inherit; } details:not([open]) { display: none; } tr { break-inside: avoid; } }`;

export function exportHtml(document: PostmortemExport): string {
  const cite = citer(document.citations);
  const sections = document.sections.map(({ id, markdown }) => {
    const { title, question } = SECTIONS[id];
    const body =
      markdown.trim() === ""
        ? `<blockquote>${escapeHtml(question)}</blockquote>`
        : renderHtml(parseMarkdown(markdown), { cite, base: 3 });
    return `<section id="${id}"><h2>${escapeHtml(title)}</h2>\n${body}${id === "impact" ? charts(document.charts) : ""}</section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Postmortem: ${escapeHtml(document.title)}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>Postmortem: ${escapeHtml(document.title)}</h1>
<p class="meta">${escapeHtml(metaWords(document))}</p>
${sections.join("\n")}
<section id="actions"><h2>Action items</h2>
${actionTable(document)}</section>
<section id="evidence" class="evidence"><h2>Evidence</h2>
<ul>${document.citations.map((citation) => evidence(document, citation)).join("\n")}</ul></section>
</body>
</html>
`;
}

/** A chip that leads to the evidence; an id that nothing is known of says so. */
function citer(citations: readonly Citation[]): (id: string) => string {
  const known = new Map(citations.map((citation) => [citation.id, citation]));
  return (id) => {
    const citation = known.get(id);
    if (citation === undefined) return `<sup>[no evidence: ${escapeHtml(id)}]</sup>`;
    const { label, text } = citation;
    return `<sup><a href="#c-${escapeHtml(id)}" title="${escapeHtml(text)}">[${escapeHtml(label)}]</a></sup>`;
  };
}

function evidence(document: PostmortemExport, { id, label, text, href }: Citation): string {
  const url = absolute(document, href);
  const name =
    url === null ? escapeHtml(label) : `<a href="${escapeHtml(url)}" rel="noreferrer">${escapeHtml(label)}</a>`;
  return `<li id="c-${escapeHtml(id)}"><strong>${name}</strong> ${escapeHtml(text)}</li>`;
}

function charts(all: readonly FrozenChart[]): string {
  return all
    .map(
      (chart, index) =>
        `<figure>${chartSvg(chart, `chart-${index}`)}<figcaption>${escapeHtml(chart.title)}</figcaption>` +
        `<details><summary>Numbers</summary>${numbers(chart)}</details></figure>`,
    )
    .join("\n");
}

function numbers({ metric, steps }: FrozenChart): string {
  const said = (sample: FrozenChart["steps"][number]["candidate"]): string =>
    sample === null ? "no data" : sampleWords(metric, sample);
  const rows = steps.map(
    ({ atMs, candidate, control }) =>
      `<tr><td>${utc(atMs)}</td><td>${escapeHtml(said(candidate))}</td><td>${escapeHtml(said(control))}</td></tr>`,
  );
  return `<table><thead><tr><th scope="col">Time (UTC)</th><th scope="col">Release</th><th scope="col">Control</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function actionTable({ actions }: PostmortemExport): string {
  if (actions.length === 0) return "<blockquote>No action has an owner yet.</blockquote>";
  const head = ACTION_HEAD.map((name) => `<th scope="col">${name}</th>`).join("");
  const rows = actions.map((action) => {
    const cells = actionCells(action).map(escapeHtml);
    if (action.link !== null) {
      cells[1] = `<a href="${escapeHtml(action.link)}" rel="noreferrer">${cells[1] ?? ""}</a>`;
    }
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}
