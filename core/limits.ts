// Every bound of the product, by name. Full means `busy` (retryable), a refusal, or a closed socket:
// never a stall and never a crash (DESIGN rule 8).

/** Seats in one plan. A seat index fits 17 bits; status maps stay below 25 KB. */
export const PLAN_SEATS_MAX = 100_000
/** Bytes of a plan's JSON. The largest plan we know, 100,000 seats, is 31 MB as pretix writes it. */
export const PLAN_BYTES_MAX = 48 * 1024 * 1024
/** Categories, zones, and drawn areas of one plan. */
export const PLAN_CATEGORIES_MAX = 1_000
export const PLAN_ZONES_MAX = 1_000
export const PLAN_AREAS_MAX = 10_000
/** Characters of a seat id, zone, row label or category name. */
export const PLAN_TEXT_MAX = 200
/** Characters of a text that is only drawn. */
export const PLAN_CAPTION_MAX = 2_000
/** Corners of one drawn polygon. */
export const PLAN_POINTS_MAX = 10_000
/** How far from zero a coordinate or a size may be, in plan units; seats stand about 25 apart. */
export const PLAN_COORDINATE_MAX = 1_000_000
/** Faults of a plan that are listed; of the others only their number is said. */
export const PLAN_FAULTS_MAX = 1_000
/** Row entries of one label in one zone that are tried as parts of one row; more are taken as they stand. */
export const PLAN_ROW_PARTS_MAX = 128

/** Characters of a show id; letters, digits, `_` and `-`, so that it is also a NATS subject token. */
export const SHOW_ID_MAX = 64
/** Characters of a user id and of an idempotency key (printable ASCII). */
export const USER_ID_MAX = 128
export const KEY_MAX = 128
/** Characters of a payment reference and of a show title. */
export const REFERENCE_MAX = 200
export const TITLE_MAX = 300

/** Seats a customer's command may name, whatever the show's policy says. */
export const COMMAND_SEATS_MAX = 100
/** Highest price of a seat in minor units: 10^12, so that a total of 1,000 seats stays a safe integer. */
export const PRICE_MAX = 1_000_000_000_000

/** Times that both RFC 3339 and Postgres can write, epoch milliseconds: the years 1 to 9999. */
export const TIME_MIN = -62_135_596_800_000
export const TIME_MAX = 253_402_300_799_999

/** How long a key remembers its answer (DESIGN rule 5). */
export const IDEMPOTENCY_MS = 24 * 60 * 60 * 1000
/** Keys remembered per show. When all of them are younger than a day, new writes get `busy`. */
export const IDEMPOTENCY_KEYS_MAX = 1_048_576
/** Keys of a show whose events stay in memory and in its snapshot: when there are as many, all of them are sealed. */
export const KEYS_SEALED_AT = 256
/** Answers of sealed keys that were looked up, kept per show until they are given. */
export const RECALLED_KEYS_MAX = 4_096

/** Policy bounds: what an admin may set. */
export const HOLD_MS_MIN = 1_000
export const HOLD_MS_MAX = 2 * 60 * 60 * 1000
export const SEATS_PER_USER_MAX = 100_000
export const HOLDS_PER_USER_MAX = 10_000
export const EXTENSIONS_MAX = 100

/** Commands that wait in one shard's mailbox. */
export const MAILBOX_MAX = 16_384
/** Commands one shard decides in one batch, which become one frame. */
export const BATCH_MAX = 1_024
/** Commits under way at once; the next batch fills meanwhile. */
export const COMMITS_IN_FLIGHT_MAX = 2
/** Commands parked while their show is being loaded. */
export const PARKED_MAX = 4_096
/** Shows kept in memory on one node before the least used are passivated early. */
export const RESIDENT_SHOWS_MAX = 20_000
/** A show nobody asked for in this time, with no holds and no viewers, is passivated. */
export const PASSIVATE_AFTER_MS = 60_000
/** Events of a node, shared out to its shards, after which snapshots are written and the journal moved behind them. */
export const CHECKPOINT_EVENTS = 131_072
/** … but of a shard no fewer than this: a checkpoint is half a dozen statements. */
export const CHECKPOINT_EVENTS_MIN = 512
/** … or this long after the last checkpoint, if anything happened. */
export const CHECKPOINT_MS = 5 * 60_000
/** Compiled plans kept in memory. */
export const PLANS_CACHED_MAX = 256

/** Diffs of a show kept for viewers that come back. */
export const FEED_RING_MAX = 256
/** Seat changes are gathered this long before they are pushed, or until the push before has gone out. */
export const FEED_TICK_MS = 25
/** Seat changes are gathered for no longer than this, however long a push takes. */
export const FEED_TICK_MS_MAX = 5_000
/** Sockets that are pushed to in one turn of a node's loop, about: some ten milliseconds. */
export const PUSHED_AT_ONCE_MAX = 1_000

/** Bytes of a request's body: commands, and what only admins send (blocked seats, prices) short of a plan. */
export const COMMAND_BYTES_MAX = 64 * 1024
export const ADMIN_BYTES_MAX = 8 * 1024 * 1024
/** Bodies of more than this are parsed and checked in a worker thread, away from the shows. */
export const INLINE_PLAN_BYTES_MAX = 256 * 1024
/** Characters of a message id on a WebSocket, and of a request id over HTTP. */
export const MESSAGE_ID_MAX = 64
/** Items of one page of a list, and what is given when nobody asks. */
export const PAGE_MAX = 200
export const PAGE_DEFAULT = 50
/** Characters of a list's cursor. */
export const CURSOR_MAX = 200

/** A guest session's life. */
export const SESSION_MS = 12 * 60 * 60 * 1000
/** Characters of a token, verified tokens remembered, and the shortest secret they may be signed with. */
export const TOKEN_MAX = 4_096
export const TOKENS_CACHED_MAX = 16_384
export const SECRET_BYTES_MIN = 32
/** Token buckets: new sessions and unknown callers per address, reads and writes per user. */
export const SESSION_RATE = { perSecond: 5, burst: 50 }
export const READ_RATE = { perSecond: 100, burst: 200 }
export const WRITE_RATE = { perSecond: 20, burst: 40 }
/** Buckets kept; the least used goes first, and whoever owned it starts afresh. */
export const RATE_BUCKETS_MAX = 65_536

/** Writes that are remembered, one a user and shard, and how long a read waits for them. */
export const RECENT_WRITES_MAX = 131_072
export const READ_YOUR_WRITES_MS = 1_000
/** Bytes of rendered seat maps kept: 20,000 seats are about 6 MB. */
export const SEAT_MAPS_BYTES_MAX = 128 * 1024 * 1024
/** An ordered shutdown is cut short after this. */
export const SHUTDOWN_MS = 10_000
/** A shard's lease on Postgres's clock; renewed at a third of it. */
export const LEASE_MS = 3_000
/** Its owner believes in it for this much less: clocks that tick at different speeds, and a decision under way. */
export const LEASE_MARGIN_MS = 100
/** How long requests wait for the journal to speak again before they get `unavailable`. */
export const JOURNAL_PATIENCE_MS = 300
/** An append without an answer for this long is lost: with the patience above, below two seconds. */
export const APPEND_TIMEOUT_MS = 1_500
/** Bytes of frames that one read of the journal brings, more or less: one frame at least. */
export const JOURNAL_READ_BYTES_MAX = 8 * 1024 * 1024
/** How long an ask for a show that is not in memory waits for its snapshot. */
export const LOAD_PATIENCE_MS = 1_500
/** Ids of shows known not to exist, kept so that asking for them costs no query. */
export const ABSENT_SHOWS_MAX = 10_000

/** Bytes of one WebSocket message; a larger one is refused, and one over four times this closes the socket. */
export const MESSAGE_BYTES_MAX = 16 * 1024
/** Messages a second of one socket, unless its token is a service's or an admin's. */
export const MESSAGE_RATE = { perSecond: 50, burst: 100 }
/** Messages over that rate before the socket is closed. */
export const FLOOD_MAX = 1_000
/** Commands of one socket that are not answered yet. */
export const SOCKET_COMMANDS_MAX = 2_048
/** Shows one socket may watch. */
export const SOCKET_SHOWS_MAX = 16
/** Bytes waiting to be sent on one socket: above this it is skipped to a fresh snapshot, or closed. */
export const SOCKET_BUFFER_MAX = 128 * 1024
/** Seconds without a sign of life after which a socket is closed; pings go out before. */
export const SOCKET_IDLE_SECONDS = 60
/** Shards of one cluster: each is a row and a mailbox, so there need not be more than shows are sold at once. */
export const SHARDS_MAX = 4_096

/** Commands of one request over NATS, and its bytes: 256 holds of two seats are about 30 KB. */
export const NATS_COMMANDS_PER_REQUEST_MAX = 256
export const NATS_REQUEST_BYTES_MAX = 512 * 1024
/** Commands that came over NATS and are not answered yet. */
export const NATS_COMMANDS_MAX = 16_384
/** Bytes of answers that the NATS server has not taken yet: above this, requests are left unheard. */
export const NATS_UNSENT_BYTES_MAX = 32 * 1024 * 1024
/** Events that go to the stream at once, and bytes of frames that are read for them, more or less. */
export const EVENTS_AT_ONCE_MAX = 512
export const EVENTS_READ_BYTES_MAX = 256 * 1024
/** The right of one node to publish events; renewed at a third of it. */
export const EVENTS_LEASE_MS = 10_000
/** How long the stream knows the ids of its messages by itself. */
export const EVENTS_DUPLICATES_MS = 2 * 60_000

/** Commands for other nodes' shards that are not answered yet, and how long they wait before they get `unavailable`. */
export const REMOTE_COMMANDS_MAX = 16_384
export const REMOTE_PATIENCE_MS = 1_800
/** Looks at other nodes' shows that are not answered yet, and shows whose faces are kept. */
export const LOOKS_MAX = 4_096
export const REMOTE_SHOWS_MAX = 20_000
/** How long the owner of a show believes that another node watches it; said again four times within it. */
export const INTEREST_MS = 4_000
/** Bytes after which what one node has for another leaves before the end of the turn. */
export const PACKET_BYTES_MAX = 128 * 1024
/** Shards that one node hands over to another at a time. */
export const HANDOFFS_AT_ONCE = 2
/** How often a node says which shards are its, and after which silence of its own voice it takes itself for cut off. */
export const HELLO_MS = 1_000
export const HELLO_SILENCE_MS = 2_500
/** How long a node that ends goes on handing over before it lets the rest run out. */
export const DRAIN_MS = 5_000
