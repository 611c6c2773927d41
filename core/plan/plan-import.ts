// The door for seating plans: pretix's seating-plan JSON, parsed, becomes a Plan or a list of faults.
import type { Plan } from './plan.ts'
import { compilePlan } from './plan-compile.ts'
import { type PlanFault, readSource } from './plan-source.ts'

export { fixPlan } from './plan-fix.ts'

export type PlanReading = { plan: Plan; faults: readonly [] } | { plan: null; faults: readonly PlanFault[] }

/**
 * Never throws. All faults come at once, in the order of the file; past `PLAN_FAULTS_MAX` the last entry
 * says how many more there are.
 */
export function readPlan(json: unknown): PlanReading {
  const { source, faults } = readSource(json)
  return faults.length > 0 ? { plan: null, faults } : { plan: compilePlan(source), faults: [] }
}
