/** SVG attributes of the terminal codes (SGR) that the screen uses. */
const STYLES: Readonly<Record<string, string>> = {
  '1': 'font-weight="bold" fill="#f2f2f2"',
  '2': 'fill="#8b949e"',
  '31': 'fill="#ff7b72"',
  '32': 'fill="#7ee787"',
  '33': 'fill="#f0c674"',
  '36': 'fill="#79c0ff"',
};
const CELL = { width: 8, height: 19 };
const MARGIN = 16;
const BAR = 34;

/**
 * A terminal's screen as a picture. Every run of characters gets the width of its cells, so that columns are aligned in
 * any font.
 */
export function screenAsSvg(screen: string, { columns, title }: { readonly columns: number; readonly title: string }) {
  const lines = screen.trimEnd().split('\n');
  const width = columns * CELL.width + 2 * MARGIN;
  const height = BAR + lines.length * CELL.height + 2 * MARGIN;
  const rows = lines.flatMap((line, row) =>
    runsOf(line).map((run) => textOf(run, BAR + MARGIN + (row + 0.75) * CELL.height)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"
  font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#d0d7de">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<rect width="${width}" height="${BAR}" rx="8" fill="#21262d"/>
<text x="${width / 2}" y="22" text-anchor="middle" fill="#8b949e">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`;
}

interface Run {
  readonly column: number;
  readonly text: string;
  readonly style: string;
}

/** Runs of characters of one style; blanks are not drawn. */
function runsOf(line: string): Run[] {
  const runs: Run[] = [];
  let column = 0;
  let style = '';
  for (const part of line.split(/(\x1b\[\d+m)/)) {
    const code = /^\x1b\[(\d+)m$/.exec(part)?.[1];
    if (code !== undefined) style = STYLES[code] ?? '';
    else {
      for (const { 0: text, index } of part.matchAll(/\S+(?: \S+)*/g))
        runs.push({ column: column + index, text, style });
      column += part.length;
    }
  }
  return runs;
}

function textOf({ column, text, style }: Run, y: number): string {
  const [x, length] = [MARGIN + column * CELL.width, text.length * CELL.width];
  return `<text x="${x}" y="${y}" textLength="${length}" ${style}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
