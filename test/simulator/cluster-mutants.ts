// Seeded defects of a cluster: of shards that change hands, and of what nodes tell each other.
import type { Mutant } from './mutant.ts'

export const CLUSTER_MUTANTS: readonly Mutant[] = [
  {
    name: 'handover-goes-on-showing',
    defect: 'an owner that hands a shard over shows it until it hears that the journal took it back',
    file: 'actors/ownership.ts',
    find: '    host.leaseUntil = Number.NEGATIVE_INFINITY\n    this.owned.delete(host.shard)\n    this.close(host)\n    await this.giveUp([{ shard: host.shard, epoch }])\n',
    replace:
      '    await this.giveUp([{ shard: host.shard, epoch }])\n    this.owned.delete(host.shard)\n    this.close(host)\n',
    focus: {
      nodes: 3,
      clients: 8,
      outstanding: 1,
      thinkMs: 100,
      opsPerMove: 2,
      opsPerLook: 2,
      trouble: { kill: 0.1, releaseUnanswered: 1 }
    }
  },
  {
    name: 'mail-lost-in-a-handover',
    defect: 'commands that wait for a shard that leaves are forgotten',
    file: 'actors/shard-host.ts',
    find: 'mail = this.mailbox.shift()) this.services.away(mail)',
    replace: 'mail = this.mailbox.shift());',
    focus: { nodes: 3, clients: 8, thinkMs: 100, opsPerMove: 2, trouble: { kill: 0.1, storeAnswerSlow: 0.5 } }
  },
  {
    name: 'lease-counted-from-the-answer',
    defect: 'a lease is believed in from when the journal answered, not from when it was asked',
    file: 'actors/ownership.ts',
    find: '        host.leaseUntil = leaseUntil(askedAt)\n        // Nobody else',
    replace: '        host.leaseUntil = leaseUntil(this.options.clock.elapsed())\n        // Nobody else',
    focus: {
      clients: 1,
      outstanding: 1,
      thinkMs: 300,
      opsPerMove: 2,
      opsPerLook: 3,
      trouble: { pausePastLease: 0.1, storeAnswerSlow: 0.5 }
    }
  },
  {
    name: 'claimed-before-the-lease-is-over',
    defect: 'shards can be claimed from an owner whose lease runs',
    file: 'persistence/memory/memory-journal.ts',
    find: 'shard.owner === null || shard.owner === owner || shard.expires < now()',
    replace: 'shard.expires < Number.POSITIVE_INFINITY'
  },
  {
    name: 'gap-in-a-remote-feed',
    defect: 'a diff of another node is taken in although one before it was lost',
    file: 'actors/cluster/remote-show.ts',
    find: ' || diff.seq !== view.seq + 1 || diff.changes.length === 0) return this.renew()',
    replace: ' || diff.changes.length === 0) return this.renew()',
    focus: { nodes: 3, thinkMs: 20, trouble: { wireLost: 0.1 } }
  },
  {
    name: 'remote-show-unasked',
    defect: 'what is known of a watched show of another node is shown without asking its owner',
    file: 'actors/cluster/remote-show.ts',
    find: '  look(done: Viewed): void {\n',
    replace: '  look(done: Viewed): void {\n    if (this.view !== null) return done(this.view, null)\n'
  },
  {
    name: 'remote-position-unchecked',
    defect: 'a watched show is shown although the owner is further along than what came of it',
    file: 'actors/cluster/remote-show.ts',
    find: 'view !== null && view.epoch === face.epoch && view.seq >= face.seq',
    replace: 'view !== null',
    focus: { nodes: 3, thinkMs: 20, opsPerLook: 2, trouble: { wireLost: 0.1 } }
  },
  {
    name: 'unkeyed-asked-again',
    defect: 'a command without a key is sent to the next owner, though the last one may have done it',
    file: 'actors/cluster/remote-commands.ts',
    find: "if (pending.epoch === 0 || pending.mail.command.key !== '') this.dispatch(pending)",
    replace: 'this.dispatch(pending)',
    focus: {
      nodes: 3,
      shards: 1,
      thinkMs: 20,
      opsPerUnkeyed: 2,
      policy: { holdMs: 15_000, holdsPerUserMax: 10, seatsPerUserMax: 100, extensionsMax: 3 },
      trouble: { bug: 1, wireLost: 0.1 }
    }
  },
  {
    name: 'late-word-gives-up-a-new-lease',
    defect: 'what gives up a lease counts for the lease that runs when it comes, whichever that is',
    file: 'persistence/memory/memory-journal.ts',
    find: 'if (shard?.epoch === lease.epoch) shard.owner = null',
    replace: 'if (shard !== undefined) shard.owner = null',
    focus: {
      nodes: 4,
      clients: 8,
      outstanding: 1,
      thinkMs: 100,
      opsPerMove: 2,
      opsPerLook: 2,
      trouble: { stop: 0.3, kill: 0.2, releaseLate: 1 }
    }
  },
  {
    name: 'read-ahead-and-not-up-to-date',
    defect: 'what was read of a shard before it came is served without what happened since',
    file: 'actors/shard-recovery.ts',
    find: 'readTails(sources, shard, base?.seq ?? snapshotSeq, seq)',
    replace: 'readTails(sources, shard, base === null ? snapshotSeq : seq, seq)',
    focus: { nodes: 3, clients: 8, thinkMs: 5, opsPerMove: 2, opsPerLook: 2, trouble: { storeAnswerSlow: 0.5 } }
  }
]
