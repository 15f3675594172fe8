import type { Plot, Series } from './part.ts';

const width = 640;
const height = 360;
const margin = { top: 36, right: 40, bottom: 44, remaining: 64 };
/** Reported apart by people who see colours differently (Okabe and Ito), on white and on black. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

interface Axis {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Draws a plot as SVG: a few kilobytes of text, the same for the same numbers. */
export function drawPlot(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points);
  const xs = axis(
    points.map(([x]) => x),
    [margin.remaining, width - margin.right],
    plot.logarithmic
  );
  const ys = axis(
    points.map(([, y]) => y),
    [height - margin.bottom, margin.top],
    plot.logarithmic
  );
  const grid = [
    ...xs.ticks.map((x) => {
      const at = xs.place(x).toFixed(1);
      return (
        `<line x1="${at}" y1="${margin.top}" x2="${at}" y2="${height - margin.bottom}"/>` +
        label(x, Number(at), height - margin.bottom + 16, 'middle')
      );
    }),
    ...ys.ticks.map((y) => {
      const at = ys.place(y).toFixed(1);
      return (
        `<line x1="${margin.remaining}" y1="${at}" x2="${width - margin.right}" y2="${at}"/>` +
        label(y, margin.remaining - 6, Number(at) + 4, 'end')
      );
    }),
  ];
  const lines = plot.series.map((series, at) =>
    drawSeries(series, colours[at % colours.length] ?? '#000', at, { xs, ys })
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#555">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin.remaining}" y="20" font-size="14" fill="#222">${escaped(plot.title)}</text>`,
    `<g stroke="#ddd">${grid.join('')}</g>`,
    ...lines,
    `<text x="${(width + margin.remaining) / 2}" y="${height - 8}" text-anchor="middle">${escaped(plot.xLabel)}</text>`,
    `<text transform="rotate(-90)" x="${-height / 2}" y="14" text-anchor="middle">${escaped(plot.yLabel)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function drawSeries(
  { name, points }: Series,
  colour: string,
  order: number,
  { xs, ys }: { readonly xs: Axis; readonly ys: Axis }
): string {
  const placed = points.map(([x, y]) => `${xs.place(x).toFixed(1)},${ys.place(y).toFixed(1)}`);
  const dots = placed.map(
    (at) => `<circle cx="${at.split(',')[0]}" cy="${at.split(',')[1]}" r="3.5" fill="${colour}"/>`
  );
  const y = margin.top + 14 + order * 16;
  return [
    `<polyline points="${placed.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...dots,
    `<rect x="${margin.remaining + 10}" y="${y - 8}" width="12" height="4" fill="${colour}"/>`,
    `<text x="${margin.remaining + 28}" y="${y - 2}">${escaped(name)}</text>`,
  ].join('');
}

function axis(values: readonly number[], [from, to]: readonly [number, number], logarithmic: boolean): Axis {
  const scaled = (value: number): number => (logarithmic ? Math.log10(value) : value);
  const low = logarithmic ? 10 ** Math.floor(Math.log10(Math.min(...values))) : 0;
  const high = logarithmic ? 10 ** Math.ceil(Math.log10(Math.max(...values)) + 0.001) : Math.max(...values) * 1.1;
  const place = (value: number): number =>
    from + ((scaled(value) - scaled(low)) / (scaled(high) - scaled(low))) * (to - from);
  const ticks = logarithmic
    ? Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, at) => low * 10 ** at)
    : Array.from({ length: 6 }, (_, at) => (high / 5) * at);
  return { place, ticks };
}

function label(value: number, x: number, y: number, anchor: string): string {
  const text = value >= 1_000 ? value.toLocaleString('en-US') : String(Number(value.toPrecision(3)));
  return `<text stroke="none" x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
