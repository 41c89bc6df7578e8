"use client";
/**
 * A dense table that becomes a list of cards on a phone: one set of elements, laid out twice. A heading that can sort
 * sorts the rows that are there, downwards first, then upwards, then as given.
 */
import { useState, type ReactNode } from "react";
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
  /** What the heading sorts by; null stands last. Only for lists whose given order says nothing that sorting would hide. */
  sortBy?: (row: Row) => number | null;
}

interface Sorting {
  key: string;
  direction: "descending" | "ascending";
}

/** The rows in the order of a column; equal ones as given. Null stands last in either direction. */
export function sortedRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | null,
): readonly Row[] {
  const sortBy = columns.find(({ key }) => key === sorting?.key)?.sortBy;
  if (sorting === null || sortBy === undefined) return rows;
  const sign = sorting.direction === "ascending" ? 1 : -1;
  return rows.toSorted((left, right) => {
    const [a, b] = [sortBy(left), sortBy(right)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * (a - b);
  });
}

function nextSorting(now: Sorting | null, key: string): Sorting | null {
  if (now?.key !== key) return { key, direction: "descending" };
  return now.direction === "descending" ? { key, direction: "ascending" } : null;
}

interface HeadingProps {
  title: string;
  direction: Sorting["direction"] | undefined;
  /** Undefined where the column does not sort. */
  onSort: (() => void) | undefined;
}

function Heading({ title, direction, onSort }: HeadingProps): ReactNode {
  if (onSort === undefined) return title;
  return (
    <button type="button" onClick={onSort} className="inline-flex min-h-6 items-center gap-1 hover:text-ink">
      {title}
      <span aria-hidden="true" className="w-2">
        {direction === "descending" ? "↓" : direction === "ascending" ? "↑" : ""}
      </span>
    </button>
  );
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
  const [sorting, setSorting] = useState<Sorting | null>(null);
  return (
    <table className="block w-full border-collapse text-left sm:table">
      <caption className="sr-only">{caption}</caption>
      <thead className="sr-only sm:not-sr-only sm:table-header-group">
        <tr>
          {columns.map((column) => (
            <th
              key={column.key}
              scope="col"
              aria-sort={sorting?.key === column.key ? sorting.direction : undefined}
              className={classNames(
                "h-8 border-b border-hairline px-2 text-sm font-medium whitespace-nowrap text-muted first:pl-3 last:pr-3",
                column.align === "right" && "text-right",
                column.wideOnly === true && "sm:max-lg:hidden",
                column.secondary === true && "max-lg:hidden",
              )}
            >
              <Heading
                title={column.header}
                direction={sorting?.key === column.key ? sorting.direction : undefined}
                onSort={column.sortBy === undefined ? undefined : () => setSorting(nextSorting(sorting, column.key))}
              />
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="block sm:table-row-group">
        {sortedRows(rows, columns, sorting).map((row) => (
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
                  "min-w-0 text-base sm:h-9 sm:px-2 sm:py-1 sm:align-middle sm:first:pl-3 sm:last:pr-3",
                  column.lead === true && "w-full sm:w-auto",
                  column.align === "right" && "sm:text-right",
                  column.wideOnly === true && "sm:max-lg:hidden",
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
