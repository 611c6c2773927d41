#!/bin/sh
# Writes .env beside this file from .env.example, with a fresh secret for every name without a value, readable by you
# alone. One that is there stays as it is.
set -eu
cd "$(dirname "$0")"
umask 077

if [ -e .env ]; then
  echo 'deploy/.env is there already, and stays as it is'
  exit 0
fi

secret() {
  printf 's%s' "$(head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n')"
}

while IFS= read -r line; do
  case $line in
    '#'*) ;;
    *=) line="$line$(secret)" ;;
  esac
  printf '%s\n' "$line"
done < .env.example > .env.new
mv .env.new .env
echo 'Wrote deploy/.env with fresh secrets'
