import { execFileSync } from 'node:child_process';

/** Everything a file system allows and a copying tool tends to lose. Needs root, bash, attr and acl. */
const script = String.raw`
set -e
mkdir -p empty deep/a/b/c 'dir
newline' cachedir d0 sticky setgid many
printf 'Signature: 8a477f597d28d172789f06886806bc55\n' > cachedir/CACHEDIR.TAG; echo x > cachedir/kept
echo '*.secret' > .kopiaignore; echo s > a.secret
echo hi > setuid; chown 1234:4321 setuid; chmod 4755 setuid
setfattr -n user.a -v 1 setuid; setfattr -n user.empty setuid; setfattr -n user.bin -v 0xff00fe0a setuid
setfacl -m u:55:rw empty; setfacl -d -m u:66:rwx empty
echo cap > cap; setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 cap
ln -s nowhere dangling; touch -h -d '1999-01-01 00:00:00.123456789 UTC' dangling
ln -s /etc/passwd absolute; chown -h 12:13 absolute; ln -s $'tar\xff\nget' odd-target
ln setuid link-of-setuid; ln setuid deep/a/link-of-setuid; echo xl > 'b link'; setfattr -n user.x -v y 'b link'; ln 'b link' many/l
truncate -s 50M sparse; echo end >> sparse; truncate -s 3M holes-only
head -c 3000000 /dev/urandom > big
touch -d '1950-01-01 00:00:00.123456789 UTC' before-1970
touch -d '2400-01-01 00:00:00.987654321 UTC' far-future
printf x > $'non\xff\xfeutf8'; mkdir $'d\xe9'; printf y > $'d\xe9/\xc3\xa9'; setfattr -n user.n -v v $'d\xe9/\xc3\xa9'
printf x > 'new
line'; setfattr -n user.nl -v v 'new
line'; printf x > 'back\slash'; setfattr -n user.bs -v v 'back\slash'; printf x > ' lead'; printf x > -dash; printf x > 'q"uote'; printf x > $'sep\xe2\x80\xa8arator'; printf x > $'cr\rx'
touch -d '1960-05-05 05:05:05.5 UTC' $'cr\rx'
: > zero; mkfifo -m 640 fifo; chown 3:4 fifo; touch -d '2005-01-01 00:00:00.000000001 UTC' fifo
echo p > perm0; chmod 0 perm0; echo q > d0/q; chmod 0 d0; chmod 1777 sticky; chmod 2775 setgid
p=deep/a/b/c; for i in $(seq 1 60); do p=$p/level-$i-abcdefghijklmnopqrstuvwxyz; done; mkdir -p $p; echo deep > $p/file
for i in $(seq 1 600); do echo $i > many/$i; done; echo a > a; mkdir a.d; echo b > a.d/b; echo c > a-c
printf 1 > $'same\xff'; printf 22 > $'same\xfe'; printf 333 > $'same\xef\xbf\xbd'; mkdir $'sd\x80' $'sd\x81'; echo i > $'sd\x80/f'; echo ii > $'sd\x81/f'; ln -s t1 $'sd\x80/l'; ln -s t2 $'sd\x81/l'
mknod null c 1 3
touch -d '2001-02-03 04:05:06.123456789 UTC' empty deep sticky many .
chown 7:8 .; chmod 2751 .; setfattr -n user.root -v r .
touch -d '2001-02-03 04:05:06.123456789 UTC' .
`;

/** Makes the odd tree in an empty directory. */
export function makeOddTree(directory: string): void {
  execFileSync('bash', ['-c', script], { cwd: directory });
}

/** An independent witness: find, sha256sum and getfattr, not the code under test. */
export function witness(path: string): string {
  const options = { cwd: path, encoding: 'latin1', maxBuffer: 1e8 } as const;
  const names = execFileSync(
    'find',
    [
      '.',
      '(',
      '-type',
      's',
      '-o',
      '-type',
      'c',
      ')',
      '-prune',
      '-o',
      '-type',
      'd',
      '-printf',
      '%p|%y|%m|%U:%G|%T@\\0',
      '-o',
      '-printf',
      '%p|%y|%m|%U:%G|%T@|%s|%l|%n\\0',
    ],
    options
  );
  const sums = execFileSync('bash', ['-c', 'find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum'], options);
  const xattrs = execFileSync(
    'bash',
    ['-c', 'find . -print0 | LC_ALL=C sort -z | xargs -0 getfattr -h -d -m - -e hex'],
    options
  );
  return [names.split('\0').sort().join('\n'), sums, xattrs].join('\n---\n');
}
