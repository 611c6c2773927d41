-- How far events went out on the stream, so that none is lost and none goes out twice. The stream itself says what
-- came after the positions were saved last: `stream_seq` is where it ended then.

create table frontrow.event_position (
  shard int primary key,
  -- Every event of the frames up to here is in the stream,
  seq bigint not null,
  -- and so many of the next frame.
  events int not null
) with (fillfactor = 50);

-- One node publishes at a time. That is a matter of order, not of safety: the stream takes a message only behind the
-- one that its publisher saw last.
create table frontrow.event_publisher (
  only_one boolean primary key default true check (only_one),
  owner text,
  expires timestamptz,
  stream_seq bigint
) with (fillfactor = 50);
insert into frontrow.event_publisher default values;
