// How a report looks, light and dark. Colours of lines keep their distance from each other for most eyes, in both.

export const STYLE = `
:root {
  --page: #f9f9f7; --surface: #fcfcfb; --ink: #0b0b0b; --quiet: #52514e; --faint: #898781;
  --grid: #e1e0d9; --axis: #c3c2b7; --edge: rgb(11 11 11 / .1); --good: #006300; --bad: #b3261e; --warn: #8a5a00; --other: #b5b4ab;
  --c0: #2a78d6; --c1: #1baf7a; --c2: #eda100; --c3: #4a3aa7; --c4: #e34948;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d0d0d; --surface: #1a1a19; --ink: #fff; --quiet: #c3c2b7; --faint: #898781;
    --grid: #2c2c2a; --axis: #383835; --edge: rgb(255 255 255 / .1); --good: #0ca30c; --bad: #ff8a80; --warn: #fab219; --other: #5f5e58;
    --c0: #3987e5; --c1: #199e70; --c2: #c98500; --c3: #9085e9; --c4: #e66767;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif }
main { max-width: 1400px; margin: 0 auto; padding: 24px clamp(12px, 3vw, 40px) 64px }
h1 { font-size: 26px; margin: 0 } h2 { font-size: 21px; margin: 48px 0 12px; padding-top: 20px; border-top: 1px solid var(--grid) }
h3 { font-size: 15px; margin: 28px 0 8px }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; color: var(--quiet) }
dl { display: flex; flex-wrap: wrap; gap: 10px 28px; margin: 16px 0 0 } dt { color: var(--faint); font-size: 12px } dd { margin: 0; font-size: 13px; overflow-wrap: anywhere }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 16px; align-items: start }
figure { margin: 0; padding: 14px 14px 8px; background: var(--surface); border: 1px solid var(--edge); border-radius: 10px }
figcaption b { display: block; font-weight: 600 } figcaption span { color: var(--faint); font-size: 12px }
svg { display: block; width: 100%; height: auto; margin-top: 6px }
svg text { font: 11.5px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--faint); font-variant-numeric: tabular-nums }
svg .name { fill: var(--quiet) } svg .value { fill: var(--ink); font-weight: 600 }
.grid { stroke: var(--grid); stroke-width: 1; fill: none } .axis { stroke: var(--axis); stroke-width: 1; fill: none }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round } .mark { fill: transparent }
.mark:hover { fill: var(--ink); fill-opacity: .35 }
.bar.ours { fill: var(--c0) } .bar.other { fill: var(--other) } .run { fill: var(--ink); stroke: var(--surface); stroke-width: 1.5 }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; list-style: none; margin: 8px 0 0; padding: 0; font-size: 12px; color: var(--quiet) }
.legend i { display: inline-block; width: 12px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle }
${[0, 1, 2, 3, 4].map((c) => `.line.c${c} { stroke: var(--c${c}) } .legend .c${c} { background: var(--c${c}) }`).join('\n')}
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
th { color: var(--faint); font-weight: 500; text-align: left } th, td { padding: 4px 18px 4px 0; white-space: nowrap; border-bottom: 1px solid var(--grid) }
.number { text-align: right } .notes { color: var(--quiet); font-size: 13px; margin: 8px 0 0 }
.scores { font-size: 15px; margin-bottom: 20px } .scores td { padding: 8px 24px 8px 0; white-space: normal }
.outcome { font-weight: 600 } .goal-met .outcome { color: var(--good) } .floor-met .outcome { color: var(--warn) } .not-met .outcome { color: var(--bad) }
.failure { color: var(--bad); margin: 4px 0 }
`
