#!/bin/sh
# Fills a folder with files of every kind a backup may get wrong. Runs as root, once: a second run changes nothing.
set -eu
cd "$1"
if [ -e .filled ]; then exit 0; fi
# What a start cut short left behind goes away first.
find . -mindepth 1 -maxdepth 1 -exec rm -rf -- {} +
umask 022

mkdir links sparse modes owners attributes times names empty deep many

echo content > links/file
ln links/file links/hard-link
ln links/file names/hard-link-in-another-folder
ln -s file links/relative
ln -s /etc/passwd links/absolute
ln -s nowhere links/dangling
ln -s ../links links/to-folder
ln -s loop links/loop
ln links/dangling links/hard-link-of-a-symlink
ln -s "$(printf '%0255d' 0)" links/long-target

truncate -s 64M sparse/all-hole
truncate -s 32M sparse/data-in-the-middle
printf island | dd of=sparse/data-in-the-middle bs=1M seek=16 conv=notrunc status=none
printf edge > sparse/hole-at-the-end && truncate -s 8M sparse/hole-at-the-end

for mode in 0000 0400 0644 0777 1644 2755 4755 6755; do
  echo "$mode" > "modes/file-$mode" && chmod "$mode" "modes/file-$mode"
  mkdir "modes/folder-$mode" && chmod "$mode" "modes/folder-$mode"
done

for owner in 0:0 1:1 999:999 10002:20003 65534:65534 4294967294:4294967294; do
  name="$(echo "$owner" | tr : -)"
  echo "$owner" > "owners/$name" && chown "$owner" "owners/$name"
  ln -s target "owners/$name-link" && chown -h "$owner" "owners/$name-link"
done
# Changing the owner takes away the setuid bit: the mode has to be set after it.
echo setuid > owners/setuid-of-another && chown 999:999 owners/setuid-of-another && chmod 4755 owners/setuid-of-another

echo a > attributes/file
setfattr --name=user.comment --value='in plain words' attributes/file
setfattr --name=user.bytes --value=0x00ff0a80 attributes/file
setfattr --name=user.empty attributes/file
setfattr --name='user.with space' --value=1 attributes/file
setfattr --name=user.long --value="$(printf '%01000d' 0)" attributes/file
mkdir attributes/folder && setfattr --name=user.on-a-folder --value=yes attributes/folder

: > 'names/ leading and trailing space '
: > names/-leading-dash
: > names/--force
: > 'names/*?[a]'
: > "names/$(printf 'line one\nline two')"
: > "names/$(printf 'tab\tbell\ahere')"
: > 'names/quote" and '\'' and back\slash'
: > "names/$(printf 'caf\303\251')"
: > "names/$(printf 'cafe\314\201')"
: > "names/$(printf '\360\237\233\222 \327\251 \344\270\255')"
: > "names/$(printf 'not-utf8-\377\376\200')"
: > "names/$(printf 'latin1-\344\366\374')"
: > 'names/...'
: > 'names/%2F..%2Fescaped'
: > 'names/$(id)`id`'
: > "names/$(printf '%0255d' 0)"
mkdir "names/$(printf 'folder not-utf8-\377')" && echo inside > "names/$(printf 'folder not-utf8-\377')/file"

mkdir -p empty/folder/in/folder && : > empty/file

path=deep
for level in $(seq 60); do path="$path/level-$level-of-a-rather-long-folder-name"; done
mkdir -p "$path" && echo bottom > "$path/file"

for number in $(seq 500); do echo "$number" > "many/$number"; done
head -c 20000000 /dev/urandom > many/large

# Times last, since everything above changes those of its folder.
echo t > times/epoch && touch -d '1970-01-01 00:00:00 UTC' times/epoch
echo t > times/before-the-epoch && touch -d '1960-02-03 04:05:06 UTC' times/before-the-epoch
echo t > times/nanoseconds && touch -d '2001-02-03 04:05:06.123456789 UTC' times/nanoseconds
echo t > times/after-2038 && touch -d '2100-01-01 00:00:00.5 UTC' times/after-2038
ln -s target times/link && touch -h -d '2002-02-02 02:02:02.2 UTC' times/link
mkdir times/folder && touch -d '1999-12-31 23:59:59.999999999 UTC' times/folder
touch -d '2003-03-03 03:03:03.3 UTC' times names "$path"

: > .filled
