// Seeded defects of idempotency keys: of how they are told apart, sealed, and read again. See mutants.ts.
import type { Mutant } from './mutant.ts'

export const KEY_MUTANTS: readonly Mutant[] = [
  {
    name: 'forget-keys-on-restart',
    defect: 'snapshots are read without the remembered keys',
    file: 'core/codec/snapshot-codec.ts',
    find: 'inventory.keys.remember(event)',
    replace: 'void event',
    focus: { thinkMs: 20, trouble: { stop: 0.5, replyLost: 0.03 } }
  },
  {
    name: 'sealed-keys-taken-for-unused',
    defect: 'a key whose answer is in the store is decided as if it were new',
    file: 'core/rules/decide.ts',
    find: "  if (asked !== null) return { kind: 'sealed', asked }\n",
    replace: '',
    focus: { thinkMs: 20, trouble: { stop: 0.5, replyLost: 0.03 } }
  },
  {
    name: 'unread-keys-taken-for-unused',
    defect: 'a shard that was just opened decides a key as if it were new, before it has read which were sealed',
    file: 'core/rules/decide.ts',
    find: '  if (inventory.keys.sealed.isUnread) return UNREAD\n',
    replace: '',
    focus: { thinkMs: 5, trouble: { stop: 1, storeSlow: 0.5, replyLost: 0.1 } }
  },
  {
    name: 'index-is-another-seat',
    defect: 'a key that comes again with its seats named the other way is taken for another request',
    file: 'core/rules/fingerprint.ts',
    find: 'mix(seatId(plan, names[i]!))',
    replace: 'mix(String(names[i]!))',
    focus: { thinkMs: 20, trouble: { replyLost: 0.05 } }
  },
  {
    name: 'sealed-keys-lost-on-restart',
    defect: 'a show that comes from the store does not know which keys were sealed',
    file: 'actors/shard-recovery.ts',
    find: '  inventory.keys.sealed.read(sealed, SCATTER)\n',
    replace: '  inventory.keys.sealed.isUnread = false\n',
    focus: { thinkMs: 20, trouble: { stop: 0.5, replyLost: 0.03 } }
  }
]
