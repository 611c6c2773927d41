// A seating plan as the rest of the core uses it: numbers in typed arrays, indexed by seat.
// Seat indexes are stable: the same plan gives the same indexes, in whatever order its file lists
// zones, rows and seats. Immutable, and shared by all shows of the same plan.

export interface PlanCategory {
  readonly name: string
  /** CSS colour, `#rrggbb`. */
  readonly color: string
  /** Its seats are for people who need accessible seats. */
  readonly accessible: boolean
}

export interface PlanRow {
  /** Index into `Plan.zones`. */
  readonly zone: number
  readonly label: string
  /** Seat indexes in the order one walks along the row. */
  readonly seats: Uint32Array
}

export interface PlanPoint {
  readonly x: number
  readonly y: number
}

/** Something drawn that is not a seat: stage, walls, texts. Absolute coordinates. */
export interface PlanArea {
  readonly shape: 'rectangle' | 'circle' | 'ellipse' | 'polygon' | 'text'
  readonly x: number
  readonly y: number
  /** Degrees. */
  readonly rotation: number
  readonly color: string
  readonly borderColor: string
  readonly width?: number
  readonly height?: number
  readonly radiusX?: number
  readonly radiusY?: number
  readonly points?: readonly PlanPoint[]
  readonly text?: {
    readonly text: string
    readonly x: number
    readonly y: number
    readonly color: string
    readonly size?: number
  }
}

export interface Plan {
  readonly name: string
  readonly seatCount: number
  readonly width: number
  readonly height: number
  /** pretix `seat_guid` by seat index. */
  readonly ids: readonly string[]
  readonly numbers: readonly string[]
  readonly indexOf: ReadonlyMap<string, number>
  readonly categories: readonly PlanCategory[]
  readonly categoryOf: Uint16Array
  readonly zones: readonly string[]
  readonly zoneOf: Uint16Array
  readonly rows: readonly PlanRow[]
  readonly rowOf: Uint32Array
  /** Neighbour in the row, −1 at its end or where an aisle is. */
  readonly left: Int32Array
  readonly right: Int32Array
  /** 1 where the seat is an accessible one. */
  readonly accessible: Uint8Array
  /** 0 is the best seat of the house: front and centre first. A permutation of the seat indexes. */
  readonly sight: Uint32Array
  /** Absolute position and radius in plan units. */
  readonly x: Float32Array
  readonly y: Float32Array
  readonly radius: Float32Array
  readonly areas: readonly PlanArea[]
}

/** Seat status as it stands in memory, in snapshots and on the wire. */
export const AVAILABLE = 0
export const HELD = 1
export const BOOKED = 2
export const BLOCKED = 3
export const STATUS_NAMES = ['available', 'held', 'booked', 'blocked'] as const
export type SeatStatus = (typeof STATUS_NAMES)[number]
