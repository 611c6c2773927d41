// The thread in which a large plan is read: gets the request's body, answers an `Intake`, and ends.
import { parentPort, workerData } from 'node:worker_threads'
import { intake } from './show-intake.ts'

parentPort?.postMessage(intake(workerData as Uint8Array))
