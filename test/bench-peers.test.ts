// What of the peers needs no server: their names, and how Redis' answers are read.
import { describe, expect, it } from 'vitest'
import { PEERS } from '../bench/peers/peers.ts'
import { createRespParser, type Reply } from '../bench/peers/redis/resp-parser.ts'

const BYTES = Buffer.from(
  ':12\r\n:-3\r\n*3\r\n:1\r\n$-1\r\n*1\r\n:0\r\n+OK\r\n$5\r\na\r\nb!\r\n$0\r\n\r\n*0\r\n*-1\r\n-ERR no\r\n'
)
const REPLIES: readonly Reply[] = [12, -3, [1, null, [0]], 'OK', 'a\r\nb!', '', [], null, new Error('ERR no')]

describe('the peers', () => {
  it('BENCH-86: each has a name of its own and settings to try', () => {
    expect(new Set(PEERS.map(({ name }) => name)).size).toBe(PEERS.length)
    for (const { sweep } of PEERS) expect(sweep.length).toBeGreaterThan(0)
  })

  it('BENCH-87: answers of Redis are read in whatever pieces they come', () => {
    for (let size = 1; size <= BYTES.length; size++) {
      const replies: Reply[] = []
      const read = createRespParser((reply) => replies.push(reply))
      const piece = Buffer.alloc(size)
      for (let at = 0; at < BYTES.length; at += size) {
        // The same memory again, as the socket does.
        const count = BYTES.copy(piece, 0, at, at + size)
        read(piece.subarray(0, count))
      }
      expect(replies).toEqual(REPLIES)
    }
  })

  it('BENCH-87: what is no answer is not taken for one', () => {
    expect(() => createRespParser(() => {})(Buffer.from('HTTP/1.1'))).toThrow('no RESP 2')
  })
})
