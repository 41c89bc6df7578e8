/** A postmortem as GitHub-flavoured Markdown: readable by itself, its evidence in footnotes, its charts as CSV. */
import { escapeInline } from "@/server/domain/markdown/inline";
import { chartCsv } from "./chart";
import { ACTION_HEAD, absolute, actionCells, metaWords, type PostmortemExport } from "./export";
import { SECTIONS } from "./sections";

export function exportMarkdown(document: PostmortemExport): string {
  const blocks = [
    `# Postmortem: ${escapeInline(document.title)}`,
    escapeInline(metaWords(document)),
    ...document.sections.flatMap(({ id, markdown }) => [
      `## ${SECTIONS[id].title}`,
      markdown.trim() === "" ? `> ${SECTIONS[id].question}` : markdown.trim(),
    ]),
    ...actionBlocks(document),
    ...chartBlocks(document),
    ...footnotes(document),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function actionBlocks({ actions }: PostmortemExport): string[] {
  if (actions.length === 0) return ["## Action items", "> No action has an owner yet."];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rows = actions.map((action) => {
    const [type = "", text = "", ...rest] = actionCells(action).map(escapeInline);
    return line([type, action.link === null ? text : `[${text}](<${new URL(action.link).href}>)`, ...rest]);
  });
  return ["## Action items", [line(ACTION_HEAD), line(ACTION_HEAD.map(() => "---")), ...rows].join("\n")];
}

function chartBlocks({ charts }: PostmortemExport): string[] {
  if (charts.length === 0) return [];
  return [
    "## Charts",
    ...charts.flatMap((chart) => [`### ${escapeInline(chart.title)}`, `\`\`\`csv\n${chartCsv(chart)}\n\`\`\``]),
  ];
}

function footnotes(document: PostmortemExport): string[] {
  return document.citations.map((citation) => {
    const url = absolute(document, citation.href);
    return `[^${citation.id}]: ${escapeInline(citation.text)}${url === null ? "" : ` (<${url}>)`}`;
  });
}
