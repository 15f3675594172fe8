#!/bin/sh
# Starts PostgreSQL, making the database cluster first when PGDATA is empty.
#   POSTGRES_PASSWORD  needed for the first start only
#   POSTGRES_USER      superuser, default postgres
#   POSTGRES_DB        database made at the first start, default the user's name
#   PGDATA             a folder below the mounted volume, not its root: the volume's own mode need not suit PostgreSQL
# Needs no privileges and writes only to PGDATA and /tmp.
set -eu

POSTGRES_USER="${POSTGRES_USER:-postgres}"
POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?has to be set for the first start}"
  # Made under another name and renamed last, so that a start cut short does not leave half a cluster behind.
  fresh="$PGDATA.new"
  rm -rf "$fresh"
  umask 077
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  initdb --pgdata="$fresh" --username="$POSTGRES_USER" --pwfile=/tmp/password \
    --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$fresh/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -j -D "$fresh" postgres
  fi
  mv "$fresh" "$PGDATA"
fi

# The kubelet may have widened the mode when it applied fsGroup; PostgreSQL refuses to start with more than 0750.
chmod 0700 "$PGDATA"
unset POSTGRES_PASSWORD
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
