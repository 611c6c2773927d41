-- Optimistic: reads the seats without a lock and writes those that are as they were read; fewer than asked for, and all
-- of it is undone (40001).
create function hold(wanted_show integer, wanted integer[], wanted_by integer) returns boolean language plpgsql as $$
declare
  versions integer[];
  written integer;
begin
  select array_agg(version order by seat) into versions from seats
  where show = wanted_show and seat = any(wanted) and (status = 0 or expires_at <= now());
  if cardinality(versions) = cardinality(wanted) then
    update seats
    set status = 1, holder = wanted_by, expires_at = now() + interval '10 minutes', version = version + 1
    where show = wanted_show and seat = any(wanted) and version = versions[array_position(wanted, seat)];
    get diagnostics written = row_count;
    if written < cardinality(wanted) then
      raise exception 'a seat changed meanwhile' using errcode = 'serialization_failure';
    end if;
    return true;
  end if;
  return false;
end
$$;
