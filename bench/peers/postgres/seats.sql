-- One row per seat. Half of each page stays empty, so that a new version of a row finds room beside the old one and
-- the index need not be touched (HOT); for the same reason there is no index on what changes.
create table seats (
  show integer not null,
  seat integer not null,
  status smallint not null default 0,
  holder integer,
  expires_at timestamptz,
  version integer not null default 0,
  primary key (show, seat)
) with (fillfactor = 50);

create function warm_up() returns bigint language sql as 'select count(holder) from seats';
