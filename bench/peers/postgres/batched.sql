-- Many requests in one statement and one commit, each all or nothing. Requests for the same seat never share a batch:
-- the driver sees to that. Whoever sells seats of a show has its advisory lock until the commit, which writes nothing,
-- where a row lock would write each row twice. Answers the places of those granted. For adjacent seats alone.
create function hold_batch(shows integer[], firsts integer[], counts integer[], holders integer[])
returns integer[] language plpgsql as $$
declare
  granted integer[];
begin
  perform pg_advisory_xact_lock(show) from (select distinct unnest(shows) as show order by show) as locked;
  with wanted as (
    select * from unnest(shows, firsts, counts, holders) with ordinality as w(show, first, count, holder, place)
  ), free as (
    select s.ctid, w.place, w.holder, w.count, count(*) over (partition by w.place) as free
    from wanted w join seats s on s.show = w.show and s.seat between w.first and w.first + w.count - 1
    where s.status = 0 or s.expires_at <= now()
  ), held as (
    update seats s set status = 1, holder = f.holder, expires_at = now() + interval '10 minutes'
    from free f where s.ctid = f.ctid and f.free = f.count
    returning f.place
  )
  select array_agg(distinct place) into granted from held;
  return coalesce(granted, '{}');
end
$$;
