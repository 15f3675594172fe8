import { text, tree, type Draft } from '../draft.ts';
import { everywhere, type PackRule } from '../pack.ts';
import { lookUp, type KnownPlatform, type Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

/** PriorityClasses a platform brings; classes of users travel as dependencies. */
const platformPriorities: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^(?:vmware|tanzu|tkg)-/,
  eks: /^(?:eks|amazon|aws)-/,
  aks: /^(?:aks|azure)-/,
};

export const podClasses: PackRule = {
  id: 'pod-classes',
  from: everywhere,
  to: everywhere,
  kinds: ['pods', 'scheduling'],
  matches: 'priorityClassName of the platform; every runtimeClassName',
  does: 'Maps priority and runtime classes with their tables; a platform-specific priority without an entry falls back to the default.',
  loses: ['the priority of a class that only the source has', 'a runtime the target does not have is a blocker'],
  sources: [
    'https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/',
    'https://learn.microsoft.com/azure/aks/use-pod-sandboxing',
  ],
  translate(draft, { podSpec, contains }, translation) {
    if (podSpec === undefined || !contains(/ClassName"/)) return;
    const spec = tree(draft.root, ...podSpec);
    if (spec === undefined) return;
    translatePriority(draft, { spec, at: `/${podSpec.join('/')}` }, translation);
    translateRuntime(draft, { spec, at: `/${podSpec.join('/')}` }, translation);
  },
};

function translatePriority(
  draft: Draft,
  { spec, at }: { readonly spec: Tree; readonly at: string },
  { tables, from, target }: Translation
): void {
  const name = text(spec, 'priorityClassName');
  if (name === '') return;
  const word = lookUp(tables.priorityClasses, name);
  if (word !== undefined) {
    draft.step('set in translation.priorityClasses', () => {
      if (word === '') delete spec['priorityClassName'];
      else spec['priorityClassName'] = word;
      delete spec['priority'];
    });
  } else if (platformPriorities[from].test(name) && !target.priorityClasses.includes(name)) {
    draft.unmapped(
      `${at}/priorityClassName`,
      `priority class ${name} belongs to ${from.toUpperCase()}; the pods get the default priority`,
      { remedy: `write ${name}: … to translation.priorityClasses` }
    );
    draft.step('the target does not have the class; pods that refer to it are rejected', () => {
      delete spec['priorityClassName'];
      delete spec['priority'];
    });
  }
}

function translateRuntime(
  draft: Draft,
  { spec, at }: { readonly spec: Tree; readonly at: string },
  { tables, target }: Translation
): void {
  const name = text(spec, 'runtimeClassName');
  if (name === '') return;
  const word = lookUp(tables.runtimeClasses, name);
  if (word !== undefined) {
    draft.step('set in translation.runtimeClasses', () => {
      if (word === '') delete spec['runtimeClassName'];
      else spec['runtimeClassName'] = word;
    });
    if (word === '') draft.loss(`${at}/runtimeClassName`, `the pods no longer run under ${name}`);
  } else if (!target.runtimeClasses.includes(name)) {
    draft.unmapped(`${at}/runtimeClassName`, `the target has no RuntimeClass ${name}, so the pods would not start`, {
      remedy: `configure its handler and create its class on the target, or write ${name}: … to translation.runtimeClasses ('' runs them in the default runtime)`,
      severity: 'blocker',
    });
  }
}

/** Handlers are set up on nodes; a class without its handler only makes pods fail later. */
export const runtimeClassObjects: PackRule = {
  id: 'runtime-class-objects',
  from: everywhere,
  to: everywhere,
  kinds: ['node.k8s.io/RuntimeClass'],
  matches: 'RuntimeClass objects',
  does: 'Excludes RuntimeClasses, whose handlers are configured on the source’s nodes.',
  loses: [],
  sources: ['https://kubernetes.io/docs/concepts/containers/runtime-class/'],
  translate: (draft) => draft.exclude('its handler is configured on the source’s nodes'),
};

/** PriorityClasses of the platform exist on the target or mean nothing there. */
export const priorityClassObjects: PackRule = {
  id: 'priority-class-objects',
  from: everywhere,
  to: everywhere,
  kinds: ['scheduling.k8s.io/PriorityClass'],
  matches: 'PriorityClass objects with names of the source platform’s classes',
  does: 'Excludes PriorityClasses that the source platform provides; user-defined ones are moved.',
  loses: [],
  sources: ['https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/'],
  translate(draft, { head }, { from }) {
    if (platformPriorities[from].test(head.ref.name)) draft.exclude('a priority class of the source platform');
  },
};
