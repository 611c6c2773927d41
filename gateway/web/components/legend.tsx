// What the colours and shapes on the map mean, and what they cost.
import { AVAILABLE } from '../../../core/plan/plan.ts'
import { categoryName, count, money } from '../format.ts'
import type { Visit } from '../visit/visit.ts'
import { useSeats } from './use-seats.ts'

export function Legend({ visit }: { visit: Visit }) {
  const { layout, show, seats } = visit
  const statuses = useSeats(seats)
  const free = new Uint32Array(layout.categories.length)
  const all = new Uint32Array(layout.categories.length)
  for (let seat = 0; seat < layout.seatCount; seat++) {
    all[layout.categoryOf[seat]!]!++
    if (statuses[seat] === AVAILABLE) free[layout.categoryOf[seat]!]!++
  }
  return (
    <section class="card" aria-labelledby="prices">
      <h2 id="prices">Prices</h2>
      <ul class="legend">
        {layout.categories.map(
          (category, index) =>
            all[index]! > 0 && (
              <li key={category.name}>
                <span class="swatch" style={{ background: category.color }} />
                <span class="name">
                  {categoryName(category, index)}
                  {category.accessible && <span class="small">accessible</span>}
                </span>
                <span class="small">{free[index] === 0 ? 'sold out' : `${count(free[index]!)} free`}</span>
                <span class="price">{money(category.price, show.currency)}</span>
              </li>
            )
        )}
      </ul>
      <ul class="legend shapes" aria-label="Signs on the map">
        <li>
          <span class="sign selected" /> Chosen
        </li>
        <li>
          <span class="sign own" /> Yours
        </li>
        <li>
          <span class="sign held" /> Held by someone
        </li>
        <li>
          <span class="sign booked" /> Sold
        </li>
      </ul>
    </section>
  )
}
