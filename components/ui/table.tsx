/** A dense table that becomes a list of cards on a phone: one set of elements, laid out twice. */
import type { ReactNode } from "react";
import { classNames } from "./class-names";

export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand right. */
  align?: "left" | "right";
  /** Heads the card on a phone, without its label. */
  lead?: boolean;
  /** Left out where a table is narrow; cards show it. */
  wideOnly?: boolean;
  /** Left out everywhere but on wide screens: the row's own page has it. */
  secondary?: boolean;
  className?: string;
}

interface TableProps<Row> {
  /** Names the table for a screen reader. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Marks a row, e.g. the current one. */
  rowClassName?: (row: Row) => string | undefined;
}

export function Table<Row>({ caption, columns, rows, rowKey, rowClassName }: TableProps<Row>): ReactNode {
  return (
    <table className="block w-full border-collapse text-left sm:table">
      <caption className="sr-only">{caption}</caption>
      <thead className="sr-only sm:not-sr-only sm:table-header-group">
        <tr>
          {columns.map((column) => (
            <th
              key={column.key}
              scope="col"
              className={classNames(
                "h-8 border-b border-hairline px-3 text-sm font-medium whitespace-nowrap text-muted",
                column.align === "right" && "text-right",
                column.wideOnly === true && "sm:max-lg:hidden",
                column.secondary === true && "max-lg:hidden",
              )}
            >
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="block sm:table-row-group">
        {rows.map((row) => (
          <tr
            key={rowKey(row)}
            className={classNames(
              "flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-hairline px-3 py-2 last:border-b-0 hover:bg-surface sm:table-row sm:px-0 sm:py-0",
              rowClassName?.(row),
            )}
          >
            {columns.map((column) => (
              <td
                key={column.key}
                className={classNames(
                  "min-w-0 text-base sm:h-9 sm:px-3 sm:py-1 sm:align-middle",
                  column.lead === true && "w-full sm:w-auto",
                  column.align === "right" && "sm:text-right",
                  column.wideOnly === true && "sm:max-lg:hidden",
                  column.secondary === true && "max-lg:hidden",
                  column.secondary === true && "max-lg:hidden",
                  column.className,
                )}
              >
                {column.lead !== true && (
                  <span aria-hidden="true" className="mr-1.5 text-sm text-muted sm:hidden">
                    {column.header}
                  </span>
                )}
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
