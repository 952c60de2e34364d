// page.mjs FILE...: pages of reports in a real browser, as four readers see
// them: on a phone and at a desk, light and dark; then without script, and on
// paper. axe (https://github.com/dequelabs/axe-core) looks for what shuts
// people out. BROWSER_MODULES is the directory above node_modules. A picture of
// each is left beside the page. Prints what is not so; 1 then.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(path.join(process.env.BROWSER_MODULES, 'x.js'));
const { chromium } = require('playwright-core');
const { AxeBuilder } = require('@axe-core/playwright');

// axe takes seconds: once for each width and each set of colours
const readers = [
	{ name: 'phone-light', width: 360, colorScheme: 'light', axe: true },
	{ name: 'phone-dark', width: 360, colorScheme: 'dark' },
	{ name: 'desk-light', width: 1200, colorScheme: 'light' },
	{ name: 'desk-dark', width: 1200, colorScheme: 'dark', axe: true },
];
let passed = 0, failed = 0;

function judge(ok, words) {
	if (ok) {
		passed++;
		return;
	}
	failed++;
	console.log(words);
}

const openAll = () => document.querySelectorAll('details')
	.forEach((d) => { d.open = true; });

async function askAxe(page, who) {
	const { violations } = await new AxeBuilder({ page }).analyze();

	judge(violations.length === 0, violations.map((v) =>
		`${who}: ${v.impact}: ${v.help}: ${v.nodes.length} times, ` +
		`first ${v.nodes[0].html.slice(0, 200)} ` +
		`(${v.nodes[0].failureSummary})`).join('\n'));
}

async function asReader(browser, file, reader) {
	const who = `${path.basename(file)}, ${reader.name}`;
	const context = await browser.newContext({
		viewport: { width: reader.width, height: 800 },
		colorScheme: reader.colorScheme,
	});
	const page = await context.newPage();
	const noise = [];

	page.on('console', (m) => noise.push(m.text()));
	page.on('pageerror', (e) => noise.push(String(e)));
	page.on('request', (r) => {
		if (r.url() !== pathToFileURL(file).href)
			noise.push(`asks for ${r.url()}`);
	});
	await page.goto(pathToFileURL(file).href);
	judge(noise.length === 0, `${who}: ${noise.join('; ')}`);
	await page.screenshot({
		path: `${file.replace(/\.html$/, '')}-${reader.name}.png`,
		fullPage: true,
	});
	await page.evaluate(openAll);
	const over = await page.evaluate(() => {
		const most = document.documentElement.clientWidth;
		return document.scrollingElement.scrollWidth - most;
	});
	judge(over <= 0, `${who}: the page is ${over} pixels too wide`);
	if (reader.axe)
		await askAxe(page, who);
	await context.close();
}

// A closed part opens by a click and by a key, and a link leads into it.
async function withoutScript(browser, file) {
	const context = await browser.newContext({ javaScriptEnabled: false });
	const page = await context.newPage();
	const who = `${path.basename(file)}, without script`;

	await page.goto(pathToFileURL(file).href);
	judge(await page.locator('h1').isVisible(), `${who}: no heading`);
	const nodes = page.locator('details.node');
	if (await nodes.count() > 0) {
		const body = nodes.first().locator('dl').first();
		const summary = nodes.first().locator('summary');

		judge(!await body.isVisible(), `${who}: a part is open`);
		await summary.click();
		judge(await body.isVisible(), `${who}: a click opens nothing`);
		await summary.press('Enter');
		judge(!await body.isVisible(), `${who}: Enter closes nothing`);
	}
	await context.close();
}

// Paper shows what is closed on a screen, and nothing is cut off.
async function onPaper(browser, file) {
	const context = await browser.newContext();
	const page = await context.newPage();
	const who = `${path.basename(file)}, on paper`;

	await page.goto(pathToFileURL(file).href);
	await page.emulateMedia({ media: 'print' });
	const body = page.locator('details.node dl').first();
	if (await body.count() > 0)
		judge(await body.isVisible(), `${who}: a closed part is missing`);
	const background = await page.evaluate(() =>
		getComputedStyle(document.body).backgroundColor);
	judge(background === 'rgb(255, 255, 255)', `${who}: on ${background}`);
	const pdf = await page.pdf({ format: 'A4' });
	judge(pdf.subarray(0, 5).toString() === '%PDF-', `${who}: no pages`);
	await context.close();
}

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--no-first-run',
		'--disable-background-networking', '--disable-component-update'],
});
try {
	for (const file of process.argv.slice(2).map((f) => path.resolve(f))) {
		for (const reader of readers)
			await asReader(browser, file, reader);
		await withoutScript(browser, file);
		await onPaper(browser, file);
	}
} finally {
	await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
