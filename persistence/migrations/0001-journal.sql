-- The journal and what stands beside it. `shard_head` is the fence: an append moves `seq` from n-1 to n
-- under the right epoch in the same statement that inserts the frame, or does nothing.
-- Forward only: this file never changes once it was released; what comes later is the next number.

-- Updated by every commit: room on the page keeps the updates HOT, so that no index grows.
create table frontrow.shard_head (
  shard int primary key,
  epoch bigint not null,
  seq bigint not null,
  stamped_at bigint not null,
  snapshot_seq bigint not null,
  owner text,
  expires timestamptz
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Frames up to 8 KB stay on the row's page: from 2 KB on, TOAST would cost a second table and index.
-- They are packed already, so Postgres does not try to compress them.
create table frontrow.journal (
  shard int not null,
  seq bigint not null,
  epoch bigint not null,
  stamped_at bigint not null,
  frame bytea not null,
  primary key (shard, seq)
) with (toast_tuple_target = 8160);
alter table frontrow.journal alter column frame set storage external;

-- Frames that snapshots cover and projections have read. Kept for replay and audit, never deleted.
create table frontrow.journal_history (
  shard int not null,
  seq bigint not null,
  epoch bigint not null,
  stamped_at bigint not null,
  frame bytea not null,
  moved_at timestamptz not null
) partition by range (moved_at);
alter table frontrow.journal_history alter column frame set storage external;
create index journal_history_position on frontrow.journal_history (shard, seq);

-- A partition of the history holds one month in UTC, and is made when its first frame comes.
create function frontrow.ensure_history_partition(moved_at timestamptz) returns void language plpgsql as $$
declare
  month timestamp := date_trunc('month', moved_at at time zone 'utc');
  name text := 'journal_history_' || to_char(month, 'YYYY_MM');
begin
  if to_regclass('frontrow.' || name) is not null then return; end if;
  perform pg_advisory_xact_lock(hashtext('frontrow.journal_history'));
  if to_regclass('frontrow.' || name) is not null then return; end if;
  execute format(
    'create table frontrow.%I partition of frontrow.journal_history for values from (%L) to (%L) with (toast_tuple_target = 8160)',
    name, month at time zone 'utc', (month + interval '1 month') at time zone 'utc'
  );
end
$$;

-- Every frame there ever was, for replay and audit.
create view frontrow.journal_all as
  select shard, seq, epoch, stamped_at, frame from frontrow.journal
  union all
  select shard, seq, epoch, stamped_at, frame from frontrow.journal_history;

create table frontrow.show_snapshot (
  show_id text primary key,
  shard int not null,
  seq bigint not null,
  next_expiry bigint not null,
  bytes bytea not null
);
alter table frontrow.show_snapshot alter column bytes set storage external;
create index show_snapshot_with_holds on frontrow.show_snapshot (shard) where next_expiry > 0;

-- Compressing 31 MB of JSON would hold up an embedded database for seconds.
create table frontrow.plan (
  hash text primary key,
  json bytea not null,
  created_at timestamptz not null default now()
);
alter table frontrow.plan alter column json set storage external;
