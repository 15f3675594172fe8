import { describe, expect, it } from 'vitest';
import { readPath, type PathReader, type WrittenPath } from './paths.ts';
import { writePath } from './write-path.ts';

type Type = WrittenPath['type'];

/** A path on its way; an answer in words is excluded. */
function carry(path: string, type: Type, way: { from: PathReader; to: PathReader; asExpression?: boolean }): string {
  const answer = writePath(readPath({ path, type }, way.from, way.asExpression ?? false), way.to);
  return 'cannot' in answer ? 'excluded' : `${answer.written.type} ${answer.written.path}`;
}

const any = 'ImplementationSpecific';

describe('a path of an Ingress', () => {
  it.each<[string, Type, string, string, string]>([
    // path, type, on Contour, on NGINX, on an Application Gateway
    ['/', any, 'Exact /', 'Exact /', 'excluded'],
    ['/*', any, 'Prefix /', 'Prefix /', 'Prefix /'],
    ['/status', any, 'Exact /status', 'Exact /status', 'Exact /status'],
    ['/api/*', any, 'Prefix /api', 'Prefix /api', 'Prefix /api'],
    ['/api*', any, `${any} /api`, `${any} /api`, `${any} /api*`],
    ['/img/*.png', any, `${any} /img/.*\\.png`, 'excluded', 'excluded'],
    ['/v?/items', any, `${any} /v[^?]/items`, 'excluded', 'excluded'],
    ['/v?/*', any, `${any} /v[^?]/.*`, 'excluded', 'excluded'],
    ['/docs', 'Prefix', 'Prefix /docs', 'Prefix /docs', 'Prefix /docs'],
    ['/health', 'Exact', 'Exact /health', 'Exact /health', 'Exact /health'],
    ['/caf%C3%A9', 'Exact', 'Exact /caf%C3%A9', 'excluded', 'Exact /caf%C3%A9'],
  ])('%s (%s) of an ALB', (path, type, contour, nginx, agic) => {
    const carried = (['contour', 'nginx', 'agic'] as const).map((to) => carry(path, type, { from: 'alb', to }));
    expect(carried).toEqual([contour, nginx, agic]);
  });

  it.each<[string, Type, string, string]>([
    // path, type, on an ALB, on NGINX
    ['/', any, 'Prefix /', 'Prefix /'],
    ['/app', any, 'Prefix /app', `${any} /app`],
    ['/app/.*', any, 'Prefix /app', 'Prefix /app'],
    ['/old/[0-9]+', any, 'excluded', 'excluded'],
    ['/img/.*\\.png', any, `${any} /img/*.png`, 'excluded'],
    ['/a.*b', any, `${any} /a*b`, 'excluded'],
    ['/a+b', any, 'excluded', 'excluded'],
    ['/literal*', 'Prefix', 'excluded', `${any} /literal*`],
    ['/what?', 'Exact', 'excluded', 'excluded'],
    ['/a(b)', any, 'excluded', `${any} /a(b)`],
    ['/admin', 'Exact', 'Exact /admin', 'Exact /admin'],
  ])('%s (%s) of Contour', (path, type, alb, nginx) => {
    expect((['alb', 'nginx'] as const).map((to) => carry(path, type, { from: 'contour', to }))).toEqual([alb, nginx]);
  });

  it.each<[string, Type, boolean, string, string]>([
    // path, type, read as an expression, on an ALB, on Contour
    ['/app', any, false, 'Prefix /app', `${any} /app`],
    ['/app*', any, false, 'excluded', 'Prefix /app*'],
    ['/app(/|$)(.*)', any, true, 'Prefix /app', 'Prefix /app'],
    ['/app(/|$)(.*)', 'Prefix', true, 'Prefix /app', 'Prefix /app'],
    ['/(/|$)(.*)', any, true, 'Prefix /', 'Prefix /'],
    ['/(.*)', any, true, 'Prefix /', 'Prefix /'],
    ['/app/(.*)', any, true, 'Prefix /app', 'Prefix /app'],
    ['/app/?(.*)', any, true, 'Prefix /app', `${any} /app`],
    ['/app', any, true, 'Prefix /app', `${any} /app`],
    ['/app', 'Exact', true, 'Exact /app', 'Exact /app'],
    ['/app$', any, true, 'Exact /app', 'Exact /app'],
    ['/v[0-9]+', any, true, 'excluded', `${any} /(?i)v[0-9]+.*`],
    ['/(a|b)$', any, true, 'excluded', `${any} /(?i)(a|b)[/]{0}`],
    ['/x(?!y)', any, true, 'excluded', 'excluded'],
  ])('%s (%s) of NGINX, as an expression: %s', (path, type, asExpression, alb, contour) => {
    const carried = (['alb', 'contour'] as const).map((to) => carry(path, type, { from: 'nginx', to, asExpression }));
    expect(carried).toEqual([alb, contour]);
  });

  it.each<[string, Type, string, string]>([
    // path, type, on an ALB, on Contour
    ['/', 'Exact', 'Prefix /', 'Prefix /'],
    ['/*', any, 'Prefix /', 'Prefix /'],
    ['/api', any, 'Exact /api', 'Exact /api'],
    ['/api/*', any, 'Prefix /api', 'Prefix /api'],
    ['/api/*', 'Prefix', 'Prefix /api', 'Prefix /api'],
    ['/api*', any, 'Prefix /api', `${any} /api`],
    ['/api*', 'Exact', 'Exact /api', 'Exact /api'],
  ])('%s (%s) of an Application Gateway', (path, type, alb, contour) => {
    expect((['alb', 'contour'] as const).map((to) => carry(path, type, { from: 'agic', to }))).toEqual([alb, contour]);
  });

  it('is an expression for an ALB that is configured so', () => {
    const way = { from: 'alb', to: 'contour', asExpression: true } as const;
    expect(carry('/^/api/v[0-9]$', any, way)).toBe(`${any} /api/v[0-9]`);
    expect(carry('/^/api/(.+)', any, way)).toBe(`${any} /api/(.+).*`);
    expect(carry('/api', 'Exact', way)).toBe('Exact /api');
  });
});
