import {stripVTControlCharacters, styleText} from 'node:util';

/** What a person sees of the demo: titles, lines in two columns, and steps that take a while. */
export interface Screen {
  title(text: string): void;
  line(label: string, text: string): void;
  /** What another program printed. */
  text(line: string): void;
  /** Shows `text` while `work` runs and the seconds it took afterwards. */
  step<T>(text: string, work: () => Promise<T>): Promise<T>;
}

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const LABEL_WIDTH = 16;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const CLEAR_LINE = '\r\u001b[K';

export function createScreen(terminal: Terminal): Screen {
  return {
    title: (text) => terminal.write(`\n${styleText('bold', text)}\n`),
    // Padding before colouring: colours have no width.
    line: (label, text) =>
      terminal.write(
        `  ${styleText('cyan', label)}${' '.repeat(Math.max(1, LABEL_WIDTH - stripVTControlCharacters(label).length))}${text}\n`,
      ),
    text: (line) => terminal.write(`  ${line}\n`),
    async step(text, work) {
      const startedAt = performance.now();
      let frame = 0;
      const timer = terminal.isTTY
        ? setInterval(() => terminal.write(`${CLEAR_LINE}${SPINNER[frame++ % SPINNER.length]} ${text}`), FRAME_MS)
        : undefined;
      try {
        const result = await work();
        const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
        terminal.write(
          `${terminal.isTTY ? CLEAR_LINE : ''}${styleText('green', '✔')} ${text} ${styleText('dim', `${seconds} s`)}\n`,
        );
        return result;
      } finally {
        clearInterval(timer);
      }
    },
  };
}
