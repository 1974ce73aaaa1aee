import { Args, Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { checkOutputs, writeEach, writeOutput } from '../cli/output-files.ts';
import { DOCUMENT_FORMAT_NAMES, DOCUMENT_FORMATS } from '../report/files/document-reporters.ts';
import { nameRuns } from '../report/parts/reported-run.ts';
import { runsText } from '../report/runs-text.ts';
import { readRecord } from '../record/read-record.ts';

export default class Report extends BaseCommand {
  static override readonly summary =
    'Show stored records again: as text, or as files for people and programs.';
  static override readonly description =
    "Without a format: the text that bench prints. Each format takes a file, or '-' for standard output; several may be given. The exit code says whether the report could be made, not what the runs' verdicts are.";
  static override readonly examples = [
    '<%= config.bin %> report bench-results/RECORD.json --html report.html',
    '<%= config.bin %> report bench-results/*u-embedded.json --html scaling.html --csv users.csv',
    '<%= config.bin %> report RECORD.json --markdown - >> "$GITHUB_STEP_SUMMARY"',
  ];

  static override readonly args = {
    record: Args.string({ required: true, multiple: true, description: 'files that bench has stored' }),
  };

  static override readonly flags = {
    html: Flags.string({ helpValue: 'FILE', summary: DOCUMENT_FORMATS.html.summary }),
    markdown: Flags.string({ helpValue: 'FILE', summary: DOCUMENT_FORMATS.markdown.summary }),
    csv: Flags.string({ helpValue: 'FILE', summary: DOCUMENT_FORMATS.csv.summary }),
    ndjson: Flags.string({ helpValue: 'FILE', summary: DOCUMENT_FORMATS.ndjson.summary }),
    junit: Flags.string({ helpValue: 'FILE', summary: DOCUMENT_FORMATS.junit.summary }),
    prometheus: Flags.string({ helpValue: 'FILE', summary: DOCUMENT_FORMATS.prometheus.summary }),
    otlp: Flags.string({ helpValue: 'FILE', summary: DOCUMENT_FORMATS.otlp.summary }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Report);
    const outputs = DOCUMENT_FORMAT_NAMES.flatMap((format) => {
      const file = flags[format];
      return file === undefined ? [] : [{ format, flag: `--${format}`, file }];
    });
    checkOutputs(outputs);
    const stored = await Promise.all(
      args.record.map(async (path) => ({ path, record: await readRecord(path) })),
    );
    if (outputs.length === 0) {
      await this.show({ text: runsText(stored) });
      return;
    }
    await writeEach(outputs, async (output) => {
      const report = await DOCUMENT_FORMATS[output.format].load();
      await writeOutput(output, await report(nameRuns(stored)));
    });
  }
}
