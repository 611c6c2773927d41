// A report as one HTML file that needs nothing else: no script, no server, nothing from elsewhere.
import type { BenchReport, Verdict } from '../../bench.ts'
import { formatCell, type Table } from '../../table.ts'
import { outcomeOf, verdictsOfAll } from '../../verdict.ts'
import { STYLE } from './page-style.ts'
import { plotsOf } from './plots.ts'
import type { Report } from './report.ts'
import { escapeMarkup } from './svg.ts'

export function renderPage(report: Report): string {
  const sections = Object.entries(report.benches).map(([name, bench]) => section(name, bench))
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<title>Frontrow bench, ${escapeMarkup(report.startedAt.slice(0, 10))}</title><style>${STYLE}</style></head><body><main>`,
    `<header><h1>Frontrow bench</h1><p><code>npm run bench -- ${escapeMarkup(report.command.join(' '))}</code></p>${facts(report)}</header>`,
    summary(report),
    ...sections,
    '</main></body></html>\n'
  ].join('\n')
}

function summary({ benches }: Report): string {
  const verdicts = verdictsOfAll(benches)
  return verdicts.length > 0 ? `<section><h2>figures and goals</h2>${scoreboard(verdicts)}</section>` : ''
}

function facts({ startedAt, machine, versions, commit }: Report): string {
  const others = Object.entries(versions).filter(([, version]) => version !== '')
  const known: readonly (readonly [string, string])[] = [
    ['when', startedAt.slice(0, 16).replace('T', ' ')],
    ['commit', commit],
    ['machine', `${machine.processors} × ${machine.processor}, ${machine.gigabytes} GB, ${machine.system}`],
    ['disk', `8 KB durable in ${formatCell(machine.syncMsP50)} ms p50, ${formatCell(machine.syncMsP99)} ms p99`],
    ['load before', formatCell(machine.loadAverage)],
    ...others
  ]
  return `<dl>${known.map(([name, value]) => `<div><dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(value)}</dd></div>`).join('')}</dl>`
}

function section(name: string, { tables, failures, loads = [], verdicts = [] }: BenchReport): string {
  return [
    `<section><h2>${escapeMarkup(name)}</h2>`,
    ...failures.map((failure) => `<p class="failure">${escapeMarkup(failure)}</p>`),
    verdicts.length > 0 ? scoreboard(verdicts) : '',
    loads.length > 0 ? `<div class="plots">${plotsOf(loads)}</div>` : '',
    ...tables.map(tableOf),
    '</section>'
  ].join('\n')
}

function scoreboard(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => {
    const { what, value, unit, goal, floor, better } = verdict
    const outcome = outcomeOf(verdict)
    const bound = better === 'higher' ? '≥' : '≤'
    const aim = `${bound} ${formatCell(goal)} ${unit}${floor === undefined ? '' : ` (floor ${formatCell(floor)})`}`
    return `<tr class="${outcome.replaceAll(' ', '-')}"><td>${escapeMarkup(what)}</td><td class="number"><b>${formatCell(value)}</b> ${escapeMarkup(unit)}</td><td class="number">${escapeMarkup(aim)}</td><td class="outcome">${escapeMarkup(outcome)}</td></tr>`
  })
  return `<div class="wide"><table class="scores"><thead><tr><th>figure</th><th class="number">seen</th><th class="number">goal</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function tableOf({ title, columns, rows, notes = [] }: Table): string {
  const right = columns.map((_, at) => rows.some((row) => typeof row[at] === 'number'))
  const cell = (tag: string, text: string, at: number) =>
    `<${tag}${right[at] ? ' class="number"' : ''}>${escapeMarkup(text)}</${tag}>`
  const head = columns.map((column, at) => cell('th', column, at)).join('')
  const body = rows.map(
    (row) => `<tr>${row.map((one, at) => cell('td', formatCell(one ?? Number.NaN), at)).join('')}</tr>`
  )
  const below = notes.length === 0 ? '' : `<p class="notes">${notes.map(escapeMarkup).join('<br>')}</p>`
  return `<h3>${escapeMarkup(title)}</h3><div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>${below}`
}
