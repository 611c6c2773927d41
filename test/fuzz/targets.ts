// Every decoder of the product that reads bytes from outside.
import type { Target } from './fuzz-target.ts'
import { clusterTargets } from './targets/cluster.ts'
import { codecTargets } from './targets/codec.ts'
import { doorkeeperTargets } from './targets/doorkeeper.ts'
import { doorTargets } from './targets/doors.ts'
import { feedTargets } from './targets/feed.ts'
import { planTargets } from './targets/plans.ts'
import { textTargets } from './targets/texts.ts'
import { tokenTargets } from './targets/tokens.ts'

export const targets: readonly Target[] = [
  ...doorTargets,
  ...tokenTargets,
  ...planTargets,
  ...codecTargets,
  ...clusterTargets,
  ...feedTargets,
  ...textTargets,
  ...doorkeeperTargets
]
