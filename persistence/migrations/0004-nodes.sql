-- Which nodes are there, on the clock that the leases are on. What it says decides who is given shards; whose a shard
-- is, `shard_head` alone says.

create table frontrow.node (
  node text primary key,
  -- Epoch milliseconds by the node's own clock: of two processes under one name the younger stays.
  started_at bigint not null,
  expires timestamptz not null,
  -- It hears itself over the wire, so others can reach it.
  connected boolean not null,
  -- It is to own nothing: an operator said so, or it is about to end.
  draining boolean not null
) with (fillfactor = 50);
