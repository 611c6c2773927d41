-- Pessimistic: locks the seats that are free, in order, and gives up (55P03) where somebody else is at one of them.
create function hold(wanted_show integer, wanted integer[], wanted_by integer) returns boolean language plpgsql as $$
declare
  free integer;
begin
  perform from seats
  where show = wanted_show and seat = any(wanted) and (status = 0 or expires_at <= now())
  order by seat
  for update nowait;
  get diagnostics free = row_count;
  if free < cardinality(wanted) then
    return false;
  end if;
  update seats set status = 1, holder = wanted_by, expires_at = now() + interval '10 minutes'
  where show = wanted_show and seat = any(wanted);
  return true;
end
$$;
