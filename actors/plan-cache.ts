// Compiled plans by hash, the most recently used ones: shows of the same plan share one.

import { PLANS_CACHED_MAX } from '../core/limits.ts'
import type { Plan } from '../core/plan/plan.ts'
import { readPlan } from '../core/plan/plan-import.ts'
import { JournalError, type PlanStore } from './ports.ts'

const decoder = new TextDecoder()

export class PlanCache {
  private readonly store: PlanStore
  private readonly plans = new Map<string, Plan>()
  private readonly loading = new Map<string, Promise<Plan>>()

  constructor(store: PlanStore) {
    this.store = store
  }

  /** The plan, if it is at hand. */
  peek(hash: string): Plan | undefined {
    const plan = this.plans.get(hash)
    if (plan !== undefined) this.put(hash, plan)
    return plan
  }

  /** The plan; fails with a `JournalError` when it cannot be read or is not there. */
  async get(hash: string): Promise<Plan> {
    const known = this.peek(hash)
    if (known !== undefined) return known
    let loading = this.loading.get(hash)
    if (loading === undefined) {
      loading = this.load(hash).finally(() => this.loading.delete(hash))
      this.loading.set(hash, loading)
    }
    return loading
  }

  private async load(hash: string): Promise<Plan> {
    const json = await this.store.load(hash)
    if (json === null) throw new JournalError('damaged', `plan ${hash} is missing`)
    const { plan, faults } = readPlan(JSON.parse(decoder.decode(json)))
    if (plan === null) {
      throw new JournalError('damaged', `plan ${hash} has ${faults.length} faults, first: ${faults[0]?.message}`)
    }
    this.put(hash, plan)
    return plan
  }

  private put(hash: string, plan: Plan): void {
    this.plans.delete(hash)
    this.plans.set(hash, plan)
    if (this.plans.size <= PLANS_CACHED_MAX) return
    const oldest = this.plans.keys().next()
    if (!oldest.done) this.plans.delete(oldest.value)
  }
}
