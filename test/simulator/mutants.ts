// Seeded defects: what a careless change might do. Each is a change of one product file that only a simulator
// started for it makes, as the file is loaded; the product itself has no switches. The simulator has to catch all.

export interface Mutant {
  readonly name: string
  /** The defect, in words. */
  readonly defect: string
  readonly file: string
  /** Stands in the file exactly once; else the mutant does not apply, which is an error. */
  readonly find: string
  readonly replace: string
  /** A seed that catches it where it takes a rare turn: tried first. */
  readonly seed?: number
}

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
    replace: 'shard.seq'
  },
  {
    name: 'expiry-off-by-one',
    defect: 'a hold lives for one millisecond more than it should',
    file: 'core/rules/expire.ts',
    find: 'while (deadlines.next <= now)',
    replace: 'while (deadlines.next < now)'
  },
  {
    name: 'forget-keys-on-restart',
    defect: 'snapshots are read without the remembered keys',
    file: 'core/codec/snapshot-codec.ts',
    find: 'inventory.keys.remember(readEvent(reader, reader.varint()))',
    replace: 'readEvent(reader, reader.varint())'
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
    replace: ''
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
    find: '  for (const { seq, event } of tail) {\n    if (seq <= snapshotSeq) continue',
    replace: '  for (const { seq, event } of tail) {\n    if (row !== undefined) continue'
  },
  {
    name: 'snapshot-ahead-of-journal',
    defect: 'snapshots are stored before what they hold is committed',
    file: 'actors/checkpoint.ts',
    find: '    await this.committed(host, incarnation, seq)\n',
    replace: ''
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
    replace: ''
  },
  {
    name: 'unseen-changes-are-resumed',
    defect: 'viewers resume over changes that no diff tells of',
    file: 'actors/show-feed.ts',
    find: '      this.unseen = false\n      this.ring.clear()\n      this.seq++\n',
    replace: '      this.unseen = false\n'
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
    replace: ''
  },
  {
    name: 'reads-without-lease',
    defect: 'a former owner shows its seats after its lease is over',
    file: 'actors/shard-region.ts',
    find: '    if (host.leaseUntil <= this.clock.elapsed()) {',
    replace: '    if (host.leaseUntil < 0) {'
  },
  {
    name: 'timer-trusts-the-clock',
    defect: 'the timer sleeps until a deadline, though the clock may be set forward meanwhile',
    file: 'actors/hold-timers.ts',
    find: 'Math.min(this.armedFor - now, LOOK_MS)',
    replace: 'this.armedFor - now'
  },
  {
    name: 'nobody-is-told-at-the-end',
    defect: 'an ordered stop leaves commands without an answer',
    file: 'actors/shard-region.ts',
    find: '    for (const host of this.hosts) host.refuseAll(STOPPING)\n',
    replace: ''
  },
  {
    name: 'pushes-of-a-forgotten-show',
    defect: 'what was about to be pushed when a shard was rebuilt still is, in its old epoch',
    file: 'actors/shard-region.ts',
    find: 'if (this.hostOf(show.id).residents.get(show.id) === show) this.push(show)',
    replace: 'this.push(show)',
    seed: 795184187
  },
  {
    name: 'diffs-before-the-snapshot',
    defect: 'a show that comes back into memory in a new epoch pushes diffs before its snapshot',
    file: 'actors/shard-region.ts',
    find: 'if (this.unrefreshed.delete(show.id)) this.feed.snapshot(show.id, show.feed)\n    else this.feed.diff(show.id, diff)',
    replace: 'this.feed.diff(show.id, diff)',
    seed: 795187224
  },
  {
    name: 'timer-goes-off-once',
    defect: 'a timer that went off before the clock was set back is not set again',
    file: 'actors/shard-host.ts',
    find: '        this.services.schedule(this.shard, show)\n      }\n      this.due = []',
    replace: '      }\n      this.due = []'
  },
  {
    name: 'answers-of-another-epoch',
    defect: 'a late answer to a frame of an epoch that was given up counts for the one that was claimed since',
    file: 'actors/commit-loop.ts',
    find: '        if (host.epoch !== rows[at]!.epoch) continue\n',
    replace: '',
    seed: 795184954
  },
  {
    name: 'damage-of-others',
    defect: 'a shard is taken for damaged whose frames a newer owner has moved',
    file: 'actors/shard-opening.ts',
    find: "error.reason === 'damaged' && (await this.stillOwns(head))",
    replace: "error.reason === 'damaged'",
    seed: 795184768
  },
  {
    name: 'given-up-and-kept',
    defect: 'an owner that stops shows its seats until it hears that its leases are given up',
    file: 'actors/ownership.ts',
    find: '    for (const host of this.options.hosts) host.leaseUntil = Number.NEGATIVE_INFINITY\n',
    replace: '',
    seed: 795188570
  },
  {
    name: 'handover-goes-on-showing',
    defect: 'an owner that hands a shard over shows it until it hears that the journal took it back',
    file: 'actors/ownership.ts',
    find: '    host.leaseUntil = Number.NEGATIVE_INFINITY\n    this.owned.delete(host.shard)\n    await this.giveUp([host.shard])\n',
    replace: '    await this.giveUp([host.shard])\n    this.owned.delete(host.shard)\n'
  },
  {
    name: 'mail-lost-in-a-handover',
    defect: 'commands that wait for a shard that leaves are forgotten',
    file: 'actors/shard-host.ts',
    find: 'mail = this.mailbox.shift()) this.services.away(mail)',
    replace: 'mail = this.mailbox.shift());'
  },
  {
    name: 'lease-counted-from-the-answer',
    defect: 'a lease is believed in from when the journal answered, not from when it was asked',
    file: 'actors/ownership.ts',
    find: '        host.leaseUntil = leaseUntil(askedAt)\n        // Nobody else',
    replace: '        host.leaseUntil = leaseUntil(this.options.clock.elapsed())\n        // Nobody else'
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
    replace: ' || diff.changes.length === 0) return this.renew()'
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
    replace: 'view !== null'
  },
  {
    name: 'unkeyed-asked-again',
    defect: 'a command without a key is sent to the next owner, though the last one may have done it',
    file: 'actors/cluster/remote-commands.ts',
    find: "if (pending.epoch === 0 || pending.mail.command.key !== '') this.dispatch(pending)",
    replace: 'this.dispatch(pending)'
  }
]
