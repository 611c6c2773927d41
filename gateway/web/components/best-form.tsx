// Lets the server choose: the best seats that are left, next to each other if possible.
import { useState } from 'preact/hooks'
import type { Best } from '../../client/client.ts'
import { categoryName, money } from '../format.ts'
import { useStore } from '../store.ts'
import type { Visit } from '../visit/visit.ts'

export function BestForm({ visit }: { visit: Visit }) {
  const { layout, show } = visit
  const { working } = useStore(visit.state)
  const holds = useStore(visit.holds.all)
  const [count, setCount] = useState(2)
  const [category, setCategory] = useState('')
  const [zone, setZone] = useState('')
  const [accessible, setAccessible] = useState(false)
  if (holds.length >= show.policy.holdsPerUserMax) return null

  const most = show.policy.seatsPerHoldMax
  const submit = (event: Event) => {
    event.preventDefault()
    const best: Best = {
      count: Math.min(count, most),
      ...(category && { category }),
      ...(zone && { zone }),
      ...(accessible && { accessible })
    }
    void visit.write({ op: 'hold', show: show.id, best })
  }
  return (
    <section class="card" aria-labelledby="best">
      <h2 id="best">Let us choose</h2>
      <form class="best" onSubmit={submit}>
        <Stepper value={Math.min(count, most)} most={most} onChange={setCount} />
        <select aria-label="Price" value={category} onChange={(event) => setCategory(event.currentTarget.value)}>
          <option value="">Any price</option>
          {layout.categories.map((option, index) => (
            <option key={option.name} value={option.name}>
              {categoryName(option, index)} · {money(option.price, show.currency)}
            </option>
          ))}
        </select>
        {layout.zones.length > 1 && (
          <select aria-label="Zone" value={zone} onChange={(event) => setZone(event.currentTarget.value)}>
            <option value="">Anywhere</option>
            {layout.zones.map((option) => (
              <option key={option.name} value={option.name}>
                {option.name}
              </option>
            ))}
          </select>
        )}
        {layout.categories.some((option) => option.accessible) && (
          <label class="check">
            <input
              type="checkbox"
              checked={accessible}
              onChange={(event) => setAccessible(event.currentTarget.checked)}
            />
            Accessible seats
          </label>
        )}
        <button type="submit" class="wide" aria-disabled={working !== null}>
          Best available
        </button>
      </form>
    </section>
  )
}

function Stepper({ value, most, onChange }: { value: number; most: number; onChange: (value: number) => void }) {
  // What is being typed stays as it is, also when the page draws itself anew before the field is left.
  const [typed, setTyped] = useState<string | null>(null)
  const set = (next: number) => onChange(Math.max(1, Math.min(most, next || 1)))
  return (
    <fieldset class="stepper" aria-label="Number of seats">
      <button type="button" aria-label="One seat less" onClick={() => set(value - 1)}>
        −
      </button>
      <input
        type="number"
        inputMode="numeric"
        aria-label="Seats"
        min={1}
        max={most}
        value={typed ?? value}
        onInput={(event) => {
          setTyped(event.currentTarget.value)
          set(Math.floor(Number(event.currentTarget.value)))
        }}
        onBlur={() => setTyped(null)}
      />
      <button type="button" aria-label="One seat more" onClick={() => set(value + 1)}>
        +
      </button>
    </fieldset>
  )
}
