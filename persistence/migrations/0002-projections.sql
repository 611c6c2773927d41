-- What the journal says, for SQL users and for lists. Behind the journal by a little, with its own position;
-- everything here can be made again from the journal. Money in minor units.

create table frontrow.projection_position (
  shard int primary key,
  seq bigint not null
) with (fillfactor = 20);

create table frontrow.shows (
  show_id text primary key,
  title text not null,
  starts_at timestamptz not null,
  currency text not null,
  plan_hash text not null,
  prices jsonb not null,
  policy jsonb not null,
  seat_count int,
  created_at timestamptz not null
);
create index shows_by_start on frontrow.shows (starts_at, show_id);

-- `total` is that of the seats the booking still has.
create table frontrow.bookings (
  booking_id text primary key,
  show_id text not null,
  user_id text not null,
  status text not null check (status in ('confirmed', 'cancelled')),
  total bigint not null,
  currency text not null,
  payment_reference text not null,
  booked_at timestamptz not null,
  updated_at timestamptz not null
);
create index bookings_by_user on frontrow.bookings (user_id, booked_at desc, booking_id desc);

create table frontrow.booking_seats (
  booking_id text not null,
  show_id text not null,
  seat_index int not null,
  seat_id text not null,
  price bigint not null,
  status text not null check (status in ('booked', 'cancelled')),
  primary key (booking_id, seat_index)
);
-- A seat sold twice is refused here too, whatever went wrong before.
create unique index booking_seats_sold_once on frontrow.booking_seats (show_id, seat_index) where status = 'booked';

create table frontrow.holds (
  show_id text not null,
  hold int not null,
  user_id text not null,
  seats int[] not null,
  held_at timestamptz not null,
  expires_at timestamptz not null,
  extensions int not null,
  ended_at timestamptz,
  outcome text check (outcome in ('released', 'expired', 'booked')),
  primary key (show_id, hold)
);

-- Moves a projection on, or fails when somebody else has done so: then the whole transaction is void.
create function frontrow.advance_projection(projected int, from_seq bigint, to_seq bigint) returns void
language plpgsql as $$
begin
  update frontrow.projection_position set seq = to_seq where shard = projected and seq = from_seq;
  if not found then
    raise exception 'the projection of shard % is not at %', projected, from_seq using errcode = 'FR001';
  end if;
end
$$;
