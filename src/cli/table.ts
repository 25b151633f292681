// Columns for people. Piped output has no header, no colours and nothing cut off, because a program
// reads it.

import { shortened } from './plain-text.ts';

export interface Column<Row> {
  readonly title: string;
  /** Printable already. */
  readonly cell: (row: Row) => string;
  /** Painted after the width is known. */
  readonly paint?: (cell: string, row: Row) => string;
  readonly isRight?: boolean;
  /** Gives way when the terminal is narrow. */
  readonly isFlexible?: boolean;
}

export interface TableOptions {
  /** Columns of the terminal; undefined when there is none. */
  readonly width: number | undefined;
  readonly paintTitle: (title: string) => string;
}

const GAP = '  ';
const LEAST_FLEXIBLE = 16;

export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: TableOptions,
): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  if (options.width === undefined) return cells.map((line) => `${line.join('\t')}\n`).join('');
  const widths = widthsOf(columns, cells, options.width);
  const titles = columns.map(({ title }) => title);
  const head = joined(columns, titles, { widths, paint: options.paintTitle });
  const body = cells.map((line, index) => {
    return joined(columns, line, {
      widths,
      paint: (text, at) => painted(columns[at]!, text, index),
    });
  });
  return [head, ...body].map((line) => `${line.trimEnd()}\n`).join('');

  function painted(column: Column<Row>, text: string, index: number): string {
    return column.paint?.(text, rows[index]!) ?? text;
  }
}

function widthsOf<Row>(
  columns: readonly Column<Row>[],
  cells: readonly (readonly string[])[],
  width: number,
): number[] {
  const widths = columns.map(({ title }, at) => {
    return Math.max(title.length, ...cells.map((line) => line[at]!.length));
  });
  const total = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  const flexibleAt = columns.findIndex(({ isFlexible }) => isFlexible);
  if (flexibleAt === -1 || total <= width) return widths;
  widths[flexibleAt] = Math.max(LEAST_FLEXIBLE, widths[flexibleAt]! - (total - width));
  return widths;
}

function joined<Row>(
  columns: readonly Column<Row>[],
  line: readonly string[],
  {
    widths,
    paint,
  }: { readonly widths: readonly number[]; readonly paint: (text: string, at: number) => string },
): string {
  const padded = line.map((cell, at) => {
    const text = shortened(cell, widths[at]!);
    const gap = ' '.repeat(widths[at]! - text.length);
    return columns[at]!.isRight ? gap + paint(text, at) : paint(text, at) + gap;
  });
  return padded.join(GAP);
}
