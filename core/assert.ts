// For what cannot be unless we have a bug. Whoever catches it drops the show and replays it.

export class Bug extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Bug'
  }
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Bug(message)
}
