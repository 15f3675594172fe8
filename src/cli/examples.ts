import type { Command } from 'commander';

/** A command line that works when it is pasted, and what it is for. */
interface Example {
  readonly does: string;
  readonly line: string;
}

const file = '-f landfall.yaml';

/** The examples of each command by the words that lead to it; '' is `landfall` itself. They are in its help and in the reference. */
const examples: Readonly<Record<string, readonly Example[]>> = {
  '': [
    { does: 'Check a file', line: `landfall validate ${file}` },
    { does: 'See what would block the migration', line: `landfall assess ${file}` },
    { does: 'Move what the file describes', line: `landfall migrate ${file}` },
  ],
  assess: [
    { does: 'Write a page for decision makers', line: `landfall assess ${file} --report assessment.html` },
    {
      does: 'Assess without starting pods, and exit with 4 on warnings',
      line: `landfall assess ${file} --no-probes --exit-code`,
    },
    {
      does: 'Assess every night, and report what is new',
      line: `landfall assess ${file} --schedule "0 3 * * *" --time-zone Europe/Berlin`,
    },
  ],
  'bundle create': [
    {
      does: 'Write a recovery point into files of 4 GiB',
      line: `landfall bundle create shop-7f3k ${file} --directory /media/usb/shop`,
    },
    {
      does: 'Write what an earlier bundle does not hold',
      line: `landfall bundle create ${file} --directory /media/usb/december --have /media/usb/shop`,
    },
  ],
  'bundle verify': [
    { does: 'Compare every file with its hash', line: 'landfall bundle verify /media/usb/shop' },
    {
      does: 'The same of two media, and the signature with that of the Location',
      line: 'landfall bundle verify /media/usb1 /media/usb2 -f vault.yaml',
    },
  ],
  'bundle import': [
    {
      does: 'Make a Location hold the recovery points of a bundle',
      line: 'landfall bundle import /media/usb -f vault.yaml',
    },
    {
      does: 'The same of a bundle on two media',
      line: 'landfall bundle import /media/usb1 /media/usb2 -f vault.yaml',
    },
  ],
  plan: [
    { does: 'Make a plan that can be approved and run', line: `landfall plan ${file} --out plan.yaml` },
    {
      does: 'Also write it as HTML and Markdown',
      line: `landfall plan ${file} --out plan.yaml --html plan.html --markdown plan.md`,
    },
    { does: 'Exit with 4 if there is something to do', line: `landfall plan ${file} --exit-code -q` },
  ],
  'plan show': [
    { does: 'Read a plan file, with every object', line: 'landfall plan show plan.yaml --all' },
    { does: 'Get the plan file of a planning run', line: 'landfall plan show shop-7f3k --out plan.yaml' },
    { does: 'Print only the hash', line: 'landfall plan show plan.yaml -q' },
  ],
  approve: [
    {
      does: 'Approve the plan in the reviewed file',
      line: 'landfall approve shop-7f3k --plan "$(landfall plan show plan.yaml -q)" --by bo --comment "change 4711"',
    },
    {
      does: 'Reject it',
      line: 'landfall approve shop-7f3k --plan "$(landfall plan show plan.yaml -q)" --by bo --refuse',
    },
  ],
  migrate: [
    { does: 'Validate every object on the target, and store none', line: `landfall migrate ${file} --dry-run` },
    {
      does: 'Run exactly the approved plan',
      line: 'landfall migrate --plan plan.yaml --report report.json',
    },
    {
      does: 'Start without confirmation and without watching',
      line: `landfall migrate ${file} --name shop --yes --detach`,
    },
  ],
  restore: [
    {
      does: 'Restore the newest recovery point into another namespace, without a document',
      line: `landfall restore latest ${file} --to eks --namespace-mapping shop=shop-restored`,
    },
    {
      does: 'Bring back one object, and overwrite what is there',
      line: `landfall restore shop-7f3k ${file} --to eks --include configmap/shop/settings --existing update`,
    },
    { does: 'Run exactly the approved plan', line: 'landfall restore --plan plan.yaml --report report.json' },
  ],
  backup: [
    { does: 'Write a recovery point and watch', line: `landfall backup ${file}` },
    {
      does: 'Start without confirmation and without watching',
      line: `landfall backup ${file} --name shop --yes --detach`,
    },
  ],
  'points forecast': [
    { does: 'See what a policy will have in three months', line: `landfall points forecast ${file}` },
    {
      does: 'Look at one policy for a year, for programs',
      line: `landfall points forecast ${file} --name shop --days 366 -o json`,
    },
  ],
  'protection apply': [
    { does: 'Back up as the policy of the file says, from now on', line: `landfall protection apply ${file}` },
    { does: 'Get what was changed, for programs', line: `landfall protection apply ${file} --name shop -o json` },
  ],
  'protection list': [
    { does: 'See the last backups of every policy and what is wrong', line: 'landfall protection list' },
    { does: 'Get them for programs', line: 'landfall protection list -o json' },
  ],
  'protection pause': [
    { does: 'Start no backups of a policy for now', line: 'landfall protection pause shop' },
    { does: 'Get the tiers that were paused, for programs', line: 'landfall protection pause shop -o json' },
  ],
  'protection resume': [
    { does: 'Start them again', line: 'landfall protection resume shop' },
    { does: 'Get the tiers that were resumed, for programs', line: 'landfall protection resume shop -o json' },
  ],
  'protection remove': [
    { does: 'End a policy; its recovery points stay', line: 'landfall protection remove shop' },
    { does: 'Get the tiers that were removed, for programs', line: 'landfall protection remove shop -o json' },
  ],
  wave: [
    { does: 'Start a wave and watch it', line: `landfall wave ${file}` },
    {
      does: 'Try it: the target is asked about every object, and stores none',
      line: `landfall wave ${file} --dry-run`,
    },
    {
      does: 'Run again what did not arrive with a wave that has ended',
      line: `landfall wave ${file} --retry estate-7f3k`,
    },
  ],
  'wave plan': [
    {
      does: 'Plan every namespace, so that each plan can be approved',
      line: `landfall wave plan ${file} --out-dir plans`,
    },
    {
      does: 'Plan what did not arrive with a wave that has ended',
      line: `landfall wave plan ${file} --retry estate-7f3k --out-dir plans`,
    },
  ],
  status: [
    { does: 'See the state of the newest run of a migration', line: 'landfall status shop' },
    {
      does: 'Wait up to ten minutes for it to end, and exit with its code',
      line: 'landfall status shop-7f3k --wait --timeout 600',
    },
    { does: 'Get the events from the 40th on', line: 'landfall status shop-7f3k -o json --since 40' },
  ],
  list: [
    { does: 'See the newest runs', line: 'landfall list' },
    { does: 'Get more of them, for programs', line: 'landfall list --limit 200 -o json' },
  ],
  cancel: [
    { does: 'Stop a run and watch it undo what it did', line: 'landfall cancel shop-7f3k' },
    { does: 'Stop it without watching', line: 'landfall cancel shop-7f3k --detach' },
  ],
  cleanup: [
    { does: 'Remove what a terminated run left behind', line: 'landfall cleanup shop-7f3k' },
    { does: 'Clean up without watching', line: 'landfall cleanup shop-7f3k --detach' },
  ],
  resume: [
    { does: 'Continue after a restart of the machine, and watch', line: 'landfall resume shop-7f3k' },
    { does: 'Let a waiting step try again, without watching', line: 'landfall resume shop-7f3k --detach' },
  ],
  report: [
    { does: 'Read what a run did', line: 'landfall report shop-7f3k' },
    { does: 'Get the full report, for programs', line: 'landfall report shop-7f3k -o json' },
  ],
  'keys create': [
    { does: 'Make an identity', line: 'landfall keys create identity.txt' },
    { does: 'Take its recipient into a script', line: 'landfall keys create identity.txt -o json' },
  ],
  'keys list': [
    { does: 'See who can open a Location', line: `landfall keys list ${file}` },
    { does: 'See that of one Location of several', line: `landfall keys list ${file} --location archive -o json` },
  ],
  'keys export': [
    {
      does: 'Write what an offline holder adds to an identity file',
      line: `landfall keys export ${file} --no-identity for-offline.txt`,
    },
    { does: 'Write an identity with it', line: `landfall keys export ${file} --identity offline.txt kit.txt` },
  ],
  doctor: [
    { does: 'Try every way into every Location and Cluster', line: `landfall doctor ${file}` },
    { does: 'Give a monitor what ends first', line: `landfall doctor ${file} --output json` },
  ],
  'keys check': [
    { does: 'Try that the identity of the Location opens it', line: `landfall keys check ${file}` },
    { does: 'Try another one', line: `landfall keys check ${file} --identity kit.txt` },
  ],
  'keys add': [
    { does: 'Let somebody else open a Location', line: `landfall keys add ${file} RECIPIENT` },
    { does: 'Let two more open it', line: `landfall keys add ${file} RECIPIENT RECIPIENT` },
  ],
  'keys remove': [
    { does: 'Take it away again', line: `landfall keys remove ${file} RECIPIENT` },
    { does: 'The same for one Location of several', line: `landfall keys remove ${file} --location archive RECIPIENT` },
  ],
  'points show': [
    { does: 'See what a recovery point holds', line: `landfall points show shop-7f3k ${file}` },
    { does: 'Get its manifest', line: `landfall points show shop-7f3k ${file} -o json` },
  ],
  'points list': [
    { does: 'See the recovery points, oldest first', line: `landfall points list ${file}` },
    { does: 'List those of one Location of several', line: `landfall points list ${file} --location archive -o json` },
  ],
  'points lock': [
    { does: 'See what would be locked', line: `landfall points lock shop-7f3k ${file} --mode governance --for 30d` },
    {
      does: 'Lock it until a time',
      line: `landfall points lock shop-7f3k ${file} --mode compliance --until 2027-01-31T00:00:00Z --yes`,
    },
  ],
  'points delete': [
    { does: 'See what would be deleted', line: `landfall points delete ${file} shop-7f3k` },
    { does: 'Delete it', line: `landfall points delete ${file} shop-7f3k --yes` },
  ],
  'points prune': [
    { does: 'See what would be deleted', line: `landfall points prune ${file} --keep-last 5` },
    {
      does: 'Delete what both rules select',
      line: `landfall points prune ${file} --keep-last 7 --older-than 30d --yes`,
    },
  ],
  'points copy': [
    {
      does: 'Copy every recovery point to a second Location',
      line: `landfall points copy ${file} --location store --to second`,
    },
    { does: 'Heal one from its copy', line: `landfall points copy ${file} --location second --to store shop-7f3k` },
  ],
  'points verify': [
    { does: 'Read every recovery point and check it', line: `landfall points verify ${file}` },
    { does: 'Check one, for a program', line: `landfall points verify ${file} shop-7f3k -o json` },
    { does: 'Heal what is damaged from a copy', line: `landfall points verify ${file} --location store --heal second` },
  ],
  'points sweep': [
    { does: 'See what would be removed', line: `landfall points sweep ${file}` },
    { does: 'Remove the data of deleted points', line: `landfall points sweep ${file} --yes` },
  ],
  'files ls': [
    { does: 'See the root of a volume', line: `landfall files ls latest shop/data ${file}` },
    {
      does: 'Get every file of a folder with its hash',
      line: `landfall files ls shop-7f3k shop/data uploads ${file} -r --limit 0 -o json`,
    },
  ],
  'files get': [
    { does: 'Get one file', line: `landfall files get latest shop/data uploads/a.png ${file} --output a.png` },
    {
      does: 'Get a folder as an archive',
      line: `landfall files get latest shop/data uploads ${file} --output uploads.tar`,
    },
  ],
  validate: [
    { does: 'Check a file', line: `landfall validate ${file}` },
    { does: 'Get the parsed file, for programs', line: `landfall validate ${file} -o json` },
  ],
  explain: [
    { does: 'See what happens to a Deployment', line: `landfall explain ${file} deployment/shop/web` },
    {
      does: 'See every rule, including those for all objects',
      line: `landfall explain ${file} service/shop/web --all`,
    },
    { does: 'Read it from a recovery point', line: `landfall explain ${file} ingress/shop/web --point shop-7f3k` },
  ],
  worker: [
    {
      does: 'Run a worker for a Temporal cluster',
      line: 'landfall worker --address temporal.example.com:7233 --policy worker-policy.yaml',
    },
    {
      does: 'Do the work of one site, and serve metrics',
      line: 'landfall worker --profile prod --policy worker-policy.yaml --site cellar --metrics 0.0.0.0:9464',
    },
  ],
  'engine status': [
    { does: 'See what is running', line: 'landfall engine status' },
    { does: 'Use a different state directory', line: 'LANDFALL_STATE_DIR=/var/lib/landfall landfall engine status' },
  ],
  'engine stop': [
    { does: 'Stop the local engine', line: 'landfall engine stop' },
    { does: 'Use a different state directory', line: 'LANDFALL_STATE_DIR=/var/lib/landfall landfall engine stop' },
  ],
  completion: [
    { does: 'bash, for example in ~/.bashrc', line: 'source <(landfall completion bash)' },
    { does: 'zsh, in ~/.zshrc after compinit', line: 'source <(landfall completion zsh)' },
    { does: 'fish, in ~/.config/fish/config.fish', line: 'landfall completion fish | source' },
  ],
};

/** The examples of the command that these words lead to; none of a command that only has commands below it. */
export function examplesOf(at: string): readonly Example[] {
  return examples[at] ?? [];
}

/**
 * Puts the examples into the help of a command and of all below it, with the launcher that was used, so that they work
 * when they are pasted.
 */
export function withExamples(command: Command, at = ''): Command {
  const found = examplesOf(at);
  if (found.length > 0) {
    command.addHelpText('after', () => {
      // Output that another command reads must not begin with what npm says about itself.
      const launcher = (process.env['LANDFALL_COMMAND'] ?? 'landfall').replace(/^npm run /, 'npm run --silent ');
      const lines = found.flatMap(({ does, line }) => [
        `  ${does}:`,
        `    ${line.replaceAll('landfall ', () => `${launcher} `)}`,
      ]);
      return ['', 'Examples:', ...lines].join('\n');
    });
  }
  for (const child of command.commands) withExamples(child, `${at} ${child.name()}`.trimStart());
  return command;
}
