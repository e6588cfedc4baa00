import {writeFile} from 'node:fs/promises';
import {DIAGNOSES, LINKS, type Link} from '../src/diagnosis/diagnoses.ts';
import {CATEGORIES, type Category, INSTALLATION_DIAGNOSES} from '../src/diagnosis/installation.ts';

/** `npm run docs` writes the page, a test holds it against the tables. */
export const TROUBLESHOOTING = new URL('troubleshooting.md', import.meta.url);

const LINK_TITLES: Readonly<Record<Link, string>> = {
  decision: 'Decision: is it to be monitored at all?',
  objects: 'Objects: has the controller made them, and are they as they should be?',
  credential: 'Credential: is there a certificate that the tenant accepts?',
  selection: 'Selection: does a Prometheus select the ServiceMonitor?',
  acceptance: 'Acceptance: has prometheus-operator put it into the configuration?',
  discovery: 'Discovery: does Prometheus find the targets?',
  scrape: 'Scrape: are the targets up?',
};

const CATEGORY_TITLES: Readonly<Record<Category, string>> = {
  kubernetes: 'Kubernetes',
  kamaji: 'Kamaji',
  installation: 'This product',
  prometheus: 'Prometheus',
  tenants: 'TenantControlPlanes',
};

const SEVERITIES = {problem: 'problem', waiting: 'goes away by itself', information: 'information'} as const;

interface Row {
  readonly severity: keyof typeof SEVERITIES;
  readonly cause: string;
  readonly cure: string;
}

export function troubleshootingPage(): string {
  const links = LINKS.map((link) =>
    section(
      LINK_TITLES[link],
      Object.entries(DIAGNOSES).filter(([, row]) => row.link === link),
    ),
  );
  const categories = CATEGORIES.map((category) =>
    section(
      CATEGORY_TITLES[category],
      Object.entries(INSTALLATION_DIAGNOSES).filter(([, row]) => row.category === category),
    ),
  );
  return `# Troubleshooting

This page is made from the tables that the program itself uses (\`npm run docs\`). What stands in braces is filled in with the names of your case.

\`kamaji-monitoring status -A\` looks at every TenantControlPlane, link by link, and names the first that is broken. \`kamaji-monitoring check\` looks at
the installation as a whole. \`kamaji-monitoring explain NAME -n NAMESPACE\` says which rule decides. All three use the rights of whoever runs them, and say
so where these do not suffice. The code in brackets behind a line is the name of a row here; as the reason of an Event on the TenantControlPlane it is
written \`LabelsNotSelected\`, and as the label \`problem\` of the metric \`kamaji_monitoring_tcp_problem\` as it stands here.

# What status says of a TenantControlPlane

${links.join('\n')}
# What check says of an installation

${categories.join('\n')}`;
}

function section(title: string, rows: readonly (readonly [string, Row])[]): string {
  return `## ${title}\n\n${rows.map(([code, row]) => entry(code, row)).join('\n')}`;
}

function entry(code: string, {severity, cause, cure}: Row): string {
  const mark = severity === 'problem' ? '' : ` *(${SEVERITIES[severity]})*`;
  return `**\`${code}\`**${mark}: ${cause}.\nCure: ${cure}.\n`;
}

if (import.meta.main) await writeFile(TROUBLESHOOTING, troubleshootingPage());
