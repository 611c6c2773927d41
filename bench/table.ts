// Tables as a bench prints them: text to the left, numbers to the right.

export type Cell = string | number

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** What one has to know to read the figures. */
  readonly notes?: readonly string[]
}

export function formatTable(table: Table): string {
  const texts = table.rows.map((row) => row.map(formatCell))
  const widths = table.columns.map((column, at) => Math.max(column.length, ...texts.map((row) => row[at]?.length ?? 0)))
  const right = table.columns.map((_, at) => table.rows.some((row) => typeof row[at] === 'number'))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (right[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  const notes = (table.notes ?? []).map((note) => `  ${note}`)
  return [table.title, rule, line(table.columns), rule, ...texts.map(line), rule, ...notes].join('\n')
}

/** Three digits that matter, and no more after the point than that takes. */
export function formatCell(cell: Cell): string {
  if (typeof cell === 'string') return cell
  if (!Number.isFinite(cell)) return '–'
  const size = Math.abs(cell)
  const digits = Number.isInteger(cell) || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  return cell.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
