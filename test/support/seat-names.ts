// Seats of a command by either name: models know them by id, commands may name them by index.
import type { Command, SeatNames } from '../../core/command.ts'
import type { Plan } from '../../core/plan/plan.ts'
import { seatId } from '../../core/rules/seat-list.ts'

export function seatIds<Seats extends SeatNames | null>(
  seats: Seats,
  plan: Pick<Plan, 'ids'>
): readonly string[] | (Seats & null) {
  return seats === null
    ? (seats as Seats & null)
    : Array.from<string | number, string>(seats, (name) => seatId(plan, name))
}

/** The same command with its seats named the other way; as it is where the plan has not all of them. */
export function renamed(command: Command, { ids, indexOf }: Pick<Plan, 'ids' | 'indexOf'>): Command {
  if (command.op !== 'hold' && command.op !== 'book' && command.op !== 'cancel') return command
  const { seats } = command
  if (seats === null) return command
  const others = Array.from<string | number, string | number | undefined>(seats, (name) =>
    typeof name === 'string' ? indexOf.get(name) : ids[name]
  )
  return others.includes(undefined) ? command : { ...command, seats: others as string[] | number[] }
}
