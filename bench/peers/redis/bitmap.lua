-- Seats as bits of one string per show. KEYS: the show of each request. ARGV: for each request how many seats, and they.
-- One command tries all seats of a request: a bit that was set cannot be counted up, and answers nil.
local answers = {}
local at = 1
for request = 1, #KEYS do
  local count = tonumber(ARGV[at])
  local operations = { 'OVERFLOW', 'FAIL' }
  local length = 2
  for seat = at + 1, at + count do
    operations[length + 1] = 'INCRBY'
    operations[length + 2] = 'u1'
    operations[length + 3] = ARGV[seat]
    operations[length + 4] = '1'
    length = length + 4
  end
  local bits = redis.call('BITFIELD', KEYS[request], unpack(operations))
  local answer = 1
  for bit = 1, count do
    if not bits[bit] then answer = 0 end
  end
  if answer == 0 then
    for bit = 1, count do
      if bits[bit] then redis.call('SETBIT', KEYS[request], ARGV[at + bit], 0) end
    end
  end
  answers[request] = answer
  at = at + count + 1
end
return answers
