-- Like NOWAIT, but a seat that somebody else is at counts as taken, without an error.
create function hold(wanted_show integer, wanted integer[], wanted_by integer) returns boolean language plpgsql as $$
declare
  free integer;
begin
  perform from seats
  where show = wanted_show and seat = any(wanted) and (status = 0 or expires_at <= now())
  order by seat
  for update skip locked;
  get diagnostics free = row_count;
  if free < cardinality(wanted) then
    return false;
  end if;
  update seats set status = 1, holder = wanted_by, expires_at = now() + interval '10 minutes'
  where show = wanted_show and seat = any(wanted);
  return true;
end
$$;
