// Redis in every form and durability that Frontrow is compared with.
import { PEERS } from '../bench/peers/peers.ts'
import { peerContract } from './peer-contract.ts'

for (const peer of PEERS.filter(({ name }) => name.startsWith('redis'))) peerContract(peer)
