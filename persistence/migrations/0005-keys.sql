-- Keys of shows whose events have left memory and snapshots, many to a row: what each did is read when it comes again,
-- that it was used is told by the hashes alone, which stand apart so that recovery reads nothing else.
create table frontrow.show_keys (
  show_id text not null,
  seq bigint not null,
  shard int not null,
  newest_at bigint not null,
  hashes bytea not null,
  events bytea not null,
  primary key (show_id, seq)
);
alter table frontrow.show_keys alter column hashes set storage external;
alter table frontrow.show_keys alter column events set storage external;
create index show_keys_age on frontrow.show_keys (shard, newest_at);
