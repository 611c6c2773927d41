// Seeded defects: what a careless change might do. Each is a change of one product file that only a simulator
// started for it makes, as the file is loaded; the product itself has no switches. The simulator has to catch all.
import { CLUSTER_MUTANTS } from './cluster-mutants.ts'
import { KEY_MUTANTS } from './key-mutants.ts'
import type { Mutant } from './mutant.ts'

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'acknowledge-before-commit',
    defect: 'answers go out when a batch is decided',
    file: 'actors/shard-host.ts',
    find: '    this.inFlight.push(batch)\n    return { batch',
    replace: '    this.inFlight.push(batch)\n    this.giveAnswers(batch)\n    return { batch'
  },
  {
    name: 'publish-before-commit',
    defect: 'the feed takes events in when they are decided',
    file: 'actors/shard-host.ts',
    find: '    show.lastSeq = batch.seq\n    batch.add(show, event)',
    replace:
      '    show.lastSeq = batch.seq\n    show.feed.absorb(event)\n    if (show.feed.pending) this.services.touched(show)\n    batch.add(show, event)'
  },
  {
    name: 'ignore-the-epoch',
    defect: 'the journal takes frames of any epoch',
    file: 'persistence/memory/memory-journal.ts',
    find: 'shard.epoch !== frame.epoch || shard.seq',
    replace: 'shard.seq',
    focus: { clients: 6, thinkMs: 20, trouble: { storeLate: 0.1, storeSlow: 0.5 } }
  },
  {
    name: 'expiry-off-by-one',
    defect: 'a hold lives for one millisecond more than it should',
    file: 'core/rules/expire.ts',
    find: 'while (deadlines.next <= now)',
    replace: 'while (deadlines.next < now)',
    focus: { clients: 4, thinkMs: 100, policy: { holdMs: 1_000 }, trouble: {} }
  },
  {
    name: 'lose-the-tail-of-a-batch',
    defect: 'the last event of a batch of several is not journaled',
    file: 'actors/shard-host.ts',
    find: '    this.writer.add(show.id, event)\n',
    replace: '    if (batch.events.length < 3) this.writer.add(show.id, event)\n'
  },
  {
    name: 'wrong-order-of-refusals',
    defect: 'whether seats are free is looked at before the limits',
    file: 'core/rules/decide-hold.ts',
    find: 'const refusal = closed(inventory, now) ?? overLimit(inventory, command, count)',
    replace:
      "const refusal =\n    ('count' in asked ? null : unavailable(inventory, asked)) ?? closed(inventory, now) ?? overLimit(inventory, command, count)"
  },
  {
    name: 'anybody-may',
    defect: 'nobody asks whose hold it is',
    file: 'core/rules/decide-booking.ts',
    find: "  if (hold.user !== user && !admin) return refuse('forbidden', 'This hold is not yours.')\n",
    replace: '',
    focus: { clients: 8, hostile: 0.5, trouble: {} }
  },
  {
    name: 'double-timer',
    defect: 'the timer expires a hold whatever became of it',
    file: 'core/rules/expire.ts',
    find: 'if (hold !== undefined && hold.expiresAt === deadline)',
    replace: 'if (hold !== undefined)'
  },
  {
    name: 'stale-snapshot',
    defect: 'recovery takes the snapshot and leaves the frames behind it',
    file: 'actors/shard-recovery.ts',
    find: '    if (seq <= known) continue',
    replace: '    if (from !== null) continue',
    focus: { thinkMs: 20, trouble: { kill: 0.5, clockDay: 1 } }
  },
  {
    name: 'snapshot-ahead-of-journal',
    defect: 'snapshots are stored before what they hold is committed',
    file: 'actors/checkpoint.ts',
    find: '    await this.committed(host, incarnation, seq)\n',
    replace: '',
    focus: {
      clients: 6,
      thinkMs: 20,
      trouble: { clockForward: 1, storeSlow: 0.3, storeRequestLost: 0.1 }
    }
  },
  {
    name: 'unchecked-unknown-commit',
    defect: 'a commit whose answer is lost is taken for done',
    file: 'actors/shard-host.ts',
    find: 'this.inFlight[0]!.seq <= head.seq) this.committed()',
    replace: 'this.inFlight.length > 0) this.committed()'
  },
  {
    name: 'unknown-is-failed',
    defect: 'a commit whose answer is lost is taken for failed, and memory goes on as it is',
    file: 'actors/shard-host.ts',
    find: 'const known = this.intact && !this.crashed && alone && this.inFlight.length === 0 && this.seq === head.seq',
    replace: 'const known = this.intact && !this.crashed'
  },
  {
    name: 'reused-feed-seq',
    defect: 'a show that comes back into memory numbers its feed from the start',
    file: 'actors/shard-host.ts',
    find: '    this.feedSeq = Math.max(this.feedSeq, show.feed.seq)\n',
    replace: '',
    focus: {
      clients: 1,
      thinkMs: 100,
      policy: { holdMs: 1_000 },
      trouble: { socketCut: 1, clockForward: 0.5 }
    }
  },
  {
    name: 'unseen-changes-are-resumed',
    defect: 'viewers resume over changes that no diff tells of',
    file: 'actors/show-feed.ts',
    find: '      this.unseen = false\n      this.ring.clear()\n      this.seq++\n',
    replace: '      this.unseen = false\n',
    focus: { clients: 2, trouble: { socketCut: 1 } }
  },
  {
    name: 'cap-per-hold',
    defect: 'the seats a user may have are counted per hold',
    file: 'core/rules/decide-hold.ts',
    find: 'const has = tally === undefined ? 0 : tally.seats',
    replace: 'const has = 0'
  },
  {
    name: 'stamps-run-back',
    defect: 'a batch is stamped with the clock as it is, also where it was set back',
    file: 'actors/shard-host.ts',
    find: 'this.stampedAt = Math.max(this.stampedAt, now)',
    replace: 'this.stampedAt = now'
  },
  {
    name: 'part-of-a-hold',
    defect: 'what is not booked of a hold stays held',
    file: 'core/rules/apply.ts',
    find: '  inventory.setStatus(event.freed, HELD, AVAILABLE)\n',
    replace: ''
  },
  {
    name: 'keys-without-requests',
    defect: 'a key gives its first answer to any request',
    file: 'core/rules/decide.ts',
    find: 'if (known.fingerprint === print) return',
    replace: 'return'
  },
  {
    name: 'lease-without-end',
    defect: 'an owner goes on deciding after its lease is over',
    file: 'actors/commit-loop.ts',
    find: "      if (host.leaseUntil <= elapsed && host.state === 'open') this.events.lapsed(host)\n",
    replace: '',
    focus: { clients: 1, outstanding: 1, thinkMs: 1_000, opsPerMove: 2, trouble: { storeCut: 0.1 } }
  },
  {
    name: 'reads-without-lease',
    defect: 'a former owner shows its seats after its lease is over',
    file: 'actors/shard-region.ts',
    find: '    if (host.leaseUntil <= this.clock.elapsed()) {',
    replace: '    if (host.leaseUntil < 0) {',
    focus: { clients: 1, outstanding: 1, thinkMs: 1_000, opsPerMove: 2, opsPerLook: 3, trouble: { storeCut: 0.1 } }
  },
  {
    name: 'timer-trusts-the-clock',
    defect: 'the timer sleeps until a deadline, though the clock may be set forward meanwhile',
    file: 'actors/hold-timers.ts',
    find: 'Math.min(this.armedFor - now, LOOK_MS)',
    replace: 'this.armedFor - now',
    focus: {
      ops: 100,
      clients: 3,
      thinkMs: 100,
      policy: { holdMs: 120_000 },
      trouble: { clockForward: 0.5 }
    }
  },
  {
    name: 'nobody-is-told-at-the-end',
    defect: 'an ordered stop leaves commands without an answer',
    file: 'actors/shard-region.ts',
    find: '    for (const host of this.hosts) host.refuseAll(STOPPING)\n',
    replace: '',
    focus: { clients: 10, thinkMs: 100, trouble: { stop: 0.5, storeRequestLost: 0.1 } }
  },
  {
    name: 'pushes-of-a-forgotten-show',
    defect: 'what was about to be pushed when a shard was rebuilt still is, in its old epoch',
    file: 'actors/show-pushes.ts',
    find: 'if (residentOf(show.id) === show) this.push(show)',
    replace: 'this.push(show)',
    focus: {
      nodes: 3,
      shards: 1,
      clients: 3,
      outstanding: 1,
      thinkMs: 100,
      policy: { holdMs: 1_000 },
      trouble: {
        stop: 0.2,
        kill: 0.1,
        drain: 0.1,
        twin: 0.1,
        pausePastLease: 0.2,
        storeCut: 0.3,
        wireCut: 0.3,
        storeFails: 0.02,
        storeAnswerLost: 0.02,
        storeAnswerSlow: 0.2,
        storeSlow: 0.2,
        bug: 0.2
      }
    }
  },
  {
    name: 'diffs-before-the-snapshot',
    defect: 'a show that comes back into memory in a new epoch pushes diffs before its snapshot',
    file: 'actors/show-pushes.ts',
    find: 'if (this.unrefreshed.delete(show.id)) feed.snapshot(show.id, show.feed)\n    else feed.diff(show.id, diff)',
    replace: 'feed.diff(show.id, diff)',
    focus: {
      clients: 4,
      thinkMs: 100,
      policy: { holdMs: 1_000 },
      trouble: { bug: 0.5, storeFails: 0.2, stop: 0.2 }
    }
  },
  {
    name: 'timer-goes-off-once',
    defect: 'a timer that went off before the clock was set back is not set again',
    file: 'actors/shard-host.ts',
    find: '        this.services.schedule(this.shard, show)\n      }\n      this.due = []',
    replace: '      }\n      this.due = []'
  },
  {
    name: 'damage-of-others',
    defect: 'a shard is taken for damaged whose frames a newer owner has moved',
    file: 'actors/shard-opening.ts',
    find: "error.reason === 'damaged' && (await this.stillOwns(head))",
    replace: "error.reason === 'damaged'",
    focus: {
      shards: 4,
      shows: Array.from({ length: 8 }, (_, at) => `show-${at + 1}`),
      clients: 2,
      outstanding: 1,
      thinkMs: 300,
      policy: { holdMs: 15_000, holdsPerUserMax: 10, seatsPerUserMax: 100 },
      trouble: { secondNode: 1, bug: 1, pausePastLease: 0.1, storeCut: 0.1, storeAnswerSlow: 0.3, clockDay: 0.5 }
    }
  },
  {
    name: 'given-up-and-kept',
    defect: 'an owner that stops shows its seats until it hears that its leases are given up',
    file: 'actors/ownership.ts',
    find: '    for (const host of this.options.hosts) host.leaseUntil = Number.NEGATIVE_INFINITY\n',
    replace: '',
    focus: {
      clients: 8,
      outstanding: 1,
      thinkMs: 100,
      opsPerMove: 2,
      opsPerLook: 2,
      trouble: { stop: 0.3, secondNode: 1, releaseUnanswered: 1 }
    }
  },
  ...KEY_MUTANTS,
  ...CLUSTER_MUTANTS
]
