-- Like batched.sql, on one row per 64 seats, a bit each: a hold writes one row or two instead of one per seat.
create table blocks (
  show integer not null,
  block integer not null,
  taken bigint not null default 0,
  primary key (show, block)
) with (fillfactor = 50);

create function warm_up() returns bigint language sql as 'select count(taken) from blocks';

create function hold_batch(shows integer[], firsts integer[], counts integer[], holders integer[])
returns integer[] language plpgsql as $$
declare
  granted integer[];
begin
  perform pg_advisory_xact_lock(show) from (select distinct unnest(shows) as show order by show) as locked;
  with wanted as (
    select place, show, first / 64 as block, first % 64 as bit, (1::bigint << count) - 1 as ones, first % 64 + count > 64 as crosses
    from unnest(shows, firsts, counts) with ordinality as w(show, first, count, place)
  ), masks as (
    select place, show, block, ones << bit as mask from wanted
    union all
    select place, show, block + 1, ones >> (64 - bit) from wanted where crosses
  ), found as (
    select b.ctid, m.place, m.mask, bool_and(b.taken & m.mask = 0) over (partition by m.place) as free
    from masks m join blocks b on b.show = m.show and b.block = m.block
  ), written as (
    update blocks b set taken = b.taken | f.mask
    from (select ctid, bit_or(mask) as mask from found where free group by ctid) as f
    where b.ctid = f.ctid
  )
  select array_agg(distinct place) into granted from found where free;
  return coalesce(granted, '{}');
end
$$;
