import { readFile } from 'node:fs/promises';

import { validateXML } from 'xmllint-wasm';

const SCHEMA = new URL('../../fixtures/junit/junit-10.xsd', import.meta.url);

/** What the schema of Jenkins' plugin has against a document. */
export async function schemaComplaints(xml: string): Promise<readonly string[]> {
  const schema = { fileName: 'junit-10.xsd', contents: await readFile(SCHEMA, 'utf8') };
  const { errors } = await validateXML({ xml: { fileName: 'report.xml', contents: xml }, schema: [schema] });
  return errors.map(({ message }) => message);
}

/** The document as a parser has read it, written anew: a line break that got lost is a space in it. */
export async function readAndRewritten(xml: string): Promise<string> {
  const { errors, normalized } = await validateXML({
    xml: { fileName: 'report.xml', contents: xml },
    normalization: 'c14n',
  });
  const [error] = errors;
  if (error !== undefined) throw new Error(error.message);
  return normalized;
}
