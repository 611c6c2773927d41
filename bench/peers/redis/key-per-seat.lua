-- Every seat that is held is a key with its holder, which ends by itself. KEYS: the seats of all requests. ARGV: how
-- long a hold lasts in milliseconds, and then for each request how many seats it has and who asks.
local answers = {}
local first = 1
for at = 2, #ARGV, 2 do
  local last = first + tonumber(ARGV[at]) - 1
  local answer = 0
  if redis.call('EXISTS', unpack(KEYS, first, last)) == 0 then
    answer = 1
    for key = first, last do
      redis.call('SET', KEYS[key], ARGV[at + 1], 'PX', ARGV[1])
    end
  end
  answers[at / 2] = answer
  first = last + 1
end
return answers
